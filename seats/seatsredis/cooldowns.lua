-- Cooldowns of those who were freed.

-- A teammate's cooldown, while it is not over or not looked at yet: its end, and the fence of the seat that it
-- followed; else nil.
function cooldowns.of(teammate)
  local text = redis.call('HGET', K.cooldowns, teammate)
  if text then return string.match(text, '^(%d+)|(%d+)$') end
end

-- For how long a teammate's cooldown still runs; 0: none does.
function cooldowns.left(teammate)
  local ends = cooldowns.of(teammate)
  return ends and math.max(tonumber(ends) - now, 0) or 0
end

-- Begins a cooldown.
function cooldowns.begin(teammate, till, fence)
  redis.call('HSET', K.cooldowns, teammate, int(till) .. '|' .. fence)
  local waiter = waiter_of(teammate)
  if not waiter then
    remember('c:' .. teammate, till)
    return
  end
  touch(teammate)
  put(K.cooling, int(till), teammate)
  waiter.cooldown = int(till)
  sessions.recount(teammate)
end

-- Ends a cooldown that runs.
function cooldowns.finish(teammate)
  redis.call('HDEL', K.cooldowns, teammate)
  local waiter = waiter_of(teammate)
  if not waiter then
    redis.call('ZREM', K.memory, 'c:' .. teammate)
    return
  end
  touch(teammate)
  drop(K.cooling, teammate)
  waiter.cooldown = '0'
  sessions.recount(teammate)
end
