-- How sessions are put on nodes, taken off, and ended.

local function index_members(session)
  return 't:' .. session.teammate .. ':' .. session.id, 'n:' .. session.node .. ':' .. session.teammate .. ':' .. session.id
end

-- Takes a session off its node. A node without sessions is of no interest.
local function take_off(session)
  local by_mate, by_node = index_members(session)
  redis.call('ZREM', K.index, by_mate, by_node)
  local some = redis.call('ZRANGE', K.index, '[n:' .. session.node .. ':', '(n:' .. session.node .. ';', 'BYLEX', 'LIMIT', 0, 1)
  if not some[1] then license.nodes[session.node] = nil end
end

-- Has a session be on a node whose lease ends then.
local function place(session, name, ends)
  if session.node == name and license.nodes[name] then return end
  if session.node ~= '' then take_off(session) end
  session.node = name
  if not license.nodes[name] then license.nodes[name] = {ends = ends, forget = 0} end
  local by_mate, by_node = index_members(session)
  redis.call('ZADD', K.index, 0, by_mate, 0, by_node)
end

-- Has a session be unknown.
local function remove(session)
  take_off(session)
  redis.call('HDEL', K.sessions, session.id)
  sessions[session.id] = false
end

-- Causes of which the client does not know.
local CLOSING = {resumed = true, expelled = true, removed = true}

-- Has a session be ended that was not so, known or not: one that is not known may be under way still.
local function finish(id, cause, by, heir)
  local session = session_of(id)
  if session then remove(session) end
  redis.call('HSET', K.ended, id, pack({cause, by, heir}))
  redis.call('ZADD', K.memory, int(now + ENDED_MEMORY), id)
  if CLOSING[cause] then step.closing[#step.closing + 1] = {id, cause, by} end
end

-- Ends a session on behalf of a teammate, unless that was done, or it is somebody else's. Returns the teammate, false when
-- they are not known, and whether the session was.
local function leave(teammate, id, cause, by)
  local mate, session = mate_of(teammate), session_of(id)
  if session and session.teammate ~= teammate or ended(id) then return mate, false end
  finish(id, cause, by, '')
  if mate then hear(teammate) end
  return mate, session and true or false
end

-- Has a teammate be no more, with all their sessions.
local function expunge(teammate)
  if not mate_of(teammate) then return end
  touch(teammate)
  for _, session in ipairs(sessions_of(teammate)) do finish(session.id, 'removed', '', '') end
  redis.call('ZREM', K.graces, teammate)
  redis.call('ZREM', K.untils, teammate)
  mates[teammate] = false
end

-- Brings a teammate to what the database has of them: the fields from place i of a list. Returns whether they are new.
local MEMBER_FIELDS = 12

local function enroll(list, i)
  local teammate = list[i]
  touch(teammate)
  local mate = mate_of(teammate)
  local new = not mate
  if new then
    mate = {teammate = teammate, status = 'offline', since = '0', devices = NO_DEVICES, grace = '0', visible = '0',
      seen = '0', shown = '0', heard = '0', number = '0', left = '0'}
    mates[teammate] = mate
    hold(teammate, '0')
  end
  mate.name, mate.operator, mate.administrator = list[i + 1], list[i + 2], list[i + 3]
  mate.seen, mate.shown = later(mate.seen, list[i + 4]), later(mate.shown, list[i + 5])
  wish(teammate, unpack(list, i + 6, i + MEMBER_FIELDS - 1))
  show(teammate)
  return new
end
