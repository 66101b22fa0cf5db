-- How sessions end, and the sessions of a node.

-- Remembers that a session was ended, whether it was known or not.
function endings.bury(id)
  session_cache[id] = ENDED
  keep(R.sessions, id, '')
  remember(I.ended, now + ENDED_MEMORY, id)
end

-- Has a session not be attached, and tells whether it was.
local function unattach(teammate, id)
  local all = attached_of(teammate)
  local at = place_in(all, id)
  if not at then return false end
  table.remove(all, at)
  table.remove(all, at)
  step.moved[teammate] = true
  return true
end

-- Takes a session off its node, and tells whether it was attached.
function endings.unindex(id, session)
  empty(session.node)
  place(I.sessions, sessions.membership(session.node, session.teammate, id), false)
  return unattach(session.teammate, id)
end

-- Forgets a session of a node that lapsed long ago.
function endings.forget(teammate, id, node_of)
  endings.unindex(id, {teammate = teammate, node = node_of})
  keep(R.sessions, id, false)
  session_cache[id] = false
end

-- Ends a session for good, and tells whether it was attached.
function endings.finish(id, session)
  local attached = endings.unindex(id, session)
  endings.bury(id)
  return attached
end

-- Whether a session is, or may be, one of the teammate's that was not ended.
function endings.may_be(teammate, id)
  local session = sessions.of(id)
  return not session or session ~= ENDED and session.teammate == teammate
end

-- Ends a session by its own teammate's command. Tells whether it was known, and whether it was attached. One that is
-- not known may be under way still, so it is ended all the same.
function endings.disconnect(teammate, id)
  if not endings.may_be(teammate, id) then return false, false end
  local session = sessions.of(id)
  if not session then
    endings.bury(id)
    return false, false
  end
  touch(teammate)
  local attached = endings.finish(id, session)
  sessions.recount(teammate)
  return true, attached
end

-- Detaches all sessions of a teammate; what is known of them stays.
function endings.detach_all(teammate)
  attachments[teammate], step.moved[teammate] = {}, true
end

-- Has a session of one who holds nothing count for nothing that they get later.
function endings.detach(teammate, id)
  local session = sessions.of(id)
  if not session or session == ENDED or session.teammate ~= teammate or seat_of(teammate) or waiter_of(teammate) then
    return
  end
  touch(teammate) -- an ask of theirs may end with it
  unattach(teammate, id)
end

-- Whether a session is live and attached.
function endings.live(id, session) return leases[session.node] and place_in(attached_of(session.teammate), id) ~= nil end

-- The teammates who have sessions on a node.
function endings.teammates_of(name)
  local teammates, seen = {}, {}
  for _, member in ipairs(members(I.sessions, name .. ':')) do
    local teammate = string.match(member, '([^:]*):[^:]*$')
    if not seen[teammate] then
      seen[teammate] = true
      teammates[#teammates + 1] = teammate
    end
  end
  return teammates
end
