-- Tells a teammate's seat.
--
-- KEYS  records R.seats
-- ARGS  teammate
-- REPLY found holder | not_seated
function op.find(teammate)
  local seat = seat_of(teammate)
  if seat then return {'found', holder(teammate, seat)} end
  return {'not_seated'}
end
