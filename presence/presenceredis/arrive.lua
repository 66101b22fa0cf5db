-- Lets a session come in through the batch's node.
--
-- KEYS  mates sessions index graces untils ended memory nodes over
-- ARGS  teammate id seq name idle resumes since was_status was_since number status note till before_status before_note
--       since: of the connection, was_since: of the status that was shown before the engine forgot; 0: now, none
-- REPLY present entry resumed | too_many limit | ended id cause by | no_teammate | no_lease

-- Ends the session that another one continues, and tells whether there was something to continue.
local function resume(mate, id, heir)
  if id == '' then return false end
  local earlier, stays = ended(id), lingers(mate, id)
  if earlier and stays then
    redis.call('HSET', K.ended, id, pack({earlier[1], earlier[2], heir}))
    return true
  end
  if earlier then return earlier[3] == heir end
  local there = stays or session_of(id) and true or false
  finish(id, 'resumed', '', there and heir or '')
  return there
end

-- Notes that a teammate has just come, whose status was that, and was shown so before the engine forgot.
local function see(mate, was, was_status, was_since)
  local at = int(now)
  mate.seen = later(mate.seen, at)
  if visible(mate.status) then mate.shown = later(mate.shown, at) end
  if was == 'offline' and was_status == mate.status and was_since ~= '0' and tonumber(was_since) < tonumber(mate.since) then
    mate.since = was_since
    if visible(mate.status) then mate.visible = was_since end
  end
end

function op.arrive(teammate, id, seq, name, idle, resumes, since, was_status, was_since, ...)
  local mate, session, refused = mine(teammate, id)
  if refused then return refused end
  local resumed = resumes ~= '' and session_of(resumes)
  if resumed and resumed.teammate ~= teammate then return {'no_teammate'} end
  local ends = look_up(node)
  if ends <= now then return {'no_lease'} end
  hear(teammate)
  local continues = resume(mate, resumes, id)
  local comes = not session or not is_live(session)
  if comes and license.limit > 0 and #live_devices(teammate) >= license.limit then
    show(teammate)
    return {'too_many', int(license.limit)}
  end
  if not session then
    if since == '0' or tonumber(since) > now then since = int(now) end
    session = {id = id, teammate = teammate, node = '', seq = '0', since = since}
    sessions[id] = session
  end
  if comes or not at_most(seq, session.seq) then
    if not at_most(seq, session.seq) then session.seq = seq end
    session.name, session.idle = name, idle
    place(session, node, ends)
    save_session(session)
  end
  wish(teammate, ...)
  local was = mate.status
  show(teammate)
  if comes then see(mate, was, was_status, was_since) end
  return {'present', entry_of(mate), continues and '1' or '0'}
end
