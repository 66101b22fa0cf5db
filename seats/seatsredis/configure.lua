-- Brings the license to a newer revision (force: to any), and ends seats and places that it no longer allows.
--
-- KEYS  records index R.attached R.claimed R.losses R.seats R.sessions R.waiters I.administrators I.cooled I.cooling
--       I.gaps I.graces I.idling I.idling_administrators I.line I.line_administrators I.lost I.place_graces I.ready
--       I.ready_administrators I.seated
-- ARGS  revision status seat_cap total grace reserved administrators_first waitlist hand_over on_shrink idle_after
--       idle_warning per_teammate base force members
--       members: packed, teammate, name, operator and administrator of each who changed after base
-- REPLY done | stale revision

-- Brings a holder or a waiter to what is true of the member now.
local function update(teammate, name, operator, administrator)
  local seat = seat_of(teammate)
  if seat and operator ~= '1' then
    losses.release(teammate, {reason = 'not_operator'})
  elseif seat then
    touch(teammate)
    if seat.administrator ~= administrator then
      if seat.idle ~= '0' then drop(stays.idling(seat.administrator), seat.idle, teammate) end
      seat.idle, seat.administrator = '0', administrator
      stays.classify(teammate, administrator)
    end
    seat.name = name
    sessions.recount(teammate)
  elseif waiter_of(teammate) and operator ~= '1' then
    line.unwait(teammate)
  elseif waiter_of(teammate) then
    line.update(teammate, name, administrator)
  end
end

function op.configure(revision, status, seat_cap, total, grace, reserved, administrators_first, waitlist, hand_over,
  on_shrink, idle_after, idle_warning, per_teammate, base, force, members)
  if force ~= '1' then
    if at_most(revision, license.revision) then return {'done'} end
    if license.revision ~= '0' and not at_most(base, license.revision) then return {'stale', license.revision} end
  end
  license.revision = revision
  save_config(table.concat({status, seat_cap, total, grace, reserved, administrators_first, waitlist, hand_over, on_shrink,
    idle_after, idle_warning, per_teammate}, '|'))
  local list = texts(members)
  for i = 1, #list, 4 do update(list[i], list[i + 1], list[i + 2], list[i + 3]) end
  if status ~= 'active' then
    for _, teammate in ipairs(stays.all()) do losses.release(teammate, {reason = 'license_' .. status}) end
  end
  if waitlist ~= '1' then
    for _, teammate in ipairs(line.all()) do line.unwait(teammate) end
  end
  settling.shrink()
  return {'done'}
end
