-- Sessions: what they are attached to, and how they end.

function sessions.of(id)
  local session = session_cache[id]
  if session == nil then
    local text = text_of(R.sessions, id)
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
  keep(R.sessions, id, session.teammate .. ':' .. session.node .. ':' .. session.seq .. ':' .. session.refusal .. ':'
    .. session.idle)
end

-- Has a session be attached.
local function attach(teammate, id)
  local all = attached_of(teammate)
  if place_in(all, id) then return end
  all[#all + 1] = id
  all[#all + 1] = node
  step.moved[teammate] = true
end

function sessions.membership(node_of, teammate, id) return node_of .. ':' .. teammate .. ':' .. id end

-- How many live attached sessions a teammate has, and since when all of them are idle; '0': one is active, or there
-- is none.
function sessions.present(teammate)
  local all, live, active, idle = attached_of(teammate), 0, false, 0
  for i = 1, #all, 2 do
    if leases[all[i + 1]] then
      live = live + 1
      local session = session_cache[all[i]] -- those that were looked at already tell for nothing
      active = active or session and session.idle == '0'
    end
  end
  for i = 1, #all, 2 do
    if active then break end
    if leases[all[i + 1]] then
      local since = tonumber(sessions.of(all[i]).idle)
      active, idle = since == 0, math.max(idle, since)
    end
  end
  return live, active and '0' or int(idle)
end

-- Finds the session that a command of its own teammate attaches, nil when it is new; or tells why it may not.
function sessions.mine(teammate, id, revision)
  local session = sessions.of(id)
  if session == ENDED or session and session.teammate ~= teammate then return nil, {'ended'} end
  if revision ~= license.revision then return nil, {'stale', license.revision} end
  if not leases[node] or leases[node] <= now then return nil, {'no_lease'} end
  return session or nil
end

-- Attaches a session by the batch's node. session is what was known of it, or nil. It has to be saved then.
function sessions.join(id, session, teammate, seq)
  if not session then
    session = {teammate = teammate, node = node, seq = seq, refusal = '', idle = '0'}
    session_cache[id] = session
  elseif session.node ~= node then
    endings.unindex(id, session)
    session.node = node
  end
  attach(teammate, id)
  place(I.sessions, sessions.membership(node, teammate, id), true)
  serve(node)
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
      if seat.idle ~= '0' then drop(stays.idling(seat.administrator), seat.idle, teammate) end
      if idle ~= '0' then put(stays.idling(seat.administrator), idle, teammate) end
      seat.idle = idle
    end
  end
  if waiter then
    local ready = waiter.grace == '0' and waiter.cooldown == '0'
    if ready and not waiter.ready then put(line.ready(waiter.administrator), waiter.turn, teammate) end
    if waiter.ready and not ready then drop(line.ready(waiter.administrator), waiter.turn, teammate) end
    waiter.ready = ready
  end
end
