-- Settling: what follows at once from what just happened. See the package comment of seats.

-- Whether a seat would be open to somebody who waits, if a holder of that class gave theirs back.
local function helps(administrator)
  return config.status == 'active' and line.first(1, administrator == '1' and 1 or 0)
end

-- Who of the idle holders whose seat would help is so for the longest time, and since when; or nil.
function settling.longest_idle()
  local who, since
  for _, administrator in ipairs({'0', '1'}) do
    local teammate, at = first(stays.idling(administrator))
    if teammate and (not who or at < since or at == since and bytes_before(teammate, who)) and helps(administrator) then
      who, since = teammate, at
    end
  end
  return who, since
end

-- Whether the warned holder is so rightly still.
local function reclaimable(seat)
  return config.idle_after > 0 and seat.idle ~= '0' and tonumber(seat.idle) + config.idle_after <= step.moment
    and helps(seat.administrator)
end

-- Warns the longest idle holder, where that helps somebody who waits, and withdraws a warning that does not any more.
local function reclaim()
  local warned = license.warned
  if warned ~= '' and not reclaimable(seat_of(warned)) then
    touch(warned)
    seat_of(warned).warned, license.warned = '0', ''
  end
  if license.warned ~= '' or config.idle_after == 0 then return end
  local teammate, since = settling.longest_idle()
  if teammate and since + config.idle_after <= step.moment then
    touch(teammate)
    seat_of(teammate).warned, license.warned = int(step.moment + config.idle_warning), teammate
  end
end

function settling.settle()
  if license.draining == 1 and not stays.overfull() then license.draining, step.changed = 0, true end
  while config.status == 'active' and waiting() > 0 do
    local teammate = line.first(0, 0)
    if not teammate then break end
    local waiter = waiter_of(teammate)
    line.unwait(teammate)
    stays.grant(teammate, waiter.name, waiter.administrator, 'waitlist')
  end
  reclaim()
end

-- Deals with more seats in use than the total, by the license's policy.
function settling.shrink()
  if not stays.overfull() then return end
  if config.on_shrink == 'evict_newest' and license.halt == 0 then
    local newest = stays.all()
    table.sort(newest, function(a, b) return not at_most(seat_of(a).fence, seat_of(b).fence) end)
    for i = 1, used() - config.total do losses.release(newest[i], {reason = 'shrunk'}) end
  elseif license.draining == 0 then
    license.draining, step.changed = 1, true
  end
end
