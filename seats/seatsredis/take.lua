-- Takes a seat for a teammate, or a place in the waitlist, and attaches the session, whatever the answer.
--
-- KEYS  records index R.asks R.attached R.claimed R.cooldowns R.seats R.sessions R.waiters I.administrators I.asked
--       I.cooled I.cooling I.ended I.gaps I.graces I.idling I.idling_administrators I.line I.line_administrators
--       I.place_graces I.ready I.ready_administrators I.seated I.sessions
-- ARGS  teammate name operator administrator revision id seq resumes wait
--       id, resumes: sessions; resumes may be ''
-- REPLY granted holder new resumed | waiting waiter place resumed | refused code retry_after resumed |
--       too_many limit | superseded | ended | stale revision | no_lease

-- Whether a session would be one more than the license allows.
local function too_many(teammate, id, resumes)
  if config.sessions == 0 then return false end
  local others = 0
  local all = attached_of(teammate)
  for i = 1, #all, 2 do
    local other, node_of = all[i], all[i + 1]
    if leases[node_of] and other ~= id and other ~= resumes then others = others + 1 end
  end
  return others >= config.sessions
end

-- Ends the session that this one continues, in the same step. One that is not known may be under way still, so it is
-- ended too.
local function resume(teammate, id)
  local earlier = sessions.of(id)
  if not earlier then
    endings.bury(id)
  elseif earlier ~= ENDED and earlier.teammate == teammate then
    endings.finish(id, earlier)
    tell('resumed', pack_text(id))
    return '1'
  end
  return '0'
end

local function refusal(teammate, code, was_resumed)
  return {'refused', code, int(stays.retry_after(teammate, code)), was_resumed}
end

-- Answers a take that is no news with what is.
local function taken_before(teammate, session, seq)
  local seat = seat_of(teammate)
  if seat then return {'granted', holder(teammate, seat), '0', '0'} end
  if seq == session.seq and session.refusal ~= '' then return refusal(teammate, session.refusal, '0') end
  if waiter_of(teammate) then return line.reply(teammate, '0') end
  return {'superseded'}
end

local WAITS = {already_waiting = true, seats_full = true, cooldown = true, unavailable = true}
local GRANTS = {already_seated = true, seat_open = true, already_waiting = true}

function op.take(teammate, name, operator, administrator, revision, id, seq, resumes, wait)
  local session, refused = sessions.mine(teammate, id, revision)
  if refused then return refused end
  if session and at_most(seq, session.seq) then return taken_before(teammate, session, seq) end
  if too_many(teammate, id, resumes) then return {'too_many', int(config.sessions)} end
  touch(teammate)
  local was_resumed = resumes ~= '' and resume(teammate, resumes) or '0'
  session = sessions.join(id, session, teammate, seq)
  session.idle = '0'
  local rule = stays.decide(teammate, operator, administrator)
  if rule == 'already_seated' then
    graces.finish(teammate)
  elseif rule == 'seat_open' then
    stays.grant(teammate, name, administrator, 'take')
  elseif waiter_of(teammate) then
    graces.finish(teammate)
  elseif wait == '1' and WAITS[rule] and config.waitlist == '1' then
    line.wait(teammate, name, administrator, line.next_turn(), int(step.moment))
  end
  sessions.recount(teammate)
  settle() -- a place that is live again may be the first
  local seat = seat_of(teammate)
  local granted = seat and GRANTS[rule]
  local waits = not granted and waiter_of(teammate) and (rule == 'already_waiting' or wait == '1' and WAITS[rule])
  session.refusal = not granted and not waits and rule or ''
  sessions.save(id, session)
  if granted then
    return {'granted', holder(teammate, seat), rule == 'already_seated' and '0' or '1', was_resumed}
  end
  if waits then return line.reply(teammate, was_resumed) end
  return refusal(teammate, rule, was_resumed)
end
