-- Cooldowns of those who were freed.

-- A teammate's cooldown, while it is not over or not looked at yet: its end, and the fence of the seat that it
-- followed; else nil.
function cooldowns.of(teammate)
  local text = text_of(R.cooldowns, teammate)
  if text then return string.match(text, '^(%d+)|(%d+)$') end
end

-- For how long a teammate's cooldown still runs; 0: none does.
function cooldowns.left(teammate)
  local ends = license.cooled > now and cooldowns.of(teammate)
  return ends and math.max(tonumber(ends) - now, 0) or 0
end

-- Has nothing be due when the cooldown of one who does not wait ends.
local function forget_end(teammate, ends) drop(I.cooled, ends, teammate) end

-- Begins a cooldown.
function cooldowns.begin(teammate, till, fence)
  local before, waiter = cooldowns.of(teammate), waiter_of(teammate)
  keep(R.cooldowns, teammate, int(till) .. '|' .. fence)
  license.cooled = math.max(license.cooled, till)
  if not waiter then
    if before then forget_end(teammate, before) end
    remember(I.cooled, till, teammate)
    return
  end
  touch(teammate)
  if before then drop(I.cooling, before, teammate) end
  put(I.cooling, till, teammate)
  waiter.cooldown = int(till)
  sessions.recount(teammate)
end

-- Ends a cooldown that runs.
function cooldowns.finish(teammate)
  local ends, waiter = cooldowns.of(teammate), waiter_of(teammate)
  keep(R.cooldowns, teammate, false)
  if not waiter then
    forget_end(teammate, ends)
    return
  end
  touch(teammate)
  drop(I.cooling, ends, teammate)
  waiter.cooldown = '0'
  sessions.recount(teammate)
end
