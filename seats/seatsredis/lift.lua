-- Ends a teammate's cooldown, unless it is that of a later seat.
--
-- KEYS  records R.attached R.cooldowns R.seats R.sessions R.waiters I.cooled I.cooling I.idling
--       I.idling_administrators I.ready I.ready_administrators
-- ARGS  teammate fence
-- REPLY done
function op.lift(teammate, fence)
  local ends, cooled = cooldowns.of(teammate)
  if ends and at_most(cooled, fence) then cooldowns.finish(teammate) end
  return {'done'}
end
