-- What is done when the server's clock went back: everything that is to come moves with it, so that no lease outlives
-- its node by the difference, and no seat is kept for longer. What was stays when it was.
--
-- KEYS  records index nodes over R.bars R.seats R.sessions R.waiters I.ask_ends I.barred I.cooled I.cooling I.ended
--       I.graces I.idling I.idling_administrators I.lapsed I.line I.line_administrators I.lost I.place_graces
--       I.seated I.sessions
-- ARGS  -
-- REPLY -

-- A moment by so much earlier; '0' is none.
local function earlier(text, by)
  local moment_of = tonumber(text)
  return moment_of == 0 and '0' or int(math.max(moment_of - by, 1))
end

-- Moves all members of a kind, and whatever else there is of each.
local function shift(kind, by, besides)
  for _, member in ipairs(members(kind)) do
    local who, at = standing(member)
    drop(kind, at, who)
    if besides then besides(who, by) end
    put(kind, earlier(at, by), who)
  end
end

local function shift_lapsed(name, by) keep(R.lapsed, name, earlier(text_of(R.lapsed, name), by)) end

local function shift_cooldown(teammate, by)
  local ends, fence = cooldowns.of(teammate)
  keep(R.cooldowns, teammate, earlier(ends, by) .. '|' .. fence)
end

-- The end of the cooldown is the last item of a loss.
local function shift_loss(teammate, by)
  local loss, till = losses.read(text_of(R.losses, teammate))
  loss[#loss] = earlier(loss[#loss], by)
  keep(R.losses, teammate, earlier(till, by) .. '|' .. pack(loss))
end

local function shift_bars(by)
  for _, teammate in ipairs(members(I.barred)) do
    local items = texts(text_of(R.bars, teammate))
    if #items > 2 then items[#items] = earlier(items[#items], by) end
    keep(R.bars, teammate, pack(items))
  end
end

local function shift_sessions(by)
  for _, member in ipairs(members(I.sessions)) do
    local id = string.match(member, '[^:]*$')
    local session = sessions.of(id)
    session.idle = earlier(session.idle, by)
    sessions.save(id, session)
  end
end

local function shift_ask(id, by)
  local ask = asks.of(id)
  ask.till = earlier(ask.till, by)
  asks.save(ask)
  if ask.over == '0' then tell('asked', pack(asks.shown(ask))) end
end

local function shift_board(by)
  for _, teammate in ipairs(stays.all()) do
    touch(teammate)
    local seat = seat_of(teammate)
    seat.grace, seat.idle, seat.warned = earlier(seat.grace, by), earlier(seat.idle, by), earlier(seat.warned, by)
  end
  for _, teammate in ipairs(line.all()) do
    touch(teammate)
    local waiter = waiter_of(teammate)
    waiter.grace, waiter.cooldown = earlier(waiter.grace, by), earlier(waiter.cooldown, by)
  end
end

function clock.set_back(by)
  license.moved = move_leases(by, license.moved)
  for _, name in ipairs({'halt', 'alive', 'due', 'forget', 'asking', 'cooled'}) do
    if license[name] > 0 then license[name] = license[name] - by end
  end
  if license.halt > 0 then step.changed = true end
  shift_board(by)
  for _, kind in ipairs({I.graces, I.place_graces, I.idling, I.idling_administrators, I.ended}) do shift(kind, by) end
  shift(I.lapsed, by, shift_lapsed)
  shift(I.cooling, by, shift_cooldown)
  shift(I.cooled, by, shift_cooldown)
  shift(I.lost, by, shift_loss)
  shift(I.ask_ends, by, shift_ask)
  shift_bars(by)
  shift_sessions(by)
end
