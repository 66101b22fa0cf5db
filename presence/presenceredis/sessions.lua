-- Sessions: where they are, and how they end.

function sessions.of(id)
  local session = known[id]
  if session == nil then
    local text = redis.call('HGET', K.sessions, id)
    session = false
    if text then
      session = {}
      session.teammate, session.node, session.seq, session.idle, session.since, session.name =
        string.match(text, '^([^:]*):([^:]*):(%d*):(%d):(%d*):(.*)$')
    end
    known[id] = session
  end
  return session
end

function sessions.save(id, session)
  known[id], step.live[session.teammate] = session, nil
  redis.call('HSET', K.sessions, id, table.concat({session.teammate, session.node, session.seq, session.idle,
    session.since, session.name}, ':'))
end

-- How a session ended: cause, by whom, and the session that is told that it resumed it; nil: it did not.
function sessions.ending(id)
  local text = redis.call('HGET', K.ended, id)
  if text then return string.match(text, '^([^:]*):([^:]*):([^:]*)$') end
end

function sessions.save_ending(id, cause, by, heir)
  redis.call('HSET', K.ended, id, cause .. ':' .. by .. ':' .. heir)
end

-- The index's members that begin with a text and a colon, which no id can contain; the semicolon is next to it.
local function indexed(start) return redis.call('ZRANGE', K.index, '[' .. start .. ':', '(' .. start .. ';', 'BYLEX') end

-- The sessions on a node, and their teammates, each once.
function sessions.on(name)
  local ids, owners = {}, {}
  for i, member in ipairs(indexed('n:' .. name)) do
    local teammate, id = string.match(member, '([^:]*):([^:]*)$')
    ids[i] = id
    if teammate ~= owners[#owners] then owners[#owners + 1] = teammate end
  end
  return ids, owners
end

local function older(a, b)
  if a[4] ~= b[4] then return a[4] < b[4] end
  return bytes_before(a[1], b[1])
end

-- The devices of a teammate's sessions, live and lapsed.
function sessions.all(teammate)
  local all = {}
  for i, member in ipairs(indexed('t:' .. teammate)) do
    local id = string.match(member, '([^:]*)$')
    local session = sessions.of(id)
    all[i] = {id, session.name, session.node, tonumber(session.since), session.idle}
  end
  return all
end

-- Those of the live sessions alone, by since and then by session.
function sessions.live(teammate)
  local live = step.live[teammate]
  if not live then
    live = {}
    for _, device in ipairs(sessions.all(teammate)) do
      if state.nodes[device[3]].forget == 0 then live[#live + 1] = device end
    end
    table.sort(live, older)
    step.live[teammate] = live
  end
  return live
end

-- The device of a session that is shown in grace; nil: none is.
function sessions.lingers(t, id)
  if t.grace == 0 then return nil end
  for _, device in ipairs(t.devices) do
    if device[1] == id then return device end
  end
end

-- Takes a session off its node. A node without sessions is of no interest.
local function take_off(id, session)
  local name = session.node
  redis.call('ZREM', K.index, 'n:' .. name .. ':' .. session.teammate .. ':' .. id)
  local some = redis.call('ZRANGE', K.index, '[n:' .. name .. ':', '(n:' .. name .. ';', 'BYLEX', 'LIMIT', 0, 1)
  if not some[1] then state.nodes[name] = nil end
end

-- Has a session be on the batch's node, whose lease ends then. It has to be saved after it.
function sessions.place(id, session, ends)
  if session.node == node then return end
  if session.node ~= '' then take_off(id, session) end
  if not state.nodes[node] then state.nodes[node] = {ends = ends, forget = 0} end
  session.node = node
  redis.call('ZADD', K.index, 0, 't:' .. session.teammate .. ':' .. id, 0, 'n:' .. node .. ':' .. session.teammate .. ':' .. id)
end

-- Has a session be unknown.
function sessions.remove(id, session)
  take_off(id, session)
  redis.call('ZREM', K.index, 't:' .. session.teammate .. ':' .. id)
  redis.call('HDEL', K.sessions, id)
  known[id], step.live[session.teammate] = false, nil
end

-- The endings of which a session's client does not know.
local CLOSING = {resumed = true, expelled = true, removed = true}

-- Ends a session that was not ended, known or not: one that is not known may be under way still.
function sessions.stop(id, cause, by, heir)
  local session = sessions.of(id)
  if session then sessions.remove(id, session) end
  sessions.save_ending(id, cause, by, heir)
  local till = now + ENDED_MEMORY
  redis.call('ZADD', K.memory, int(till), id)
  if state.forget == 0 or till < state.forget then state.forget = till end
  if CLOSING[cause] then step.closing[#step.closing + 1] = {id, cause, by} end
end

-- Finds a session of its own teammate, false when it is not known; or tells why there is none.
function sessions.mine(teammate, id)
  local t = teammate_of(teammate)
  if not t then return nil, nil, {'no_teammate'} end
  local session = sessions.of(id)
  if session and session.teammate ~= teammate then return nil, nil, {'no_teammate'} end
  if not session then
    local cause, by = sessions.ending(id)
    if cause then return nil, nil, {'ended', id, cause, by} end
  end
  return t, session, nil
end

-- Ends a session on behalf of a teammate, unless that was done, or it is somebody else's. Tells the teammate, false when
-- they are not known, and whether the session was.
function sessions.finish(teammate, id, cause, by)
  local t, session = teammate_of(teammate), sessions.of(id)
  if session and session.teammate ~= teammate or not session and sessions.ending(id) then return t, false end
  sessions.stop(id, cause, by, '')
  if t then roster.hear(t) end
  return t, session ~= false
end
