-- How stays end.

local DETACHES = {freed = true, handed_over = true, left = true, idle = true, shrunk = true}

local function free_number(number)
  if tonumber(number) <= license.high then
    put(I.gaps, number, number)
  else
    keep(R.claimed, number, false)
  end
end

local UNKNOWN = {since = '0', overage = '0', via = ''}

-- A loss as it is kept and shown, of a seat or, where nobody knows it, of none.
function losses.record(teammate, number, fence, loss, seat)
  seat = seat or UNKNOWN
  return {teammate, number, fence, loss.reason, loss.session or '', loss.by or '', loss.to or '', loss.message or '',
    int(loss.at or step.moment), seat.since, seat.overage, seat.via, int(loss.cooldown or 0)}
end

-- Reads a loss as it is kept: as shown, behind until when.
function losses.read(text)
  local till, shown = string.match(text, '^(%d+)|(.*)$')
  return texts(shown), till
end

-- Keeps a teammate's last loss for so long.
local function keep_loss(teammate, record, till)
  local before = text_of(R.losses, teammate)
  if before then
    local _, known_till = losses.read(before)
    drop(I.lost, known_till, teammate)
  end
  keep(R.losses, teammate, int(till) .. '|' .. pack(record))
  remember(I.lost, till, teammate)
end

-- A teammate's last loss as it is shown, while it is remembered; else nil.
function losses.last(teammate)
  local text = text_of(R.losses, teammate)
  if text then return (losses.read(text)) end
end

-- Ends a stay whose number somebody else gets. loss has the reason and what else is known of it.
function losses.vacate(teammate, loss)
  touch(teammate)
  local seat = seat_of(teammate)
  step.used = used() - 1
  seats[teammate] = false
  place(I.seated, teammate, false)
  if seat.grace ~= '0' then drop(I.graces, seat.grace, teammate) end
  if seat.idle ~= '0' then drop(stays.idling(seat.administrator), seat.idle, teammate) end
  if license.warned == teammate then license.warned = '' end
  if seat.administrator == '1' then stays.classify(teammate, '0') end
  license.ended = license.ended + 1
  local record = losses.record(teammate, seat.number, seat.fence, loss, seat)
  keep_loss(teammate, record, math.max(now + ENDED_MEMORY, loss.cooldown or 0))
  tell('lost', pack(record))
  if DETACHES[loss.reason] then endings.detach_all(teammate) end
end

-- Ends a stay.
function losses.release(teammate, loss)
  local number = seat_of(teammate).number
  losses.vacate(teammate, loss)
  free_number(number)
end
