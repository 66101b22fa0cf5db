-- Ends a teammate's cooldown, unless it is that of a later seat.
--
-- KEYS  seats waiters idling idling_administrators ready ready_administrators sessions index memory cooldowns cooling
-- ARGS  teammate fence
-- REPLY done
function op.lift(teammate, fence)
  local ends, cooled = cooldowns.of(teammate)
  if ends and at_most(cooled, fence) then cooldowns.finish(teammate) end
  return {'done'}
end
