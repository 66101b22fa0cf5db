-- Reads the whole board.
--
-- KEYS  seats waiters losses asks
-- ARGS  -
-- REPLY board head holders waiters losses asks
function op.read()
  local holders, in_line, lost, open = {}, {}, {}, {}
  for _, teammate in ipairs(stays.all()) do holders[#holders + 1] = holder(teammate, seat_of(teammate)) end
  for _, teammate in ipairs(line.all()) do
    in_line[#in_line + 1] = line.shown(teammate, waiter_of(teammate))
  end
  for _, text in ipairs(redis.call('HVALS', K.losses)) do lost[#lost + 1] = texts(text) end
  for _, id in ipairs(license.asking > 0 and redis.call('HKEYS', K.asks) or {}) do
    local ask = asks.of(id)
    if ask.over == '0' then open[#open + 1] = asks.shown(ask) end
  end
  return {'board', head(), holders, in_line, lost, open}
end
