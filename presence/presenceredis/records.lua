-- What a license's state is made of, and how each record is read. What the keys hold is told in keys.go. Teammates are
-- changed in the tables that are handed out here, after touch (roster.lua), and written at the end.

-- How the license stands, and what it is configured to be, as K.meta has it.
local state

-- What it is before there is anything.
local function nothing_yet()
  return {generation = 0, run = '', version = 0, revision = '0', grace = 0, sessions = 0, window = 0, halt = 0, waited = 0,
    nodes = {}, moved = 0, due = 0, forget = 0, last = 0}
end

local function load_state()
  local packed = redis.call('GET', K.meta)
  state = packed and cmsgpack.unpack(packed) or nothing_yet()
end

local function save_state() redis.call('SET', K.meta, cmsgpack.pack(state)) end

-- A license is open when it has a generation, on the server that it was last used on: another run id means that
-- this server may have forgotten what that one knew.
local function is_open() return state.generation > 0 and state.run == run_id() end

-- What this step does, and has looked at.
local step

-- Teammates and sessions by id, as far as this step has looked; false: none, or ended.
local teammates, known

-- Begins a step. back is by how much the server's clock is behind the license's last step.
local function begin_step(back)
  teammates, known = {}, {}
  step = {
    at = now,     -- the moment of what is done: of an event that was due, then now
    back = back,
    touched = {}, -- the teammates whose entries may have changed
    before = {},  -- teammate → their entry as the step found it; false: there was none
    closing = {}, -- sessions that ended, whose connections are to be closed
    live = {},    -- teammate → the devices of their live sessions, as far as looked up; nil again where that may have changed
    firsts = {},  -- sorted set → its first member, as far as read
    revision = state.revision, window = state.window, -- as the step found them
  }
end

-- The first of a sorted set of moments, and its score; nil when there is none. Among equals the least in byte order.
local function first(key)
  local head = step.firsts[key]
  if not head then
    head = {earliest(key)}
    step.firsts[key] = head
  end
  return head[1], head[2]
end

-- Has a moment of a sorted set be another one; 0: none.
local function put(key, moment_of, member)
  step.firsts[key] = nil
  if moment_of > 0 then redis.call('ZADD', key, int(moment_of), member) else redis.call('ZREM', key, member) end
end

-- The number of an entry's items before its devices, and of each device's.
local ENTRY, DEVICE = 13, 5

-- The choice of who never made one, and has not left; it is not stored.
local NO_CHOICE = '0|0|online||'

-- Reads a teammate as stored: what is shown of them, and their choice.
local function read_teammate(entry, choice)
  local e = texts(entry)
  local t = {
    id = e[1], name = e[2], operator = e[3], administrator = e[4], status = e[5], note = e[6], till = tonumber(e[7]),
    since = tonumber(e[8]), grace = tonumber(e[9]), visible = tonumber(e[10]), seen = tonumber(e[11]),
    shown = tonumber(e[12]), heard = e[13], devices = {}, entry = entry, choice = choice,
  }
  for i = ENTRY + 1, #e, DEVICE do
    t.devices[#t.devices + 1] = {e[i], e[i + 1], e[i + 2], tonumber(e[i + 3]), e[i + 4]}
  end
  local left
  t.number, left, t.chosen, t.before, t.before_note = string.match(choice or NO_CHOICE, '^(%d+)|(%d+)|(%a*)|(%a*)|(.*)$')
  t.left = tonumber(left)
  return t
end

local function entry_text(t)
  local e = {t.id, t.name, t.operator, t.administrator, t.status, t.note, t.till, t.since, t.grace, t.visible, t.seen,
    t.shown, t.heard}
  for _, device in ipairs(t.devices) do
    for i = 1, DEVICE do e[#e + 1] = device[i] end
  end
  return pack(e)
end

local function choice_text(t)
  return table.concat({t.number, int(t.left), t.chosen, t.before, t.before_note}, '|')
end

local function teammate_of(id)
  local t = teammates[id]
  if t == nil then
    local entry = redis.call('HGET', K.entries, id)
    t = entry and read_teammate(entry, redis.call('HGET', K.choices, id))
    teammates[id] = t
  end
  return t
end

-- Writes a teammate as they are by now.
local function save_teammate(t)
  local entry, choice = entry_text(t), choice_text(t)
  if entry ~= t.entry then redis.call('HSET', K.entries, t.id, entry) end
  if choice ~= (t.choice or NO_CHOICE) then redis.call('HSET', K.choices, t.id, choice) end
  t.entry, t.choice = entry, choice
end
