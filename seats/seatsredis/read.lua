-- Reads the whole board.
--
-- KEYS  records index R.asks R.losses R.seats R.waiters I.ask_ends I.line I.line_administrators I.lost I.seated
-- ARGS  -
-- REPLY board head holders waiters losses asks
function op.read()
  local holders, in_line, lost, open = {}, {}, {}, {}
  for _, teammate in ipairs(stays.all()) do holders[#holders + 1] = holder(teammate, seat_of(teammate)) end
  for _, teammate in ipairs(line.all()) do
    in_line[#in_line + 1] = line.shown(teammate, waiter_of(teammate))
  end
  for i, member in ipairs(members(I.lost)) do lost[i] = losses.last((standing(member))) end
  for _, member in ipairs(license.asking > 0 and members(I.ask_ends) or {}) do
    local ask = asks.of((standing(member)))
    if ask.over == '0' then open[#open + 1] = asks.shown(ask) end
  end
  return {'board', head(), holders, in_line, lost, open}
end
