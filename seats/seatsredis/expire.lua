-- Lets pass what is due by now, in the order of the moments at which it became due: what a late call brings about is
-- what calls in time would have. The order of what is due at one moment is that of next_event (board.lua). After each
-- event the license is settled, at that event's moment.
--
-- KEYS  records index nodes over R.asks R.attached R.bars R.claimed R.cooldowns R.lapsed R.losses R.seats R.sessions
--       R.waiters I.administrators I.ask_ends I.asked I.barred I.cooled I.cooling I.ended I.gaps I.graces I.idling
--       I.idling_administrators I.lapsed I.line I.line_administrators I.lost I.place_graces I.ready
--       I.ready_administrators I.seated I.sessions
-- ARGS  -
-- REPLY -

-- Which part of a lease is waited for when all leases are over.
local SILENCE = 3

-- Whether nobody has renewed for a lease, while that matters to somebody.
local function silent()
  return license.alive > 0 and license.alive <= now and used() + waiting() > 0
end

local function end_halt()
  license.halt, license.window, step.changed = 0, 0, true
  bars.lift()
end

local function forget_node(name)
  for _, member in ipairs(members(I.sessions, name .. ':')) do
    local teammate, id = string.match(member, '([^:]*):([^:]*)$')
    endings.forget(teammate, id, name)
  end
end

-- How each kind of event comes about.
local come = {}

-- Ends a node's lease at the moment at which it was due. Its sessions are not live from then on, but may revive
-- until the grace that was in force is over.
function come.lease_ends(name, ends)
  local teammates, till = endings.teammates_of(name), ends + config.grace
  for _, teammate in ipairs(teammates) do touch(teammate) end
  end_lease(name, ends)
  keep(R.lapsed, name, int(till))
  put(I.lapsed, till, name)
  for _, teammate in ipairs(teammates) do
    sessions.recount(teammate)
    graces.begin(teammate, till)
  end
end

function come.grace_ends(teammate) losses.release(teammate, {reason = 'expired'}) end

function come.place_grace_ends(teammate) line.unwait(teammate) end

function come.cooldown_ends(teammate) cooldowns.finish(teammate) end

function come.warning_ends(teammate) losses.release(teammate, {reason = 'idle'}) end

function come.ask_ends(id)
  local ask = asks.of(id)
  asks.finish(ask, 'expired')
  drop(I.ask_ends, ask.till, id)
  keep(R.asks, id, false)
  for _, side in ipairs(asks.sides(ask)) do place(I.asked, side, false) end
  if not first(I.ask_ends) then license.asking = 0 end
end

function come.node_forgotten(name, at)
  keep(R.lapsed, name, false)
  drop(I.lapsed, at, name)
  forget_node(name)
end

function come.idle_enough() end -- settling does it

-- Lets events pass, none of which is before floor.
local function let_pass(floor)
  while true do
    local what, at, who = next_event()
    if not what or at > now then break end
    step.moment = math.max(at, floor)
    come[what](who, at)
    settle()
  end
  for name, ends in pairs(leases) do -- nodes without sessions: nothing hangs on them
    if ends <= now then end_lease(name, ends) end
  end
end

-- Forgets those of a kind that were remembered for long enough, in the records of theirs.
local function purge_kind(kind, records)
  for _, member in ipairs(members_before(kind, now + 1)) do
    local who, at = standing(member)
    drop(kind, at, who)
    keep(records, who, false)
    if kind == I.ended then session_cache[who] = nil end
  end
  local _, next_one = first(kind)
  return next_one or math.huge
end

-- Forgets ended sessions, losses and cooldowns that were remembered for long enough.
local function purge()
  local next_one = math.min(purge_kind(I.ended, R.sessions), purge_kind(I.lost, R.losses), purge_kind(I.cooled, R.cooldowns))
  license.forget = next_one < math.huge and next_one or 0
end

function expire.pass()
  local halted = license.halt
  if halted > 0 and halted <= now then end_halt() end
  if license.halt == 0 and silent() then
    license.alive, license.halt, step.changed = 0, now + math.floor(license.lease / SILENCE), true
  end
  if license.halt == 0 then
    if halted > 0 then
      step.moment = halted
      settling.shrink()
      settle()
    end
    let_pass(halted)
    step.moment = now
  end
  if license.forget > 0 and license.forget <= now then purge() end
end
