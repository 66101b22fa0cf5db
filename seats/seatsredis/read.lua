-- Reads the whole board.
--
-- KEYS  seats index losses
-- ARGS  -
-- REPLY board head holders losses
function op.read()
  local holders, losses = {}, {}
  for _, teammate in ipairs(redis.call('HKEYS', K.seats)) do
    holders[#holders + 1] = holder(teammate, seat_of(teammate))
  end
  for _, text in ipairs(redis.call('HVALS', K.losses)) do losses[#losses + 1] = texts(text) end
  return {'board', head(license.version), holders, losses}
end
