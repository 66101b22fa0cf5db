-- Ends a session whose connection was lost; with the last live attached one grace begins. A grace that runs
-- already is not begun again.
--
-- KEYS  records R.attached R.seats R.sessions R.waiters I.ended I.graces I.idling I.idling_administrators
--       I.place_graces I.ready I.ready_administrators I.sessions
-- ARGS  teammate id
-- REPLY done
function op.drop(teammate, id)
  local _, attached = endings.disconnect(teammate, id)
  if attached then graces.begin(teammate, now + config.grace) end
  return {'done'}
end
