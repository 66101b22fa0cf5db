-- Ends a session whose connection was lost; with the last live attached one grace begins. A grace that runs
-- already is not begun again.
--
-- KEYS  seats waiters idling idling_administrators ready ready_administrators sessions index graces place_graces memory
-- ARGS  teammate id
-- REPLY done
function op.drop(teammate, id)
  local _, attached = endings.disconnect(teammate, id)
  if attached then graces.begin(teammate, now + config.grace) end
  return {'done'}
end
