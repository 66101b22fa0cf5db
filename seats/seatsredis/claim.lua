-- Says, in a window, what a session held before the engine forgot, or what was held in grace.
--
-- KEYS  records index R.attached R.bars R.claimed R.cooldowns R.losses R.seats R.sessions R.waiters I.administrators
--       I.cooled I.cooling I.gaps I.graces I.idling I.idling_administrators I.line I.line_administrators I.lost
--       I.place_graces I.ready I.ready_administrators I.seated I.sessions
-- ARGS  generation teammate name operator administrator revision id seq number fence turn since grace overage via
--       routing
--       id: the session that is attached, '' for what is in grace; number and fence, or turn: what is claimed
-- REPLY granted holder new resumed | waiting waiter place resumed | lost loss | unclaimed | ended | stale revision |
--       no_lease

-- Whether the teammate has what is claimed already, or more.
local function has(teammate, fence, turn)
  local seat = seat_of(teammate)
  if fence ~= '0' then return seat and at_most(fence, seat.fence) end
  local waiter = waiter_of(teammate)
  return seat or waiter and at_most(waiter.turn, turn)
end

-- The loss that tells that what is claimed was given back or taken away, or may not be any more; nil: it may be.
local function barred(teammate, operator, id, number, fence, turn)
  local bar, place = bars.of(teammate), fence == '0'
  local function lost(reason)
    return losses.record(teammate, number, fence, {reason = reason, at = place and 0 or nil})
  end
  if config.status == 'suspended' and not place then return lost('license_suspended') end
  if config.status ~= 'active' and not place then return lost('license_expired') end
  if operator ~= '1' then return lost('not_operator') end
  if has(teammate, fence, turn) then return nil end -- the claim adds a session at most
  if id == '' and bar.departed == '1' then return lost('logged_out') end
  if place then
    if at_most(turn, bar.turn) or config.waitlist ~= '1' then return lost('left') end
    return nil
  end
  if at_most(fence, bar.fence) then return bar.loss end
  local loss = losses.last(teammate)
  if loss and at_most(fence, loss[3]) then return loss end
end

-- When what is claimed in grace is lost: as the node saw it, but no later than a grace that began now. What is claimed
-- with a session is in grace only until that is attached, in the same step.
local function claimed_grace(id, grace)
  local most = now + config.grace
  return id == '' and math.min(tonumber(grace), most) or most
end

-- Has the teammate hold what is claimed, unless a higher fence stands. It tells whether they hold a seat.
local function claim_seat(teammate, claimed, till)
  if has(teammate, claimed.fence) then return true end
  local seat = seat_of(teammate)
  local other = text_of(R.claimed, claimed.number)
  if other and other ~= teammate then
    if at_most(claimed.fence, seat_of(other).fence) then return seat end
    losses.release(other, {reason = 'expired'})
  end
  if seat then losses.release(teammate, {reason = 'expired'}) end
  if waiter_of(teammate) then line.unwait(teammate) end
  stays.claim_number(claimed.number, teammate)
  stays.occupy(teammate, claimed)
  graces.begin(teammate, till)
  return true
end

-- Has the teammate wait, unless they hold a seat; of two places the earlier one stands.
local function claim_place(teammate, name, administrator, turn, since, till)
  if has(teammate, '0', turn) then return end
  if waiter_of(teammate) then line.unwait(teammate) end
  line.wait(teammate, name, administrator, turn, since)
  graces.begin(teammate, till)
end

function op.claim(generation, teammate, name, operator, administrator, revision, id, seq, number, fence, turn, since,
  grace, overage, via, routing)
  if license.window ~= 1 or generation ~= int(license.generation) then return {'unclaimed'} end
  local session, refused
  if id ~= '' then
    session, refused = sessions.mine(teammate, id, revision)
  elseif revision ~= license.revision then
    refused = {'stale', license.revision}
  end
  if refused then return refused end
  -- A fence or a turn of this generation may be somebody else's yet.
  if not bars.claimable(fence == '0' and turn or fence) and not has(teammate, fence, turn) then return {'unclaimed'} end
  local loss = barred(teammate, operator, id, number, fence, turn)
  if loss then return {'lost', loss} end
  touch(teammate)
  local till = claimed_grace(id, grace)
  if fence == '0' then
    claim_place(teammate, name, administrator, turn, since, till)
  elseif not claim_seat(teammate, {number = number, fence = fence, since = since, overage = overage,
    administrator = administrator, via = via, routing = routing, name = name}, till) then
    return {'lost', losses.record(teammate, number, fence, {reason = 'expired'})}
  end
  if id ~= '' then
    sessions.save(id, sessions.join(id, session, teammate, seq))
    graces.finish(teammate)
  end
  sessions.recount(teammate)
  local seat = seat_of(teammate)
  if seat then return {'granted', holder(teammate, seat), '0', '0'} end
  return line.reply(teammate, '0')
end
