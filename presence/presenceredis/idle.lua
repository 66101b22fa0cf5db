-- Takes note that nobody works at a device any more, or that somebody does.
--
-- KEYS  entries choices sessions index graces ended
-- ARGS  teammate id seq idle
-- REPLY done | unknown | ended session cause by | no_teammate
function op.idle(teammate, id, seq, idle)
  local t, session, refused = sessions.mine(teammate, id)
  if refused then return refused end
  if not session then return {'unknown'} end
  if not at_most(seq, session.seq) then
    session.seq, session.idle = seq, idle
    sessions.save(id, session)
    roster.show(t)
  end
  return {'done'}
end
