-- What a license's state is made of, and how each record is read and written. What the keys hold is told in
-- keys.go.

local license -- as K.meta has it

local function load_license()
  local meta = redis.call('HMGET', K.meta, 'generation', 'run', 'granted', 'version', 'revision', 'status', 'cap',
    'total', 'grace')
  license = {
    generation = tonumber(meta[1] or 0), run = meta[2], granted = tonumber(meta[3] or 0),
    version = tonumber(meta[4] or 0), revision = meta[5], status = meta[6], cap = tonumber(meta[7] or 0),
    total = tonumber(meta[8] or 0), grace = tonumber(meta[9] or 0),
  }
end

-- Used seats are counted, never kept beside the set.
local function used() return redis.call('HLEN', K.seats) end

-- Seats by teammate, as far as this script has looked; false: none.
local seats = {}

local function seat_of(teammate)
  local seat = seats[teammate]
  if seat == nil then
    local text = redis.call('HGET', K.seats, teammate)
    seat = false
    if text then
      seat = {}
      seat.number, seat.fence, seat.since, seat.grace, seat.overage, seat.administrator, seat.name =
        string.match(text, '^(%d+)|(%d+)|(%d+)|(%d+)|([01])|([01])|(.*)$')
    end
    seats[teammate] = seat
  end
  return seat
end

local function seat_text(seat)
  return table.concat({seat.number, seat.fence, seat.since, seat.grace, seat.overage, seat.administrator, seat.name}, '|')
end

local function save_seat(teammate, seat)
  seats[teammate] = seat
  redis.call('HSET', K.seats, teammate, seat_text(seat))
end

local function session_of(id)
  local text = redis.call('HGET', K.sessions, id)
  if not text then return nil end
  local session = {}
  session.teammate, session.node, session.seq, session.refusal = string.match(text, '^([^:]*):([^:]*):(%d*):(.*)$')
  return session
end

local function save_session(id, session)
  redis.call('HSET', K.sessions, id,
    session.teammate .. ':' .. session.node .. ':' .. session.seq .. ':' .. session.refusal)
end

-- The index's members that begin with a text and a colon, which no id can contain; the semicolon is next to it.
local function indexed(start)
  return redis.call('ZRANGE', K.index, '[' .. start .. ':', '(' .. start .. ';', 'BYLEX')
end

local function attachment(teammate, id, node_of) return 'a:' .. teammate .. ':' .. id .. ':' .. node_of end

local function membership(node_of, teammate, id) return 'n:' .. node_of .. ':' .. teammate .. ':' .. id end

-- Live attached sessions by teammate, as far as counted; nil again where that may have changed.
local counts = {}

local function live(teammate)
  if not counts[teammate] then
    local n = 0
    for _, member in ipairs(indexed('a:' .. teammate)) do
      if leases[string.match(member, '[^:]*$')] then n = n + 1 end
    end
    counts[teammate] = n
  end
  return counts[teammate]
end

local function is_ended(id) return redis.call('ZSCORE', K.memory, 's:' .. id) end

local function bury(id) redis.call('ZADD', K.memory, int(now + ENDED_MEMORY), 's:' .. id) end

-- For how long a teammate's cooldown still runs; 0: none does.
local function cooling(teammate)
  local ends = redis.call('ZSCORE', K.memory, 'c:' .. teammate)
  return ends and tonumber(ends) - now or 0
end
