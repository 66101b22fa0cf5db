-- Prolongs the node's lease. A node whose lease lapsed, and whose sessions are still known, has them live again.
--
-- KEYS  nodes lapsed index seats graces
-- ARGS  duration
-- REPLY renewed known
function op.renew(duration)
  if leases[node] then
    prolong(node, tonumber(duration))
    return {'renewed', '1'}
  end
  if redis.call('ZREM', K.lapsed, node) == 0 then
    prolong(node, tonumber(duration))
    return {'renewed', '0'}
  end
  local teammates = teammates_of(node)
  for _, teammate in ipairs(teammates) do touch(teammate) end
  prolong(node, tonumber(duration))
  counts = {}
  for _, teammate in ipairs(teammates) do
    if seat_of(teammate) and live(teammate) > 0 then end_grace(teammate) end
  end
  return {'renewed', '1'}
end
