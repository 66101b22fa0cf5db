-- The beginning of every engine's library. It is loaded once for a server: functions are made then, and each call begins
-- by forgetting what the one before has left. Keys are called by name, as of a table K; Go puts their places in KEYS there.
--
-- ARGV  deadline (ms, engine time), node ('' where none is needed), then for each command: name, number of
--       arguments, arguments

local KEYS, ARGV     -- this call's
local deadline, node -- the first two of ARGV
local now            -- the one reading of the clock: a call that read it twice could see two moments
local leases         -- the live ones: node → end. A node is in K.nodes from its first renewal until its lease is found to be over

local function moment(time) return time[1] * 1000 + math.floor(time[2] / 1000) end

local function clock_shows() return moment(redis.call('TIME')) end

-- Begins a call.
local function enter(keys, args)
  KEYS, ARGV = keys, args
  deadline, node = tonumber(args[1]), args[2]
  now, leases = clock_shows(), {}
end

-- The run id of this server's process, once it was asked for. A library does not outlive the process that it is loaded in:
-- with another process comes another copy of it, which knows of no run id yet.
local own_run_id

-- The server's run id: another one means that this server may have forgotten what another one knew.
local function run_id()
  own_run_id = own_run_id or string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  return own_run_id
end

-- Small whole numbers as text, which most are.
local ints = {}
for n = 0, 255 do ints[n] = n .. '' end

-- Whole numbers as text. Lua's own way rounds to 14 digits, and takes long.
local function int(n) return ints[n] or string.format('%d', n) end

-- Whether the whole number that text a says is at most b's, however long they are.
local function at_most(a, b)
  if #a ~= #b then return #a < #b end
  return a <= b
end

-- Whether text a goes before b by its bytes; Lua's own comparison follows the server's locale.
local function bytes_before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

-- The numbers of arguments by their texts.
local counts = {}
for n = 0, 31 do counts[ints[n]] = n end

-- The next command from place at: its name, its arguments' first and last place, and the place after it.
local function command(at)
  local first = at + 2
  local after = first + counts[ARGV[at + 1]]
  return ARGV[at], first, after - 1, after
end

-- What packed texts begin with, by their length, where that is usual.
local text_heads = {}
for n = 0, 255 do text_heads[n] = '$' .. ints[n] .. ';' end

local EMPTY_LIST = '*0;'

local function pack_text(text) return (text_heads[#text] or '$' .. int(#text) .. ';') .. text end

-- A list of things that are packed already; nil is one without any.
local function pack_list(packed)
  local n = packed and #packed or 0
  if n == 0 then return EMPTY_LIST end
  if n == 1 then return '*1;' .. packed[1] end
  return '*' .. int(n) .. ';' .. table.concat(packed)
end

-- A text, a whole number or a list of such as one text.
local function pack(value)
  local kind = type(value)
  if kind == 'string' then return pack_text(value) end
  if kind == 'number' then return pack_text(int(value)) end
  local packed = {}
  for i = 1, #value do packed[i] = pack(value[i]) end
  return pack_list(packed)
end

-- The texts of a packed list that holds texts alone.
local function texts(packed)
  local items = {}
  local _, last = string.find(packed, '^%*%d+;')
  while last < #packed do
    local _, head, size = string.find(packed, '^%$(%d+);', last + 1)
    last = head + size
    items[#items + 1] = string.sub(packed, head + 1, last)
  end
  return items
end

-- The member of a sorted set with the lowest score, and the score; nil when it is empty. Among equals the least
-- in byte order.
local function earliest(key)
  local head = redis.call('ZRANGE', key, '0', '0', 'WITHSCORES')
  if head[1] then return head[1], tonumber(head[2]) end
end

-- Where K.nodes has how often the leases were moved back with the server's clock; no node's id has a colon.
local MOVED = ':moved'

local function load_leases()
  local all = redis.call('HGETALL', K.nodes)
  for i = 1, #all, 2 do leases[all[i]] = tonumber(all[i + 1]) end
  leases[MOVED] = nil
end

-- For how long (ms) it is known when a lease ended.
local OVER_MEMORY = 3600000

-- Takes note that a lease is over since that moment.
local function end_lease(name, ends)
  leases[name] = nil
  redis.call('HDEL', K.nodes, name)
  redis.call('ZADD', K.over, int(ends), name)
  redis.call('ZREMRANGEBYSCORE', K.over, '-inf', int(now - OVER_MEMORY))
  redis.call('PEXPIRE', K.over, int(OVER_MEMORY))
end

-- When a node's lease ends, or ended, whether or not that was noted yet; nil when that is not known.
local function lease_end(name)
  local ends = redis.call('HGET', K.nodes, name) or redis.call('ZSCORE', K.over, name)
  return ends and tonumber(ends)
end

-- A renewal never shortens a lease: of two that overtook each other both hold.
local function prolong(name, duration)
  if not leases[name] then redis.call('ZREM', K.over, name) end
  leases[name] = math.max(leases[name] or 0, now + duration)
  redis.call('HSET', K.nodes, name, int(leases[name]))
end

-- How often the leases were moved back with the server's clock.
local function leases_moved() return tonumber(redis.call('HGET', K.nodes, MOVED) or '0') end

-- Moves all leases back with the clock, unless another engine, which noticed first, has done that: then they were
-- moved more often than this one knows of. Returns how often they were by now.
local function move_leases(by, known)
  local times = leases_moved()
  if times ~= known then return times end
  for _, name in ipairs(redis.call('HKEYS', K.nodes)) do
    if name ~= MOVED then redis.call('HINCRBY', K.nodes, name, int(-by)) end
  end
  for _, name in ipairs(redis.call('ZRANGE', K.over, '0', '-1')) do redis.call('ZINCRBY', K.over, int(-by), name) end
  for name, ends in pairs(leases) do leases[name] = ends - by end
  redis.call('HSET', K.nodes, MOVED, int(times + 1))
  return times + 1
end

-- Forgets all leases, but not how often they were moved.
local function forget_leases()
  local times = leases_moved()
  redis.call('DEL', K.nodes, K.over)
  if times > 0 then redis.call('HSET', K.nodes, MOVED, int(times)) end
end

-- Announces what changed, packed, on the channel of the license, which is called as its first key is.
local function announce(text)
  redis.call('SPUBLISH', KEYS[1], text)
  return text
end
