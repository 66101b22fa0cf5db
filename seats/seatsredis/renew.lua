-- Prolongs the node's lease. A node whose lease lapsed, and whose sessions are still known, has them live again.
--
-- KEYS  seats waiters idling idling_administrators ready ready_administrators sessions index nodes over lapsed graces
--       place_graces
-- ARGS  duration
-- REPLY renewed known
function op.renew(duration)
  local length = tonumber(duration)
  license.alive, license.lease = math.max(license.alive, now + length), length
  if leases[node] then
    prolong(node, length)
    return {'renewed', '1'}
  end
  prolong(node, length)
  if redis.call('ZREM', K.lapsed, node) == 0 then return {'renewed', '0'} end
  step.firsts[K.lapsed], step.present = nil, {}
  for _, teammate in ipairs(endings.teammates_of(node)) do
    touch(teammate)
    sessions.recount(teammate)
    if sessions.present(teammate) > 0 then graces.finish(teammate) end
  end
  return {'renewed', '1'}
end
