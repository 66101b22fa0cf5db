-- What a license's state is made of, and how each record is read. What is kept, and how, is told in keys.go. What a call
-- changes is written at its end, in as few commands as can be: records (R.…) are fields of one hash, and what has an order
-- are members (I.…) of one sorted set, all of the same score, so that they stand in the order of their bytes.

-- How the license stands, and what it is configured to be. config is never changed, as calls share it.
local license, config = {}, nil

-- What this step does, and has looked at.
local step = {touched = {}, moved = {}, firsts = {}}

-- Records by field, as this step has them and as far as it has looked; false: none. unwritten has those that changed.
local known, unwritten = {}, {}

-- Members of the index that changed: whether they are to be there; and their kinds.
local unplaced, unplaced_kinds = {}, {}

-- Of what is kept as tables: sessions by id; seats, places and attached sessions by teammate; false: none.
local session_cache, seats, waiters, attachments = {}, {}, {}, {}

-- What a session is that was ended, as long as that is remembered.
local ENDED = {}

-- What is announced of a step besides the head: lists of what is packed already.
local told = {
  holders = {}, gone = {},      -- seats that changed, and teammates who lost theirs
  in_line = {}, unwaiting = {}, -- places that changed, and teammates who lost theirs
  lost = {},                    -- stays that ended
  resumed = {},                 -- sessions that ended because another one resumed them
  asked = {}, answered = {},    -- new asks, and asks that ended
}
local telling -- whether there is any of it

local function tell(what, packed)
  local list = told[what]
  list[#list + 1], telling = packed, true
end

-- Begins a step.
local function begin_step()
  known, unwritten, unplaced, unplaced_kinds = cleared(known), cleared(unwritten), cleared(unplaced), cleared(unplaced_kinds)
  session_cache, seats, waiters, attachments = cleared(session_cache), cleared(seats), cleared(waiters), cleared(attachments)
  if telling then
    for what, list in pairs(told) do told[what] = cleared(list) end
  end
  telling = false
  step.moment = now    -- of what is done: of an event that was due, then now
  step.changed = false -- the head changed in itself, not only by what is told
  step.stirred = false -- what is due next may be another than the license has
  step.touched = cleared(step.touched) -- the teammates whose seat or place may have changed
  step.moved = cleared(step.moved)     -- the teammates whose attached sessions changed
  step.firsts = cleared(step.firsts)   -- kind of the index → its first member, as far as read
  step.dirty = nil     -- teammates touched since asks were last looked at
  step.emptied = nil   -- the nodes that may have no sessions any more
  step.used, step.waiting, step.administrators = nil, nil, nil -- as far as counted
end

-- The text of a record; false: there is none.
local function text_of(kind, id)
  local field = kind .. id
  local text = known[field]
  if text == nil then
    text = redis.call('HGET', K.records, field)
    known[field] = text
  end
  return text
end

-- Has a record be another; false: none.
local function keep(kind, id, text)
  local field = kind .. id
  known[field], unwritten[field] = text, true
end

-- A list of arguments that is used again and again; what stands behind the end of one is of no concern.
local arguments = {}

-- Calls a command with so many of the arguments at most, besides its key, as often as needed.
local MOST = 1000

local function call_for(name, key, n)
  for at = 1, n, MOST do
    redis.call(name, key, unpack(arguments, at, math.min(at + MOST - 1, n)))
  end
  if n > MOST then arguments = {} end
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
  unplaced, unplaced_kinds = cleared(unplaced), cleared(unplaced_kinds)
end

-- Writes the records that changed.
local function write_records()
  local n, gone = 0, false
  for field in pairs(unwritten) do
    local text = known[field]
    if text then
      arguments[n + 1], arguments[n + 2] = field, text
      n = n + 2
    else
      gone = true
    end
  end
  call_for('HSET', K.records, n)
  if gone then
    n = 0
    for field in pairs(unwritten) do
      if not known[field] then
        n = n + 1
        arguments[n] = field
      end
    end
    call_for('HDEL', K.records, n)
  end
end

-- A moment, a turn or a number as members have it, so that they stand in its order; sixteen figures hold all that a number
-- here can be.
local function padded(score) return string.format('%016d', score) end

-- The text that goes after all that begin with that one, which ends in a colon or a figure.
local function beyond(start)
  return string.sub(start, 1, -2) .. string.char(string.byte(start, -1) + 1)
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
  return redis.call('ZLEXCOUNT', K.index, '[' .. kind, '(' .. beyond(kind))
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
    local member = redis.call('ZRANGE', K.index, '[' .. kind, '(' .. beyond(kind), 'BYLEX', 'LIMIT', '0', '1')[1]
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
    for id, name in string.gmatch(text or '', '([^:]*):([^:]*):') do
      all[#all + 1] = id
      all[#all + 1] = name
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
