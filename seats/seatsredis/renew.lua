-- Prolongs the node's lease. A node whose lease lapsed, and whose sessions are still known, has them live again.
--
-- KEYS  records index nodes over R.attached R.lapsed R.seats R.sessions R.waiters I.graces I.idling
--       I.idling_administrators I.lapsed I.place_graces I.ready I.ready_administrators I.sessions
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
  local forgotten_at = text_of(R.lapsed, node)
  if not forgotten_at then return {'renewed', '0'} end
  keep(R.lapsed, node, false)
  drop(I.lapsed, forgotten_at, node)
  for _, teammate in ipairs(endings.teammates_of(node)) do
    touch(teammate)
    sessions.recount(teammate)
    if sessions.present(teammate) > 0 then graces.finish(teammate) end
  end
  return {'renewed', '1'}
end
