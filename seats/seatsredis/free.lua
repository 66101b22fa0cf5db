-- Takes away the seat with that fence. Sent again, it is answered alike as long as the loss is remembered.
--
-- KEYS  records index R.attached R.bars R.claimed R.cooldowns R.losses R.seats R.sessions R.waiters I.administrators
--       I.barred I.cooled I.cooling I.gaps I.graces I.idling I.idling_administrators I.lost I.ready
--       I.ready_administrators I.seated
-- ARGS  teammate fence cooldown by message
-- REPLY freed number fence | stale_fence held | not_seated

-- The loss by a free, whose cooldown it begins.
local function freeing(teammate, fence, cooldown, by, message)
  local ends = 0
  if cooldown ~= '0' then
    ends = now + tonumber(cooldown)
    cooldowns.begin(teammate, ends, fence)
  end
  return {reason = 'freed', by = by, message = message, cooldown = ends}
end

function op.free(teammate, fence, cooldown, by, message)
  local seat = seat_of(teammate)
  if seat and seat.fence == fence then
    losses.release(teammate, freeing(teammate, fence, cooldown, by, message))
    return {'freed', seat.number, seat.fence}
  end
  local loss = losses.last(teammate)
  if loss and loss[3] == fence and loss[4] == 'freed' then return {'freed', loss[2], loss[3]} end
  local claimable = bars.claimable(fence)
  if seat and not (claimable and at_most(seat.fence, fence)) then return {'stale_fence', seat.fence} end
  if claimable then
    local bar = bars.of(teammate)
    if bar.loss[4] ~= 'freed' or not at_most(fence, bar.fence) then
      bars.fence(teammate, fence, freeing(teammate, fence, cooldown, by, message))
    end
    return {'freed', '0', fence}
  end
  return {'not_seated'}
end
