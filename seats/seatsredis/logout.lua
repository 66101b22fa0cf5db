-- Ends a session; with the last live attached one the seat or the place is given back. In a window it is in grace
-- until that ends: another device may not have been claimed for yet.
--
-- KEYS  records index R.attached R.bars R.claimed R.losses R.seats R.sessions R.waiters I.administrators I.barred
--       I.cooled I.cooling I.ended I.gaps I.graces I.idling I.idling_administrators I.line I.line_administrators
--       I.lost I.place_graces I.ready I.ready_administrators I.seated I.sessions
-- ARGS  teammate id
-- REPLY done
function op.logout(teammate, id)
  if license.window == 1 and endings.may_be(teammate, id) then bars.departed(teammate) end
  local known, attached = endings.disconnect(teammate, id)
  if not known or not attached or sessions.present(teammate) > 0 then return {'done'} end
  if license.window == 1 then
    graces.begin(teammate, license.halt)
  elseif seat_of(teammate) then
    losses.release(teammate, {reason = 'logged_out', session = id})
  elseif waiter_of(teammate) then
    line.unwait(teammate)
  end
  return {'done'}
end
