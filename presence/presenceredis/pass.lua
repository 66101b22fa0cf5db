-- Lets pass what is due by now: what a late call brings about is what calls in time would have.

-- Which part of a lease is waited for when all leases are over.
local SILENCE = 3

local function node_names(fits)
  local names = {}
  for name, node_of in pairs(license.nodes) do
    if fits(node_of) then names[#names + 1] = name end
  end
  table.sort(names, bytes_before)
  return names
end

-- Looks up when a node's lease ends, or ended; 0: nothing is known of one. A later end than was known is known from now
-- on, and the sessions of a lapsed node are live again.
local function look_up(name)
  local ends = lease_end(name)
  if not ends then return 0 end
  local known = license.nodes[name]
  if known and ends > known.ends then
    known.ends = ends
    if known.forget > 0 then
      known.forget = 0
      for _, teammate in ipairs(teammates_on(name)) do show(teammate) end
    end
  end
  return ends
end

local function look_up_due()
  local called, due = false, {}
  for _, known in pairs(license.nodes) do
    called = called or known.forget == 0 and known.ends > now
  end
  for _, name in ipairs(node_names(function(known) return known.forget > 0 end)) do look_up(name) end
  local is_due = function(known) return known.forget == 0 and known.ends <= now end
  due = node_names(is_due)
  if not due[1] then return end
  for _, name in ipairs(due) do look_up(name) end
  if license.halt > 0 or called then return end
  for _, name in ipairs(node_names(is_due)) do
    if license.waited < license.nodes[name].ends then
      license.halt, license.waited = now + math.floor(LEASE / SILENCE), now
      return
    end
  end
end

-- What is due next: its kind, when, and whose it is; nil when nothing is.
local function next_event()
  local what, at, who
  local function consider(kind, due, whose)
    if due and due > 0 and (not at or due < at) then what, at, who = kind, due, whose end
  end
  consider('window_ends', license.window)
  if license.halt == 0 then
    local name, first
    for each, known in pairs(license.nodes) do
      if known.forget == 0 and (not first or known.ends < first or known.ends == first and bytes_before(each, name)) then
        name, first = each, known.ends
      end
    end
    consider('lease_ends', first, name)
    local teammate, due = earliest(K.graces)
    consider('grace_ends', due, teammate)
  end
  local teammate, due = earliest(K.untils)
  consider('choice_ends', due, teammate)
  if license.halt == 0 then
    local name, first
    for each, known in pairs(license.nodes) do
      if known.forget > 0 and (not first or known.forget < first or known.forget == first and bytes_before(each, name)) then
        name, first = each, known.forget
      end
    end
    consider('node_forgotten', first, name)
  end
  return what, at, who
end

local come = {}

function come.window_ends() license.window = 0 end

-- A lease ends at the moment at which it was due: its sessions are not live from then on.
function come.lease_ends(name)
  local known = license.nodes[name]
  known.forget = known.ends + license.grace
  for _, teammate in ipairs(teammates_on(name)) do absent(teammate) end
end

function come.grace_ends(teammate) vanish(teammate) end

function come.choice_ends(teammate)
  touch(teammate)
  local mate = mate_of(teammate)
  hold(teammate, mate.number, mate.chosen, mate.note, mate.till, mate.before_status, mate.before_note)
  show(teammate)
end

function come.node_forgotten(name)
  for _, member in ipairs(indexed('n:' .. name)) do remove(session_of(string.match(member, '[^:]*$'))) end
end

local function forget_old()
  local old = redis.call('ZRANGE', K.memory, '-inf', int(now), 'BYSCORE')
  for _, id in ipairs(old) do redis.call('HDEL', K.ended, id) end
  if old[1] then redis.call('ZREMRANGEBYSCORE', K.memory, '-inf', int(now)) end
end

local function let_pass()
  forget_old()
  if license.halt <= now then license.halt = 0 end
  look_up_due()
  while true do
    local what, at, who = next_event()
    if not what or at > now then break end
    step.at = at
    come[what](who)
  end
  step.at = now
end

-- The moment at which time alone will change something; 0: none.
local function due()
  local _, at = next_event()
  if license.halt > 0 and (not at or license.halt < at) then at = license.halt end
  return at or 0
end

-- Moves all that is to come back with the clock, but for timed choices, which go by the clock on the wall.
local function set_back(by)
  local function earlier(moment_of) return moment_of > 0 and math.max(moment_of - by, 1) or 0 end
  for _, key in ipairs({K.memory, K.graces}) do
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, int(-by), member) end
  end
  for _, teammate in ipairs(redis.call('ZRANGE', K.graces, 0, -1)) do
    touch(teammate)
    local mate = mate_of(teammate)
    mate.grace, mate.left = int(earlier(tonumber(mate.grace))), int(earlier(tonumber(mate.left)))
  end
  for _, known in pairs(license.nodes) do
    known.ends, known.forget = earlier(known.ends), earlier(known.forget)
  end
  for _, name in ipairs({'window', 'halt', 'waited'}) do license[name] = earlier(license[name]) end
end
