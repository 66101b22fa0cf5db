-- Stays: how a seat is come by, kept in grace, and lost; and cooldowns.

-- Where the idle holders of a class are.
function stays.idling(administrator) return administrator == '1' and I.idling_administrators or I.idling end

-- Reads a seat as it is kept.
function stays.read(text)
  local seat = {}
  seat.number, seat.fence, seat.since, seat.grace, seat.sessions, seat.idle, seat.warned, seat.overage,
    seat.administrator, seat.via, seat.routing, seat.name = string.match(text,
    '^(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|(%d+)|([01])|([01])|([^|]*)|([^|]*)|(.*)$')
  return seat
end

-- Whether fewer than all seats are used up, for one who may or may not use the administrators', were so many fewer
-- used, by so many administrators fewer.
function stays.open(administrator, fewer, fewer_administrators)
  if config.total < 0 then return true end
  local reserved = 0
  if config.reserved > 0 and administrator ~= '1' then
    reserved = math.max(0, config.reserved - administrators() + fewer_administrators)
  end
  return used() - fewer < config.total - reserved
end

-- Whether more seats are used than the total.
function stays.overfull() return config.total >= 0 and used() > config.total end

-- The rule by which a take is decided: seats.Decide in Lua.
function stays.decide(teammate, operator, administrator)
  if config.status == 'suspended' then return 'license_suspended' end
  if config.status ~= 'active' then return 'license_expired' end
  if operator ~= '1' then return 'not_operator' end
  if seat_of(teammate) then return 'already_seated' end
  if cooldowns.left(teammate) > 0 then return 'cooldown' end
  if waiter_of(teammate) then return 'already_waiting' end
  if license.halt > 0 then return 'unavailable' end
  if stays.open(administrator, 0, 0) then return 'seat_open' end
  return 'seats_full'
end

-- For how long a rule stands in the way: a cooldown, or a halt.
function stays.retry_after(teammate, rule)
  if rule == 'cooldown' then return cooldowns.left(teammate) end
  if rule == 'unavailable' then return math.max(license.halt - now, 0) end
  return 0
end

-- Takes the lowest free number. All numbers above high were never taken, but for those that were claimed.
local function lowest_free()
  local gaps = used() < license.high or license.claimed > license.high -- none, where all that was granted is in use
  local number = gaps and first(I.gaps)
  if number then
    drop(I.gaps, number, number)
    return number
  end
  repeat
    license.high = license.high + 1
    local claimed = license.high <= license.claimed and text_of(R.claimed, int(license.high))
    if claimed then keep(R.claimed, int(license.high), false) end
  until not claimed
  return int(license.high)
end

-- Takes a certain number, which is free, in a window: no number was taken otherwise yet.
function stays.claim_number(number, teammate)
  keep(R.claimed, number, teammate)
  license.claimed = math.max(license.claimed, tonumber(number))
end

function stays.next_fence()
  license.granted = license.granted + 1
  return int(license.generation * FENCES_PER_GENERATION + license.granted)
end

-- Keeps the set of seated administrators.
function stays.classify(teammate, administrator)
  place(I.administrators, teammate, administrator == '1')
  step.administrators = nil
end

-- Has a teammate, who neither holds a seat nor waits, hold one whose number is taken for them. What is not given of the
-- seat begins as with every grant.
function stays.occupy(teammate, seat)
  touch(teammate)
  step.used = used() + 1
  place(I.seated, teammate, true)
  seat.grace, seat.sessions, seat.idle, seat.warned = '0', '0', '0', '0'
  seats[teammate] = seat
  if seat.administrator == '1' then stays.classify(teammate, '1') end
  license.began = license.began + 1
  sessions.recount(teammate)
end

-- Has a teammate hold the seat of that number under a new fence.
function stays.begin(teammate, number, name, administrator, via)
  stays.occupy(teammate, {
    number = number, fence = stays.next_fence(), since = int(step.moment), overage = used() >= config.cap and '1' or '0',
    administrator = administrator, via = via, routing = 'accepting_chats', name = name, grace = '0', sessions = '0',
    idle = '0', warned = '0',
  })
end

-- Gives the teammate the lowest free seat.
function stays.grant(teammate, name, administrator, via)
  stays.begin(teammate, lowest_free(), name, administrator, via)
end

-- The teammates who hold seats.
function stays.all() return members(I.seated) end
