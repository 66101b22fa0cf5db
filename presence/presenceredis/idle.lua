-- Takes that nobody works at a device any more, or that somebody does.
--
-- KEYS  mates sessions index graces ended
-- ARGS  teammate id seq idle
-- REPLY done | ended id cause by | unknown | no_teammate
function op.idle(teammate, id, seq, idle)
  local _, session, refused = mine(teammate, id)
  if refused then return refused end
  if not session then return {'unknown'} end
  if not at_most(seq, session.seq) then
    session.seq, session.idle = seq, idle
    save_session(session)
    show(teammate)
  end
  return {'done'}
end
