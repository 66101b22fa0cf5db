-- Asks a holder for the seat, or the administrators for more seats. Sent again, it is answered alike.
--
-- KEYS  records index R.asks R.attached R.seats R.sessions I.ask_ends I.asked
-- ARGS  id teammate name session of note
--       session: the teammate's who asks; of: who is asked; '': the administrators
-- REPLY asked ask delivered | not_asked code retry_after | not_seated | ended

-- Why those whom the teammate asked lately keep them from asking, and for how long; nil: nothing does.
local function too_often(teammate, of)
  local made, soonest = 0, math.huge
  for _, ask in ipairs(asks.indexed('f', teammate)) do
    local left = tonumber(ask.till) - now
    if ask.of == of then return 'already_asked', left end
    made, soonest = made + 1, math.min(soonest, left)
  end
  if made >= MAX_ASKS then return 'rate_limited', soonest end
end

-- How many sessions of the holder who is asked are there.
local function delivered(of) return of == '' and '0' or int(sessions.present(of)) end

function op.ask(id, teammate, name, session, of, note)
  local asker = sessions.of(session)
  if asker == ENDED then return {'ended'} end
  if not asker or asker.teammate ~= teammate or not endings.live(session, asker) then
    return {'not_asked', 'not_attached', '0'}
  end
  local known, seat = asks.of(id), of ~= '' and seat_of(of)
  if known and known.from == teammate then return {'asked', asks.shown(known), delivered(known.of)} end
  if seat_of(teammate) then return {'not_asked', 'already_seated', '0'} end
  if of ~= '' and not seat then return {'not_seated'} end
  if known then return {'not_asked', 'already_asked', '0'} end
  local code, left = too_often(teammate, of)
  if code then return {'not_asked', code, int(math.max(left, 0))} end
  local ask = {id = id, from = teammate, of = of, fence = seat and seat.fence or '0', till = int(now + ASK_LIFE), over = '0',
    name = name, note = note}
  asks.save(ask)
  put(I.ask_ends, ask.till, id)
  for _, side in ipairs(asks.sides(ask)) do place(I.asked, side, true) end
  license.asking = now + ASK_LIFE
  local shown = asks.shown(ask)
  tell('asked', pack(shown))
  return {'asked', shown, delivered(of)}
end
