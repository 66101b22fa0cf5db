-- What is done when the server's clock went back: everything that is to come moves with it, so that no lease outlives
-- its node by the difference, and nobody is shown in grace for longer. What was stays when it was; and so does the end of a
-- timed choice, which somebody chose by the clock on the wall.
--
-- KEYS  entries choices graces memory nodes over
-- ARGS  -
-- REPLY -

-- Moves all moments of a sorted set.
function clock.shift(key, by)
  step.firsts[key] = nil
  for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, int(-by), member) end
end

function clock.set_back(by)
  for _, teammate in ipairs(redis.call('ZRANGE', K.graces, 0, -1)) do
    touch(teammate)
    local t = teammate_of(teammate)
    t.grace = t.grace - by
  end
  state.moved = move_leases(by, state.moved)
  clock.shift(K.graces, by)
  clock.shift(K.memory, by)
  for _, name in ipairs({'window', 'halt', 'waited', 'forget'}) do
    if state[name] > 0 then state[name] = math.max(state[name] - by, 1) end
  end
  for _, known_node in pairs(state.nodes) do
    known_node.ends = known_node.ends - by
    if known_node.forget > 0 then known_node.forget = known_node.forget - by end
  end
end
