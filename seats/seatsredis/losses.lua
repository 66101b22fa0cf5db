-- How stays end.

local DETACHES = {freed = true, handed_over = true, left = true, idle = true, shrunk = true}

local function free_number(number)
  if tonumber(number) <= license.high then
    redis.call('ZADD', K.gaps, number, number)
  else
    redis.call('HDEL', K.claimed, number)
  end
end

-- A loss as it is kept and shown.
function losses.record(teammate, number, fence, loss)
  return {teammate, number, fence, loss.reason, loss.session or '', loss.by or '', loss.to or '', loss.message or '',
    int(loss.at or step.moment), int(loss.cooldown or 0)}
end

-- A teammate's last loss as it is kept, while it is remembered; else nil.
function losses.last(teammate)
  local text = redis.call('HGET', K.losses, teammate)
  return text and texts(text)
end

-- Ends a stay whose number somebody else gets. loss has the reason and what else is known of it.
function losses.vacate(teammate, loss)
  touch(teammate)
  local seat = seat_of(teammate)
  step.used = used() - 1
  seats[teammate] = false
  if seat.grace ~= '0' then drop(K.graces, teammate) end
  if seat.idle ~= '0' then drop(stays.idling(seat.administrator), teammate) end
  if license.warned == teammate then license.warned = '' end
  if seat.administrator == '1' then stays.classify(teammate, '0') end
  license.ended = license.ended + 1
  local record = losses.record(teammate, seat.number, seat.fence, loss)
  redis.call('HSET', K.losses, teammate, pack(record))
  remember('l:' .. teammate, math.max(now + ENDED_MEMORY, loss.cooldown or 0))
  step.lost[#step.lost + 1] = record
  if DETACHES[loss.reason] then endings.detach_all(teammate) end
end

-- Ends a stay.
function losses.release(teammate, loss)
  local number = seat_of(teammate).number
  losses.vacate(teammate, loss)
  free_number(number)
end
