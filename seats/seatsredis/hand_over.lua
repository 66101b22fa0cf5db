-- Gives a seat to a colleague who has a live attached session: the number stays, the fence is new. Sent again, it is
-- answered alike as long as the loss is remembered.
--
-- KEYS  records index R.asks R.attached R.cooldowns R.losses R.seats R.sessions R.waiters I.administrators I.asked
--       I.cooled I.cooling I.graces I.idling I.idling_administrators I.line I.line_administrators I.lost
--       I.place_graces I.ready I.ready_administrators I.seated
-- ARGS  teammate fence id by colleague name operator administrator revision
--       id: the holder's session, or ''; by: the administrator, or ''; name and switches: the colleague's
-- REPLY handed number fence | not_handed code retry_after | not_seated | stale_fence held | stale revision | ended

-- Answers for a seat that the giver does not hold now.
local function handed_before(teammate, fence, colleague)
  if bars.claimable(fence) then
    return {'not_handed', 'unavailable', int(stays.retry_after(colleague, 'unavailable'))}
  end
  local loss = losses.last(teammate)
  if loss and loss[3] == fence and loss[4] == 'handed_over' and loss[7] == colleague then
    return {'handed', loss[2], fence}
  end
  local seat = seat_of(teammate)
  if seat then return {'stale_fence', seat.fence} end
  return {'not_seated'}
end

-- Why a seat may not be handed over; nil: it may.
local function obstacle(teammate, colleague, operator, ask)
  if license.halt > 0 then return 'unavailable' end
  if config.hand_over == '' or config.hand_over == 'off' then return 'hand_over_off' end
  if config.hand_over == 'asked' and not ask then return 'not_asked' end
  if license.warned == teammate then return 'warned' end
  if operator ~= '1' then return 'not_operator' end
  if seat_of(colleague) then return 'already_seated' end
  if cooldowns.left(colleague) > 0 then return 'cooldown' end
  if sessions.present(colleague) == 0 then return 'not_present' end
end

function op.hand_over(teammate, fence, id, by, colleague, name, operator, administrator, revision)
  if id ~= '' and sessions.of(id) == ENDED then return {'ended'} end
  local seat = seat_of(teammate)
  if not seat or seat.fence ~= fence then return handed_before(teammate, fence, colleague) end
  if revision ~= license.revision then return {'stale', license.revision} end
  local ask = asks.open(colleague, teammate, fence)
  local code = obstacle(teammate, colleague, operator, ask)
  if code then return {'not_handed', code, int(stays.retry_after(colleague, code))} end
  losses.vacate(teammate, {reason = 'handed_over', session = id, by = by, to = colleague})
  if waiter_of(colleague) then line.unwait(colleague) end
  stays.begin(colleague, seat.number, name, administrator, 'hand_over')
  if ask then asks.finish(ask, 'accepted') end
  return {'handed', seat.number, fence}
end
