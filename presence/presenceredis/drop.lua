-- Ends a session whose connection was lost.
--
-- KEYS  entries choices sessions index graces ended memory
-- ARGS  teammate id
-- REPLY done
function op.drop(teammate, id)
  local t, was_known = sessions.finish(teammate, id, 'dropped', '')
  if was_known then roster.absent(t) end
  return {'done'}
end
