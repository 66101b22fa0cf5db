-- Lets a session come in through the batch's node, and ends the one that it resumes.
--
-- KEYS  entries choices sessions index graces untils ended memory nodes over
-- ARGS  teammate id seq device idle resumes since was was_since number chosen note till before before_note
-- REPLY present entry resumed | too_many limit | ended session cause by | no_teammate | no_lease

-- Ends the session that another one continues, in the same step in which that one arrives: so nobody sees the teammate
-- leave. Tells whether there was something to continue.
local function resume(t, id, heir)
  if id == '' then return false end
  local session, lingers = sessions.of(id), sessions.lingers(t, id) ~= nil
  if not session then
    local cause, by, earlier = sessions.ending(id)
    if cause and not lingers then return earlier == heir end
    if cause then
      sessions.save_ending(id, cause, by, heir)
      return true
    end
  end
  local there = lingers or session ~= false
  sessions.stop(id, 'resumed', '', there and heir or '')
  return there
end

-- Takes note that a teammate has just come, whose status was another one maybe, and was shown so before the engine forgot.
local function see(t, before, was, was_since)
  local seen = seen_by_all(t.status)
  t.seen = math.max(t.seen, now)
  if seen then t.shown = math.max(t.shown, now) end
  if before == 'offline' and was == t.status and was_since > 0 and was_since < t.since then
    t.since = was_since
    if seen then t.visible = was_since end
  end
end

function op.arrive(teammate, id, seq, device, idle, resumes, since, was, was_since, number, chosen, note, till, before,
  before_note)
  local t, session, refused = sessions.mine(teammate, id)
  if refused then return refused end
  local resumed = resumes ~= '' and sessions.of(resumes)
  if resumed and resumed.teammate ~= teammate then return {'no_teammate'} end
  local ends = nodes.look_up(node)
  if ends <= now then return {'no_lease'} end
  roster.hear(t)
  resumed = resume(t, resumes, id)
  local comes = not session or state.nodes[session.node].forget > 0
  if comes and state.sessions > 0 and #sessions.live(teammate) >= state.sessions then
    roster.show(t)
    return {'too_many', int(state.sessions)}
  end
  if not session then
    local began = tonumber(since)
    session = {teammate = teammate, node = '', seq = '0', since = int(began > 0 and math.min(began, now) or now)}
  end
  if comes or not at_most(seq, session.seq) then
    if at_most(session.seq, seq) then session.seq = seq end
    session.name, session.idle = device, idle
    sessions.place(id, session, ends)
    sessions.save(id, session)
  end
  roster.wish(t, number, chosen, note, till, before, before_note)
  local status = t.status
  roster.show(t)
  if comes then see(t, status, was, tonumber(was_since)) end
  return {'present', entry_text(t), resumed and '1' or '0'}
end
