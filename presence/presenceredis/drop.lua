-- Ends a session whose connection was lost.
--
-- KEYS  mates sessions index graces ended memory
-- ARGS  teammate id
-- REPLY done
function op.drop(teammate, id)
  local _, known = leave(teammate, id, 'dropped', '')
  if known then absent(teammate) end
  return {'done'}
end
