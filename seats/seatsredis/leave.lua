-- Gives back the seat with that fence, and detaches all sessions of the teammate.
--
-- KEYS  seats gaps sessions index graces losses memory
-- ARGS  teammate id seq fence
-- REPLY done | ended
function op.leave(teammate, id, seq, fence)
  if is_ended(id) then return {'ended'} end
  local session = session_of(id)
  if session and session.teammate == teammate then
    if at_most(seq, session.seq) then return {'done'} end
    session.seq, session.refusal = seq, ''
    save_session(id, session)
  end
  -- The fence says which stay is given back, whatever is known of the session.
  local seat = seat_of(teammate)
  if seat and seat.fence == fence then
    release(teammate, {reason = 'left', session = id})
    detach_all(teammate)
  end
  return {'done'}
end
