-- What a license's state is made of, and how each record is read and written. What the keys hold is told in keys.go.

-- How the license stands, as K.meta has it.
local license

local function nothing_yet()
  return {generation = 0, run = '', version = 0, revision = '0', grace = 0, limit = 0, window = 0, halt = 0, waited = 0,
    last = 0, nodes = {}}
end

local function load_license()
  local state = redis.call('HGET', K.meta, 'state')
  license = state and cmsgpack.unpack(state) or nothing_yet()
end

local function save_license() redis.call('HSET', K.meta, 'state', cmsgpack.pack(license)) end

-- Another run id means that this server may have forgotten what that one knew.
local function is_open() return license.generation > 0 and license.run == run_id() end

-- What this step does, and has looked at.
local step = {
  at = now,     -- the moment of what is done: of an event that was due, then now
  begun = '',   -- the head as the step found it
  from = 0,     -- the version, likewise
  before = {},  -- teammate → their entry as the step found it, '' for none
  touched = {}, -- the keys of before
  closing = {}, -- sessions whose connections are to be closed: id, cause and by of each
}

-- Teammates by id, as far as this script has looked; false: none.
local mates = {}

-- An entry's fields, in their order; and what is not shown of a teammate.
local SHOWN = {'teammate', 'name', 'operator', 'administrator', 'status', 'note', 'till', 'since', 'devices', 'grace',
  'visible', 'seen', 'shown', 'heard'}
local HIDDEN = {'number', 'chosen', 'before_status', 'before_note', 'left'}

local function packed(record, names)
  local values = {}
  for i, name in ipairs(names) do values[i] = record[name] end
  return pack(values)
end

local function fill(record, names, text)
  for i, value in ipairs(texts(text)) do record[names[i]] = value end
end

local function mate_of(teammate)
  local mate = mates[teammate]
  if mate == nil then
    local text = redis.call('HGET', K.mates, teammate)
    mate = false
    if text then
      local parts = texts(text)
      mate = {}
      fill(mate, SHOWN, parts[1])
      fill(mate, HIDDEN, parts[2])
    end
    mates[teammate] = mate
  end
  return mate
end

local function entry_of(mate) return packed(mate, SHOWN) end

-- Notes how a teammate was shown before this step first changes that.
local function touch(teammate)
  if step.before[teammate] then return end
  local mate = mate_of(teammate)
  step.before[teammate] = mate and entry_of(mate) or ''
  step.touched[#step.touched + 1] = teammate
end

-- Writes the teammates that were touched.
local function save_mates()
  for _, teammate in ipairs(step.touched) do
    local mate = mates[teammate]
    if mate then
      redis.call('HSET', K.mates, teammate, pack({entry_of(mate), packed(mate, HIDDEN)}))
    else
      redis.call('HDEL', K.mates, teammate)
    end
  end
end

-- Sessions by id, as far as this script has looked; false: none, or ended.
local sessions = {}
local SESSION = {'teammate', 'node', 'seq', 'name', 'since', 'idle'}

local function session_of(id)
  local session = sessions[id]
  if session == nil then
    local text = redis.call('HGET', K.sessions, id)
    session = false
    if text then
      session = {id = id}
      fill(session, SESSION, text)
    end
    sessions[id] = session
  end
  return session
end

local function save_session(session) redis.call('HSET', K.sessions, session.id, packed(session, SESSION)) end

-- The members of the index below a prefix.
local function indexed(prefix)
  return redis.call('ZRANGE', K.index, '[' .. prefix .. ':', '(' .. prefix .. ';', 'BYLEX')
end

-- A teammate's sessions, live and lapsed ones.
local function sessions_of(teammate)
  local all = {}
  for _, member in ipairs(indexed('t:' .. teammate)) do
    all[#all + 1] = session_of(string.match(member, '[^:]*$'))
  end
  return all
end

-- The teammates who have sessions on a node, each once.
local function teammates_on(node_name)
  local all, seen = {}, {}
  for _, member in ipairs(indexed('n:' .. node_name)) do
    local teammate = string.match(member, '([^:]*):[^:]*$')
    if not seen[teammate] then
      seen[teammate] = true
      all[#all + 1] = teammate
    end
  end
  return all
end

-- How a session ended: cause, by, heir; nil when it did not, or that is forgotten.
local function ended(id)
  local text = redis.call('HGET', K.ended, id)
  return text and texts(text)
end

-- The devices of a list packed flat.
local DEVICE = {'session', 'name', 'node', 'since', 'idle'}

local function devices_in(text)
  local all, flat = {}, texts(text)
  for i = 1, #flat, #DEVICE do
    local device = {}
    for n, name in ipairs(DEVICE) do device[name] = flat[i + n - 1] end
    all[#all + 1] = device
  end
  return all
end

local function device_of(session)
  return {session = session.id, name = session.name, node = session.node, since = session.since, idle = session.idle}
end

-- Puts devices in their order, and packs them.
local function pack_devices(all)
  table.sort(all, function(a, b)
    if a.since ~= b.since then return tonumber(a.since) < tonumber(b.since) end
    return bytes_before(a.session, b.session)
  end)
  local flat = {}
  for _, device in ipairs(all) do
    for _, name in ipairs(DEVICE) do flat[#flat + 1] = device[name] end
  end
  return pack(flat)
end

local NO_DEVICES = pack({})

local function later(a, b) return tonumber(a) >= tonumber(b) and a or b end
