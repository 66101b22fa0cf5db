-- Lets pass what is due by now, in the order of the moments at which it became due: what a late call brings
-- about is what calls in time would have. At the same moment leases end first, then graces, then what is known
-- of lapsed nodes, each in the byte order of ids.
--
-- KEYS  nodes lapsed graces seats gaps sessions index losses memory
-- ARGS  -
-- REPLY -

-- Ends a node's lease at the moment at which it was due. Its sessions are not live from then on, but may revive
-- until the grace that was in force is over.
local function lapse(name, ends)
  local teammates = teammates_of(name)
  for _, teammate in ipairs(teammates) do touch(teammate) end
  leases[name], counts = nil, {}
  redis.call('ZREM', K.nodes, name)
  if #teammates == 0 then return end
  local till = ends + license.grace
  redis.call('ZADD', K.lapsed, int(till), name)
  for _, teammate in ipairs(teammates) do
    local seat = seat_of(teammate)
    if seat and seat.grace == '0' and live(teammate) == 0 then begin_grace(teammate, till) end
  end
end

local function forget_node(name)
  redis.call('ZREM', K.lapsed, name)
  for _, member in ipairs(indexed('n:' .. name)) do
    local teammate, id = string.match(member, '([^:]*):([^:]*)$')
    forget_session(id, {teammate = teammate, node = name})
  end
end

-- Forgets ended sessions, losses and cooldowns that were remembered for long enough.
local function purge()
  local _, first = earliest(K.memory)
  if not first or first > now then return end
  for _, member in ipairs(redis.call('ZRANGE', K.memory, '-inf', int(now), 'BYSCORE')) do
    if string.sub(member, 1, 2) == 'l:' then redis.call('HDEL', K.losses, string.sub(member, 3)) end
  end
  redis.call('ZREMRANGEBYSCORE', K.memory, '-inf', int(now))
end

-- The lease that ends first, when one is over. The set says which of several it is: it orders them by bytes.
local function over_lease()
  for _, ends in pairs(leases) do
    if ends <= now then return earliest(K.nodes) end
  end
end

local function expire()
  while true do
    local name, ends = over_lease()
    local teammate, over = earliest(K.graces)
    local gone, forgotten = earliest(K.lapsed)
    ends, over, forgotten = ends or math.huge, over or math.huge, forgotten or math.huge
    if math.min(ends, over, forgotten) > now then break end
    if ends <= over and ends <= forgotten then
      lapse(name, ends)
    elseif over <= forgotten then
      release(teammate, {reason = 'expired', at = over})
    else
      forget_node(gone)
    end
  end
  purge()
end
