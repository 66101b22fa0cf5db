-- Ends a session whose connection was lost; with the last live attached one grace begins. A grace that runs
-- already is not begun again.
--
-- KEYS  seats sessions index graces memory
-- ARGS  teammate id
-- REPLY done
function op.drop(teammate, id)
  if disconnect(teammate, id) and seat_of(teammate).grace == '0' then begin_grace(teammate, now + license.grace) end
  return {'done'}
end
