-- Tells whether a holder gets new chats.
--
-- KEYS  records R.seats R.sessions
-- ARGS  teammate id seq fence routing
-- REPLY done | not_seated | stale_fence held | ended
function op.routing(teammate, id, seq, fence, routing)
  local reply = sessions.news(teammate, id, seq)
  if reply then return reply end
  local seat = seat_of(teammate)
  if not seat then return {'not_seated'} end
  if seat.fence ~= fence then return {'stale_fence', seat.fence} end
  touch(teammate)
  seat.routing = routing
  return {'done'}
end
