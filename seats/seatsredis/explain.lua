-- Tells what a take would be answered with, and takes nothing.
--
-- KEYS  records index R.cooldowns R.seats R.waiters I.administrators I.graces I.line I.line_administrators I.seated
-- ARGS  teammate operator administrator revision
-- REPLY explained rule total used reserved administrators reserved_for_others place retry_after next_chance |
--       stale revision
function op.explain(teammate, operator, administrator, revision)
  if license.revision == '0' or revision ~= license.revision then return {'stale', license.revision} end
  local rule, waiter = stays.decide(teammate, operator, administrator), waiter_of(teammate)
  local place, next_chance, others = 0, 0, 0
  if waiter then place = line.place(waiter) end
  if administrator ~= '1' then others = math.max(0, config.reserved - administrators()) end
  if rule == 'seats_full' or rule == 'already_waiting' then
    local _, chance = first(I.graces)
    if license.warned ~= '' then
      chance = math.min(chance or math.huge, tonumber(seat_of(license.warned).warned))
    end
    if chance then next_chance = math.max(chance - now, license.halt - now, 0) end -- in a halt nobody loses a seat to time
  end
  return {'explained', rule, int(config.total), int(used()), int(config.reserved), int(administrators()), int(others),
    int(place), int(stays.retry_after(teammate, rule)), int(next_chance)}
end
