-- Tells what a take would be answered with, and takes nothing.
--
-- KEYS  seats graces memory
-- ARGS  teammate operator revision
-- REPLY explained rule total used retry_after next_chance | stale revision
function op.explain(teammate, operator, revision)
  if license.revision == '0' or revision ~= license.revision then return {'stale', license.revision} end
  local rule, retry_after, next_chance = decide(teammate, operator), 0, 0
  if rule == 'cooldown' then retry_after = cooling(teammate) end
  if rule == 'seats_full' then
    local _, over = earliest(K.graces)
    if over then next_chance = over - now end
  end
  return {'explained', rule, int(license.total), int(used()), int(retry_after), int(next_chance)}
end
