-- Takes a seat for a teammate, and attaches the session, whatever the answer.
--
-- KEYS  meta seats gaps sessions index graces memory
-- ARGS  teammate name operator administrator revision id seq resumes
--       id, resumes: sessions; resumes may be ''
-- REPLY granted holder new resumed | refused code retry_after resumed | superseded | ended | stale revision |
--       no_lease

-- Ends the session that this one continues. One that is not known may be under way still, so it is ended too.
local function resume(teammate, id)
  local earlier = session_of(id)
  if earlier and earlier.teammate == teammate then
    end_session(id, earlier)
    resumed[#resumed + 1] = id
    return '1'
  end
  if not earlier and not is_ended(id) then bury(id) end
  return '0'
end

local function refusal(teammate, code, was_resumed)
  return {'refused', code, int(code == 'cooldown' and cooling(teammate) or 0), was_resumed}
end

-- Answers a take that is no news with what is.
local function taken_before(teammate, session, seq)
  local seat = seat_of(teammate)
  if seat then return {'granted', holder(teammate, seat), '0', '0'} end
  if seq == session.seq and session.refusal ~= '' then return refusal(teammate, session.refusal, '0') end
  return {'superseded'}
end

-- Gives the lowest free seat under a new fence.
local function grant(teammate, name, administrator)
  local number = redis.call('ZPOPMIN', K.gaps)[1] or int(redis.call('HINCRBY', K.meta, 'high', 1))
  license.granted = redis.call('HINCRBY', K.meta, 'granted', 1)
  save_seat(teammate, {
    number = number, fence = int(license.generation * FENCES_PER_GENERATION + license.granted), since = int(now),
    grace = '0', overage = used() >= license.cap and '1' or '0', administrator = administrator, name = name,
  })
end

function op.take(teammate, name, operator, administrator, revision, id, seq, resumes)
  local session = session_of(id)
  if is_ended(id) or session and session.teammate ~= teammate then return {'ended'} end
  if revision ~= license.revision then return {'stale', license.revision} end
  if not leases[node] then return {'no_lease'} end
  if session and at_most(seq, session.seq) then return taken_before(teammate, session, seq) end
  touch(teammate)
  local was_resumed = resumes ~= '' and resume(teammate, resumes) or '0'
  local rule = decide(teammate, operator)
  if rule ~= 'already_seated' and rule ~= 'seat_open' then
    attach(id, session, teammate, seq, rule)
    return refusal(teammate, rule, was_resumed)
  end
  attach(id, session, teammate, seq, '')
  if rule == 'seat_open' then grant(teammate, name, administrator) else end_grace(teammate) end
  return {'granted', holder(teammate, seat_of(teammate)), rule == 'seat_open' and '1' or '0', was_resumed}
end
