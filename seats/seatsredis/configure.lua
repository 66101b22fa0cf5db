-- Brings the license to a newer revision (force: to any), and ends seats that it no longer allows.
--
-- KEYS  meta seats gaps graces index losses memory
-- ARGS  revision status seat_cap total grace base force members
--       members: packed, teammate, name, operator and administrator of each who changed after base
-- REPLY done | stale revision
function op.configure(revision, status, seat_cap, total, grace, base, force, members)
  if force ~= '1' then
    if at_most(revision, license.revision) then return {'done'} end
    if license.revision ~= '0' and not at_most(base, license.revision) then return {'stale', license.revision} end
  end
  redis.call('HSET', K.meta, 'revision', revision, 'status', status, 'cap', seat_cap, 'total', total, 'grace', grace)
  load_license()
  changed = true
  local list = texts(members)
  for i = 1, #list, 4 do
    local teammate, seat = list[i], seat_of(list[i])
    if seat and list[i + 2] ~= '1' then
      release(teammate, {reason = 'not_operator'})
    elseif seat then
      touch(teammate)
      seat.name, seat.administrator = list[i + 1], list[i + 3]
      save_seat(teammate, seat)
    end
  end
  if status ~= 'active' then
    for _, teammate in ipairs(redis.call('HKEYS', K.seats)) do release(teammate, {reason = 'license_' .. status}) end
  end
  return {'done'}
end
