-- Bars keep claims out in a window: of what was given back or taken away before it was claimed.

local NONE = {turn = '0', departed = '0', fence = '0', loss = {}}

-- A teammate's bar: of fences up to that of a loss, of turns up to one, and of claims without a session.
function bars.of(teammate)
  local text = text_of(R.bars, teammate)
  if not text then return NONE end
  local items = texts(text)
  local bar = {turn = items[1], departed = items[2], loss = {}}
  for i = 3, #items do bar.loss[i - 2] = items[i] end
  bar.fence = bar.loss[3] or '0'
  return bar
end

local function save_bar(teammate, turn, departed, loss)
  keep(R.bars, teammate, pack({turn, departed, unpack(loss)}))
  place(I.barred, teammate, true)
end

-- Whether a fence or a turn is one that a node may still claim.
function bars.claimable(number)
  return license.window == 1 and number ~= '0' and string.sub(number, 1, 1) ~= '-'
    and at_most(number, int(license.generation * FENCES_PER_GENERATION))
end

-- Keeps claims of a fence and of lower ones out. A lower one that was claimed was over before it.
function bars.fence(teammate, fence, loss)
  local bar, seat = bars.of(teammate), seat_of(teammate)
  if not at_most(fence, bar.fence) then
    save_bar(teammate, bar.turn, bar.departed, losses.record(teammate, '0', fence, loss))
  end
  if seat and not at_most(fence, seat.fence) then losses.release(teammate, loss) end
end

-- Keeps claims of a turn and of lower ones out. A lower one that was claimed was over before it.
function bars.turn(teammate, turn)
  local bar, waiter = bars.of(teammate), waiter_of(teammate)
  if not at_most(turn, bar.turn) then save_bar(teammate, turn, bar.departed, bar.loss) end
  if waiter and not at_most(turn, waiter.turn) then line.stand_down(teammate) end
end

-- Lets claims pass again.
function bars.lift()
  for _, teammate in ipairs(members(I.barred)) do
    place(I.barred, teammate, false)
    keep(R.bars, teammate, false)
  end
end

-- Keeps claims without a session out: the teammate has logged out.
function bars.departed(teammate)
  local bar = bars.of(teammate)
  if bar.departed == '0' then save_bar(teammate, bar.turn, '1', bar.loss) end
end
