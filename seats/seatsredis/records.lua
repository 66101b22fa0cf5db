-- What a license's state is made of, and how each record is read. What the keys hold is told in keys.go. Seats and
-- places are changed in the tables that are handed out here, after touch (board.lua), and written at the end.

-- How the license stands, and what it is configured to be, as K.meta has them.
local license, config

-- What they are before there is anything.
local function nothing_yet()
  return {generation = 0, run = '', version = 0, granted = 0, turned = 0, high = 0, claimed = 0, began = 0, ended = 0,
    draining = 0, halt = 0, window = 0, alive = 0, lease = 0, warned = '', asking = 0, forget = 0, moved = 0, due = 0, last = 0},
    {revision = '0', status = '', cap = 0, total = 0, grace = 0, reserved = 0, administrators_first = '0',
      waitlist = '0', hand_over = '', on_shrink = '', idle_after = 0, idle_warning = 0, sessions = 0}
end

local function load_license()
  local meta = redis.call('HMGET', K.meta, 'state', 'config')
  if meta[1] then
    license, config = cmsgpack.unpack(meta[1]), cmsgpack.unpack(meta[2])
  else
    license, config = nothing_yet()
  end
end

local function save_license() redis.call('HSET', K.meta, 'state', cmsgpack.pack(license)) end

local function save_config() redis.call('HSET', K.meta, 'config', cmsgpack.pack(config)) end

-- A license is open when it has a generation, on the server that it was last used on: another run id means that
-- this server may have forgotten what that one knew. A generation that has no fences or turns left for a whole batch
-- is as good as forgotten, as its fences would run into the next one's.
local function is_open()
  return license.generation > 0 and license.run == run_id()
    and math.max(license.granted, license.turned) + MAX_BATCH < FENCES_PER_GENERATION
end

-- What this step does, and has looked at.
local step = {
  moment = now,  -- of what is done: of an event that was due, then now
  changed = false, -- the head changed in itself, not only by holders and waiters
  touched = {},  -- the teammates whose seat or place may have changed
  before = {},   -- teammate → their records as the step found them
  saved = {},    -- teammate → their records as they are stored
  dirty = {},    -- teammates touched since asks were last looked at
  lost = {},     -- stays that ended
  resumed = {},  -- sessions that ended because another one resumed them
  asked = {},    -- new asks
  answered = {}, -- asks that ended
  present = {},  -- teammate → their live attached sessions, as far as counted; nil again where that may have changed
  serving = {},  -- node → whether it has sessions
  firsts = {},   -- sorted set → its first member, as far as read
}

-- What is used is counted, never kept beside the set.
local function used()
  step.used = step.used or redis.call('HLEN', K.seats)
  return step.used
end

local function waiting()
  step.waiting = step.waiting or redis.call('HLEN', K.waiters)
  return step.waiting
end

local function administrators()
  step.administrators = step.administrators or redis.call('SCARD', K.administrators)
  return step.administrators
end

-- The first of a sorted set of moments (or turns), and its score; nil when there is none. Among equals the least in
-- byte order.
local function first(key)
  local head = step.firsts[key]
  if not head then
    head = {earliest(key)}
    step.firsts[key] = head
  end
  return head[1], head[2]
end

local function put(key, score, member)
  step.firsts[key] = nil
  redis.call('ZADD', key, score, member)
end

local function drop(key, member)
  step.firsts[key] = nil
  redis.call('ZREM', key, member)
end

-- Keeps in mind until when something is remembered.
local function remember(member, till)
  redis.call('ZADD', K.memory, int(till), member)
  if license.forget == 0 or till < license.forget then license.forget = till end
end

-- Sessions by id, as far as this script has looked; false: none. An ended one is ENDED as long as that is remembered.
local session_cache = {}
local ENDED = {}

-- Seats by teammate, as far as this script has looked; false: none.
local seats = {}

local function seat_of(teammate)
  local seat = seats[teammate]
  if seat == nil then
    local text = redis.call('HGET', K.seats, teammate)
    seat = text and stays.read(text)
    seats[teammate] = seat
  end
  return seat
end

local function seat_text(seat)
  return seat and table.concat({seat.number, seat.fence, seat.since, seat.grace, seat.sessions, seat.idle, seat.warned,
    seat.overage, seat.administrator, seat.via, seat.routing, seat.name}, '|')
end

-- Places in the waitlist, likewise. ready tells whether the place is in the set of those who could be given a seat.
local waiters = {}

local function waiter_of(teammate)
  local waiter = waiters[teammate]
  if waiter == nil then
    local text = waiting() > 0 and redis.call('HGET', K.waiters, teammate)
    waiter = text and line.read(text)
    waiters[teammate] = waiter
  end
  return waiter
end

local function waiter_text(waiter)
  return waiter and table.concat({waiter.turn, waiter.since, waiter.grace, waiter.cooldown, waiter.administrator,
    waiter.name}, '|')
end

-- Whether a node has sessions: one without changes nothing when its lease ends.
local function serves(name)
  if step.serving[name] == nil then
    local some = redis.call('ZRANGE', K.index, '[n:' .. name .. ':', '(n:' .. name .. ';', 'BYLEX', 'LIMIT', 0, 1)
    step.serving[name] = some[1] ~= nil
  end
  return step.serving[name]
end
