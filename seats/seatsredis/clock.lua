-- What is done when the server's clock went back: everything that is to come moves with it, so that no lease outlives
-- its node by the difference, and no seat is kept for longer. What was stays when it was.
--
-- KEYS  seats waiters idling idling_administrators sessions nodes over moved lapsed graces place_graces losses memory
--       cooldowns cooling asks ask_ends bars
-- ARGS  -
-- REPLY -

-- A moment by so much earlier; '0' is none.
local function earlier(text, by)
  local moment_of = tonumber(text)
  return moment_of == 0 and '0' or int(math.max(moment_of - by, 1))
end

-- Moves all moments of a sorted set.
local function shift(key, by)
  step.firsts[key] = nil
  for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, int(-by), member) end
end

-- Changes all values of a hash.
local function rewrite(key, change)
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    local text = change(all[i + 1])
    if text ~= all[i + 1] then redis.call('HSET', key, all[i], text) end
  end
end

-- Moves the end of the cooldown in a loss that is kept as a packed list, whose last item it is.
local function shift_loss(by)
  return function(text)
    local items = texts(text)
    if #items >= 10 then items[#items] = earlier(items[#items], by) end
    return pack(items)
  end
end

local function shift_sessions(by)
  rewrite(K.sessions, function(text)
    local rest, idle = string.match(text, '^(.*:)(%d+)$')
    return rest and rest .. earlier(idle, by) or text
  end)
end

local function shift_asks(by)
  for _, id in ipairs(redis.call('HKEYS', K.asks)) do
    local ask = asks.of(id)
    ask.till = earlier(ask.till, by)
    asks.save(ask)
    if ask.over == '0' then step.asked[#step.asked + 1] = asks.shown(ask) end
  end
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
  for _, key in ipairs({K.lapsed, K.graces, K.place_graces, K.cooling, K.memory, K.ask_ends, K.idling,
    K.idling_administrators}) do shift(key, by) end
  for _, name in ipairs({'halt', 'alive', 'due', 'forget', 'asking'}) do
    if license[name] > 0 then license[name] = license[name] - by end
  end
  if license.halt > 0 then step.changed = true end
  rewrite(K.cooldowns, function(text)
    local ends, fence = string.match(text, '^(%d+)|(%d+)$')
    return earlier(ends, by) .. '|' .. fence
  end)
  rewrite(K.losses, shift_loss(by))
  rewrite(K.bars, shift_loss(by))
  shift_sessions(by)
  shift_asks(by)
  shift_board(by)
end
