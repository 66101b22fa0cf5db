-- Gives back the seat with that fence, and detaches all sessions of the teammate. With fence 0 it detaches the session
-- of one who holds nothing.
--
-- KEYS  records index R.attached R.bars R.claimed R.losses R.seats R.sessions R.waiters I.administrators I.barred
--       I.gaps I.graces I.idling I.idling_administrators I.lost I.seated
-- ARGS  teammate id seq fence
-- REPLY done | ended
function op.leave(teammate, id, seq, fence)
  local reply = sessions.news(teammate, id, seq)
  if reply then return reply end
  -- The fence says which stay is given back, whatever is known of the session.
  local seat = seat_of(teammate)
  if seat and seat.fence == fence then
    losses.release(teammate, {reason = 'left', session = id})
  elseif fence == '0' then
    endings.detach(teammate, id)
  elseif license.window == 1 and bars.claimable(fence) then
    bars.fence(teammate, fence, {reason = 'left', session = id})
  end
  return {'done'}
end
