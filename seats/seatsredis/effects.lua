-- What several operations do.

-- Ends a stay. loss has the reason and what else is known of it. The sessions stay as they are.
local function release(teammate, loss)
  touch(teammate)
  local seat = seat_of(teammate)
  redis.call('HDEL', K.seats, teammate)
  redis.call('ZADD', K.gaps, seat.number, seat.number)
  if seat.grace ~= '0' then redis.call('ZREM', K.graces, teammate) end
  seats[teammate] = false
  local cooldown = loss.cooldown or 0
  local record = {teammate, seat.number, seat.fence, loss.reason, loss.session or '', loss.by or '',
    loss.message or '', int(loss.at or now), int(cooldown)}
  redis.call('HSET', K.losses, teammate, pack(record))
  redis.call('ZADD', K.memory, int(math.max(now + ENDED_MEMORY, cooldown)), 'l:' .. teammate)
  lost[#lost + 1] = record
end

local function begin_grace(teammate, till)
  touch(teammate)
  local seat = seat_of(teammate)
  seat.grace = int(till)
  save_seat(teammate, seat)
  redis.call('ZADD', K.graces, seat.grace, teammate)
end

local function end_grace(teammate)
  local seat = seat_of(teammate)
  if seat.grace == '0' then return end
  touch(teammate)
  seat.grace = '0'
  save_seat(teammate, seat)
  redis.call('ZREM', K.graces, teammate)
end

-- Attaches a session by the batch's node. session is what was known of it, or nil.
local function attach(id, session, teammate, seq, refusal)
  touch(teammate)
  if session and session.node ~= node then
    redis.call('ZREM', K.index, attachment(teammate, id, session.node), membership(session.node, teammate, id))
  end
  redis.call('ZADD', K.index, 0, attachment(teammate, id, node), 0, membership(node, teammate, id))
  save_session(id, {teammate = teammate, node = node, seq = seq, refusal = refusal})
  counts[teammate] = nil
end

-- Detaches all sessions of a teammate; what is known of them stays.
local function detach_all(teammate)
  touch(teammate)
  redis.call('ZREMRANGEBYLEX', K.index, '[a:' .. teammate .. ':', '(a:' .. teammate .. ';')
  counts[teammate] = nil
end

-- Forgets a session, and tells whether it was attached.
local function forget_session(id, session)
  counts[session.teammate] = nil
  redis.call('HDEL', K.sessions, id)
  redis.call('ZREM', K.index, membership(session.node, session.teammate, id))
  return redis.call('ZREM', K.index, attachment(session.teammate, id, session.node)) == 1
end

-- Ends a session for good, and tells whether it was attached.
local function end_session(id, session)
  touch(session.teammate)
  bury(id)
  return forget_session(id, session)
end

-- Ends a session by a command of its own teammate, and tells whether it was the last live attached one of a
-- seat. One that is not known may be under way still, so it is ended all the same.
local function disconnect(teammate, id)
  local session = session_of(id)
  if not session then
    if not is_ended(id) then bury(id) end
    return false
  end
  if session.teammate ~= teammate then return false end
  local attached = end_session(id, session)
  return attached and seat_of(teammate) and live(teammate) == 0
end

-- The teammates who have sessions on a node.
local function teammates_of(name)
  local teammates, seen = {}, {}
  for _, member in ipairs(indexed('n:' .. name)) do
    local teammate = string.match(member, '([^:]*):[^:]*$')
    if not seen[teammate] then
      seen[teammate] = true
      teammates[#teammates + 1] = teammate
    end
  end
  return teammates
end

-- The rule by which a take is decided: seats.Decide in Lua.
local function decide(teammate, operator)
  if license.status == 'suspended' then return 'license_suspended' end
  if license.status ~= 'active' then return 'license_expired' end
  if operator ~= '1' then return 'not_operator' end
  if seat_of(teammate) then return 'already_seated' end
  if cooling(teammate) > 0 then return 'cooldown' end
  if license.total < 0 or used() < license.total then return 'seat_open' end
  return 'seats_full'
end
