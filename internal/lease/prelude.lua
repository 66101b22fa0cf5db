-- The beginning of every engine's script. Keys are called by name, as of a table K; Go puts their places in KEYS there.
--
-- ARGV  deadline (ms, engine time), node ('' where none is needed), then for each command: name, number of
--       arguments, arguments

local function moment(time) return time[1] * 1000 + math.floor(time[2] / 1000) end

-- The one reading of the clock. A script that read it twice could see two moments.
local now = moment(redis.call('TIME'))
local deadline = tonumber(ARGV[1])
local node = ARGV[2]

-- The server's run id: another one means that this server may have forgotten what another one knew.
local function run_id()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
end

-- Whole numbers as text. Lua's own way rounds to 14 digits.
local function int(n)
  if n == 0 then return '0' end -- which most are
  return string.format('%.0f', n)
end

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

-- The next command from place at: its name, its arguments' first and last place, and the place after it.
local function command(at)
  local first = at + 2
  local after = first + tonumber(ARGV[at + 1])
  return ARGV[at], first, after - 1, after
end

-- The beginnings of packed texts by their length, as far as made.
local heads = {}

-- Appends a value to the parts of a packed one.
local function append(parts, value)
  if type(value) == 'table' then
    parts[#parts + 1] = '*' .. #value .. ';'
    for _, item in ipairs(value) do append(parts, item) end
    return
  end
  local text = type(value) == 'number' and int(value) or value
  local head = heads[#text]
  if not head then
    head = '$' .. #text .. ';'
    heads[#text] = head
  end
  parts[#parts + 1] = head
  parts[#parts + 1] = text
end

-- A list (of texts, whole numbers and lists) as one text.
local function pack(value)
  local parts = {}
  append(parts, value)
  return table.concat(parts)
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
  local head = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  if head[1] then return head[1], tonumber(head[2]) end
end

-- The live leases: node → end. A node is in K.nodes from its first renewal until its lease is found to be over.
local leases = {}

local function load_leases()
  local all = redis.call('ZRANGE', K.nodes, 0, -1, 'WITHSCORES')
  for i = 1, #all, 2 do leases[all[i]] = tonumber(all[i + 1]) end
end

-- For how long (ms) it is known when a lease ended.
local OVER_MEMORY = 3600000

-- Takes note that a lease is over since that moment.
local function end_lease(name, ends)
  leases[name] = nil
  redis.call('ZREM', K.nodes, name)
  redis.call('ZADD', K.over, int(ends), name)
  redis.call('ZREMRANGEBYSCORE', K.over, '-inf', int(now - OVER_MEMORY))
  redis.call('PEXPIRE', K.over, OVER_MEMORY)
end

-- When a node's lease ends, or ended, whether or not that was noted yet; nil when that is not known.
local function lease_end(name)
  local ends = redis.call('ZSCORE', K.nodes, name) or redis.call('ZSCORE', K.over, name)
  return ends and tonumber(ends)
end

-- A renewal never shortens a lease: of two that overtook each other both hold.
local function prolong(name, duration)
  if not leases[name] then redis.call('ZREM', K.over, name) end
  leases[name] = math.max(leases[name] or 0, now + duration)
  redis.call('ZADD', K.nodes, int(leases[name]), name)
end

-- How often the leases were moved back with the server's clock.
local function leases_moved() return tonumber(redis.call('GET', K.moved) or '0') end

-- Moves all leases back with the clock, unless another engine, which noticed first, has done that: then they were
-- moved more often than this one knows of. Returns how often they were by now.
local function move_leases(by, known)
  local times = leases_moved()
  if times ~= known then return times end
  for _, key in ipairs({K.nodes, K.over}) do
    for _, name in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, int(-by), name) end
  end
  for name, ends in pairs(leases) do leases[name] = ends - by end
  redis.call('SET', K.moved, int(times + 1))
  return times + 1
end

local function announce(channel, list)
  local text = pack(list)
  redis.call('SPUBLISH', channel, text)
  return text
end
