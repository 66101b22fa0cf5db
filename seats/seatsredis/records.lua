-- What a license's state is made of, and how each record is read. What is kept, and how, is told in keys.go. What a call
-- changes is written at its end, in as few commands as can be: records (R.…) are fields of one hash, and what has an order
-- are members (I.…) of one sorted set, all of the same score, so that they stand in the order of their bytes.

-- How the license stands, and what it is configured to be. config is never changed, as calls share it.
local license, config = {}, nil

-- What this step does, and has looked at.
local step

-- Records by kind and by whose they are, as this step has them and as far as it has looked; false: none.
local known = {}

-- Which records changed: of each one its kind and whose it is, one after the other; and how many items these are.
local changed, changes = {}, 0

-- Members of the index that changed: whether they are to be there; and their kinds.
local unplaced, unplaced_kinds = {}, {}

-- Of what is kept as tables: sessions by id; seats, places and attached sessions by teammate; false: none.
local session_cache, seats, waiters, attachments = {}, {}, {}, {}

-- What a session is that was ended, as long as that is remembered.
local ENDED = {}

-- What is announced of a step besides the head: lists of what is packed already, as far as there is any.
--
--	holders, gone       seats that changed, and teammates who lost theirs
--	in_line, unwaiting  places that changed, and teammates who lost theirs
--	lost                stays that ended
--	resumed             sessions that ended because another one resumed them
--	asked, answered     new asks, and asks that ended
local told = {}
local telling -- whether there is any of it

local function tell(what, packed)
  local list = told[what]
  if not list then
    list = {}
    told[what], telling = list, true
  end
  list[#list + 1] = packed
end

-- The records of a kind.
local function known_of(kind)
  local records = known[kind]
  if not records then
    records = {}
    known[kind] = records
  end
  return records
end

-- Begins a step.
local function begin_step()
  known, changes, unplaced, unplaced_kinds = {}, 0, {}, {}
  session_cache, seats, waiters, attachments = {}, {}, {}, {}
  if telling then told, telling = {}, false end
  step = {
    moment = now,    -- of what is done: of an event that was due, then now
    back = 0,        -- by how much the server's clock is behind the license's last step
    opened = false,  -- whether the license was open before it
    changed = false, -- the head changed in itself, not only by what is told
    stirred = false, -- what is due next may be another than the license has
    touched = {},    -- the teammates whose seat or place may have changed
    moved = {},      -- the teammates whose attached sessions changed
    firsts = {},     -- kind of the index → its first member, as far as read
    config = nil,    -- the configuration's text, where it changed
    dirty = nil,     -- teammates touched since asks were last looked at
    emptied = nil,   -- the nodes that may have no sessions any more
    used = nil, waiting = nil, administrators = nil, -- as far as counted
  }
end

-- The text of a record; false: there is none.
local function text_of(kind, id)
  local records = known_of(kind)
  local text = records[id]
  if text == nil then
    text = redis.call('HGET', K.records, kind .. id)
    records[id] = text
  end
  return text
end

-- Has a record be another; false: none.
local function keep(kind, id, text)
  known_of(kind)[id] = text
  changed[changes + 1], changed[changes + 2] = kind, id
  changes = changes + 2
end

-- A list of arguments that is used again and again; what stands behind the end of one is of no concern.
local arguments = {}

-- Calls a command with so many of the arguments at most, besides its key, as often as needed.
local MOST = 1000

local function call_for(name, key, n)
  if n <= MOST then
    if n > 0 then redis.call(name, key, unpack(arguments, 1, n)) end
    return
  end
  for at = 1, n, MOST do
    redis.call(name, key, unpack(arguments, at, math.min(at + MOST - 1, n)))
  end
  arguments = {}
end

-- Writes what changed of the index.
local function write_index()
  local n, gone = 0, false
  for member, there in pairs(unplaced) do
    if there then
      arguments[n + 1], arguments[n + 2] = '0', member -- the score of all
      n = n + 2
    else
      gone = true
    end
  end
  call_for('ZADD', K.index, n)
  if gone then
    n = 0
    for member, there in pairs(unplaced) do
      if not there then
        n = n + 1
        arguments[n] = member
      end
    end
    call_for('ZREM', K.index, n)
  end
  unplaced, unplaced_kinds = {}, {}
end

-- Writes how the license stands, and the records that changed.
local function write_records(state)
  arguments[1], arguments[2] = 'state', state
  local n, gone = 2, false
  if step.config then
    arguments[3], arguments[4] = 'config', step.config
    n = 4
  end
  for i = 1, changes, 2 do
    local kind, id = changed[i], changed[i + 1]
    local text = known[kind][id]
    if text then
      arguments[n + 1], arguments[n + 2] = kind .. id, text
      n = n + 2
    else
      gone = true
    end
  end
  call_for('HSET', K.records, n)
  if not gone then return end
  n = 0
  for i = 1, changes, 2 do
    local kind, id = changed[i], changed[i + 1]
    if not known[kind][id] then
      n = n + 1
      arguments[n] = kind .. id
    end
  end
  call_for('HDEL', K.records, n)
end

-- A moment, a turn or a number as members have it, so that they stand in its order; sixteen figures hold all that a number
-- here can be.
local function padded(score) return string.format('%016d', score) end

-- The text that goes after all that begin with that one, which ends in a colon or a figure.
local function beyond(start)
  return string.sub(start, 1, -2) .. string.char(string.byte(start, -1) + 1)
end

-- Where a kind begins and ends among the members, by kind.
local starts, ends = {}, {}

local function bounds(kind)
  local from = starts[kind]
  if not from then
    from = '[' .. kind
    starts[kind], ends[kind] = from, '(' .. beyond(kind)
  end
  return from, ends[kind]
end

-- The index's members of a kind, and of those that begin with a text, where one is given; without the kind.
local function members(kind, start)
  if unplaced_kinds[kind] then write_index() end
  local from = kind .. (start or '')
  local found = redis.call('ZRANGE', K.index, '[' .. from, '(' .. beyond(from), 'BYLEX')
  for i, member in ipairs(found) do found[i] = string.sub(member, 3) end
  return found
end

-- Those that stand before a score.
local function members_before(kind, score)
  if unplaced_kinds[kind] then write_index() end
  local found = redis.call('ZRANGE', K.index, '[' .. kind, '(' .. kind .. padded(score), 'BYLEX')
  for i, member in ipairs(found) do found[i] = string.sub(member, 3) end
  return found
end

-- How many stand before one.
local function count_before(kind, score)
  if unplaced_kinds[kind] then write_index() end
  return redis.call('ZLEXCOUNT', K.index, '[' .. kind, '(' .. kind .. padded(score))
end

-- How many there are of a kind.
local function count(kind)
  if unplaced_kinds[kind] then write_index() end
  return redis.call('ZLEXCOUNT', K.index, bounds(kind))
end

-- Has a member of a kind be in the index, or not.
local function place(kind, rest, there)
  unplaced[kind .. rest], unplaced_kinds[kind] = there, true
end

-- The kinds whose first member is an event that is due then.
local EVENTS = {[I.graces] = true, [I.place_graces] = true, [I.cooling] = true, [I.ask_ends] = true, [I.lapsed] = true}

-- Has somebody stand at a score among those of a kind, where they stand nowhere yet.
local function put(kind, score, who)
  step.firsts[kind], step.stirred = nil, step.stirred or EVENTS[kind]
  place(kind, padded(score) .. ':' .. who, true)
end

-- Takes somebody from where they stand.
local function drop(kind, score, who)
  step.firsts[kind], step.stirred = nil, step.stirred or EVENTS[kind]
  place(kind, padded(score) .. ':' .. who, false)
end

-- Who and what score a member tells of that was put.
local function standing(rest) return string.sub(rest, 18), tonumber(string.sub(rest, 1, 16)) end

-- The first of a kind, and the score; nil when there is none. Among equals the least in byte order.
local function first(kind)
  local head = step.firsts[kind]
  if not head then
    if unplaced_kinds[kind] then write_index() end
    local from, to = bounds(kind)
    local member = redis.call('ZRANGE', K.index, from, to, 'BYLEX', 'LIMIT', '0', '1')[1]
    head = member and {standing(string.sub(member, 3))} or {}
    step.firsts[kind] = head
  end
  return head[1], head[2]
end

-- What is used is counted, never kept beside the set.
local function used()
  step.used = step.used or count(I.seated)
  return step.used
end

local function waiting()
  if license.line == 0 then return 0 end -- nobody has stood in line since it was empty
  step.waiting = step.waiting or count(I.line) + count(I.line_administrators)
  return step.waiting
end

local function administrators()
  step.administrators = step.administrators or count(I.administrators)
  return step.administrators
end

-- Keeps in mind until when something is remembered: who was added to that kind.
local function remember(kind, till, who)
  put(kind, till, who)
  if license.forget == 0 or till < license.forget then license.forget = till end
end

local function seat_of(teammate)
  local seat = seats[teammate]
  if seat == nil then
    local text = text_of(R.seats, teammate)
    seat = text and stays.read(text)
    seats[teammate] = seat
  end
  return seat
end

local function seat_text(seat)
  return seat and seat.number .. '|' .. seat.fence .. '|' .. seat.since .. '|' .. seat.grace .. '|' .. seat.sessions .. '|'
    .. seat.idle .. '|' .. seat.warned .. '|' .. seat.overage .. '|' .. seat.administrator .. '|' .. seat.via .. '|'
    .. seat.routing .. '|' .. seat.name
end

-- Places in the waitlist, likewise. ready tells whether the place is in the set of those who could be given a seat.
local function waiter_of(teammate)
  local waiter = waiters[teammate]
  if waiter == nil then
    if license.line == 0 then return false end
    local text = text_of(R.waiters, teammate)
    waiter = text and line.read(text)
    waiters[teammate] = waiter
  end
  return waiter
end

local function waiter_text(waiter)
  return waiter and waiter.turn .. '|' .. waiter.since .. '|' .. waiter.grace .. '|' .. waiter.cooldown .. '|'
    .. waiter.administrator .. '|' .. waiter.name
end

-- A teammate's attached sessions: one after another their ids and their nodes.
local function attached_of(teammate)
  local all = attachments[teammate]
  if not all then
    local text = text_of(R.attached, teammate)
    all = {}
    if text then
      for id, name in string.gmatch(text, '([^:]*):([^:]*):') do
        all[#all + 1] = id
        all[#all + 1] = name
      end
    end
    attachments[teammate] = all
  end
  return all
end

-- Where a session is in such a list; nil: it is not.
local function place_in(all, id)
  for i = 1, #all, 2 do
    if all[i] == id then return i end
  end
end

local function attached_text(all)
  if #all == 2 then return all[1] .. ':' .. all[2] .. ':' end
  return #all > 0 and table.concat(all, ':') .. ':'
end

-- Whether a node has sessions: one without changes nothing when its lease ends.
local function serves(name)
  if step.emptied and step.emptied[name] then
    if unplaced_kinds[I.sessions] then write_index() end
    local start = I.sessions .. name .. ':'
    local some = redis.call('ZRANGE', K.index, '[' .. start, '(' .. beyond(start), 'BYLEX', 'LIMIT', '0', '1')
    step.emptied[name] = nil
    if not some[1] then
      local from, to = string.find(license.serving, name .. ':', 1, true)
      if from then license.serving = string.sub(license.serving, 1, from - 1) .. string.sub(license.serving, to + 1) end
    end
  end
  return string.find(license.serving, ':' .. name .. ':', 1, true) ~= nil
end

-- Takes note that a node has sessions, or that it may have none any more.
local function serve(name)
  if step.emptied then step.emptied[name] = nil end
  if not string.find(license.serving, ':' .. name .. ':', 1, true) then license.serving = license.serving .. name .. ':' end
end

local function empty(name)
  step.emptied = step.emptied or {}
  step.emptied[name] = true
end
