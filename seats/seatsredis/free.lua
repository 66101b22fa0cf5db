-- Takes away the seat with that fence. Sent again, it is answered alike as long as the loss is remembered.
--
-- KEYS  seats gaps graces index losses memory
-- ARGS  teammate fence cooldown by message
-- REPLY freed number fence | stale_fence held | not_seated
function op.free(teammate, fence, cooldown, by, message)
  local seat = seat_of(teammate)
  if seat and seat.fence == fence then
    local ends = 0
    if cooldown ~= '0' then
      ends = now + tonumber(cooldown)
      redis.call('ZADD', K.memory, int(ends), 'c:' .. teammate)
    end
    release(teammate, {reason = 'freed', by = by, message = message, cooldown = ends})
    detach_all(teammate)
    return {'freed', seat.number, seat.fence}
  end
  local text = redis.call('HGET', K.losses, teammate)
  if text then
    local loss = texts(text)
    if loss[3] == fence and loss[4] == 'freed' then return {'freed', loss[2], loss[3]} end
  end
  if seat then return {'stale_fence', seat.fence} end
  return {'not_seated'}
end
