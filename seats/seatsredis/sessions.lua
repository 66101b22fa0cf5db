-- Sessions: what they are attached to, and how they end.

function sessions.of(id)
  local session = session_cache[id]
  if session == nil then
    local text = redis.call('HGET', K.sessions, id)
    if text == '' then
      session = ENDED
    elseif text then
      session = {}
      session.teammate, session.node, session.seq, session.refusal, session.idle =
        string.match(text, '^([^:]*):([^:]*):(%d*):([^:]*):(%d*)$')
    else
      session = false
    end
    session_cache[id] = session
  end
  return session
end

function sessions.save(id, session)
  session_cache[id] = session
  redis.call('HSET', K.sessions, id, table.concat({session.teammate, session.node, session.seq, session.refusal,
    session.idle}, ':'))
end

-- The index's members that begin with a text and a colon, which no id can contain; the semicolon is next to it.
function sessions.indexed(start)
  return redis.call('ZRANGE', K.index, '[' .. start .. ':', '(' .. start .. ';', 'BYLEX')
end

function sessions.attachment(teammate, id, node_of) return 'a:' .. teammate .. ':' .. id .. ':' .. node_of end

function sessions.membership(node_of, teammate, id) return 'n:' .. node_of .. ':' .. teammate .. ':' .. id end

-- How many live attached sessions a teammate has, and since when all of them are idle; '0': one is active, or there
-- is none.
function sessions.present(teammate)
  local found = step.present[teammate]
  if not found then
    local ids, idle = {}, 0
    for _, member in ipairs(sessions.indexed('a:' .. teammate)) do
      local id, node_of = string.match(member, '([^:]*):([^:]*)$')
      if leases[node_of] then ids[#ids + 1] = id end
    end
    local active = false
    for _, id in ipairs(ids) do -- those that were looked at already tell for nothing
      local session = session_cache[id]
      active = active or session and session.idle == '0'
    end
    for _, id in ipairs(ids) do
      if active then break end
      local since = tonumber(sessions.of(id).idle)
      active, idle = since == 0, math.max(idle, since)
    end
    found = {#ids, active and '0' or int(idle)}
    step.present[teammate] = found
  end
  return found[1], found[2]
end

-- Finds the session that a command of its own teammate attaches, nil when it is new; or tells why it may not.
function sessions.mine(teammate, id, revision)
  local session = sessions.of(id)
  if session == ENDED or session and session.teammate ~= teammate then return nil, {'ended'} end
  if revision ~= config.revision then return nil, {'stale', config.revision} end
  if not leases[node] or leases[node] <= now then return nil, {'no_lease'} end
  return session or nil
end

-- Attaches a session by the batch's node. session is what was known of it, or nil. It has to be saved then.
function sessions.join(id, session, teammate, seq)
  if not session then
    session = {teammate = teammate, node = node, seq = seq, idle = '0'}
    session_cache[id] = session
  elseif session.node ~= node then
    endings.unindex(id, session)
    session.node = node
  end
  redis.call('ZADD', K.index, 0, sessions.attachment(teammate, id, node), 0, sessions.membership(node, teammate, id))
  step.present[teammate], step.serving[node] = nil, true
  if at_most(session.seq, seq) then session.seq = seq end
  session.refusal = ''
  return session
end

-- Takes a session's command that is newer than the ones before; else it answers it. A session that is not known takes
-- any.
function sessions.news(teammate, id, seq)
  local session = sessions.of(id)
  if session == ENDED then return {'ended'} end
  if not session or session.teammate ~= teammate then return nil end
  if at_most(seq, session.seq) then return {'done'} end
  session.seq, session.refusal = seq, ''
  sessions.save(id, session)
  return nil
end

-- Brings what follows from a teammate's sessions, grace and cooldown up to date. To be called after touch.
function sessions.recount(teammate)
  local seat, waiter = seat_of(teammate), waiter_of(teammate)
  if seat then
    local live, idle = sessions.present(teammate)
    seat.sessions = int(live)
    if idle ~= seat.idle then
      if idle == '0' then
        drop(stays.idling(seat.administrator), teammate)
      else
        put(stays.idling(seat.administrator), idle, teammate)
      end
      seat.idle = idle
    end
  end
  if waiter then
    local ready = waiter.grace == '0' and waiter.cooldown == '0'
    if ready and not waiter.ready then put(line.ready(waiter.administrator), waiter.turn, teammate) end
    if waiter.ready and not ready then drop(line.ready(waiter.administrator), teammate) end
    waiter.ready = ready
  end
end
