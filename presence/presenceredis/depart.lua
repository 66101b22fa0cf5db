-- Ends a session whose client logged out.
--
-- KEYS  entries choices sessions index graces ended memory
-- ARGS  teammate id
-- REPLY done
function op.depart(teammate, id)
  local t, was_known = sessions.finish(teammate, id, 'departed', '')
  if t and (was_known or sessions.lingers(t, id)) then roster.vanish(t) end
  return {'done'}
end
