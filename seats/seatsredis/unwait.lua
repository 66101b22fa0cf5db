-- Gives up the place of that turn, and detaches all sessions of the teammate.
--
-- KEYS  records index R.bars R.sessions R.waiters I.barred I.cooled I.cooling I.line I.line_administrators
--       I.place_graces I.ready I.ready_administrators
-- ARGS  teammate id seq turn
-- REPLY done | ended
function op.unwait(teammate, id, seq, turn)
  local reply = sessions.news(teammate, id, seq)
  if reply then return reply end
  local waiter = waiter_of(teammate)
  if waiter and waiter.turn == turn then line.stand_down(teammate) end
  -- Whether it was claimed or not: nothing else remembers it.
  if bars.claimable(turn) then bars.turn(teammate, turn) end
  return {'done'}
end
