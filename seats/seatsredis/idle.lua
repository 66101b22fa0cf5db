-- Tells that nobody works at a session's device, or that somebody does again.
--
-- KEYS  records R.attached R.seats R.sessions R.waiters I.idling I.idling_administrators I.ready
--       I.ready_administrators
-- ARGS  teammate id seq is_idle
-- REPLY done | ended
function op.idle(teammate, id, seq, is_idle)
  local reply = sessions.news(teammate, id, seq)
  if reply then return reply end
  local session = sessions.of(id)
  if not session or session.teammate ~= teammate then return {'done'} end
  touch(teammate)
  if is_idle ~= '1' then
    session.idle = '0'
  elseif session.idle == '0' then
    session.idle = int(now)
  end
  sessions.save(id, session)
  sessions.recount(teammate)
  return {'done'}
end
