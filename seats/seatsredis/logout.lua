-- Ends a session; with the last live attached one the seat is given back.
--
-- KEYS  seats gaps sessions index graces losses memory
-- ARGS  teammate id
-- REPLY done
function op.logout(teammate, id)
  if disconnect(teammate, id) then release(teammate, {reason = 'logged_out', session = id}) end
  return {'done'}
end
