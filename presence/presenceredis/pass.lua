-- Lets pass what is due by now, in the order of the moments at which it became due: what a late call brings about is
-- what calls in time would have.
--
-- KEYS  entries choices sessions index graces untils ended memory nodes over
-- ARGS  -
-- REPLY -

-- How each kind of event comes about.
local come = {}

function come.window_ends() state.window = 0 end

-- Ends a node's lease at the moment at which it was due: its sessions are not live any more.
function come.lease_ends(name)
  local known_node = state.nodes[name]
  known_node.forget, step.live = known_node.ends + state.grace, {}
  local _, owners = sessions.on(name)
  for _, teammate in ipairs(owners) do roster.absent(teammate_of(teammate)) end
end

function come.grace_ends(teammate) roster.vanish(teammate_of(teammate)) end

function come.choice_ends(teammate)
  local t = teammate_of(teammate)
  roster.hold(t, t.number, t.chosen, t.note, t.till, t.before, t.before_note)
  roster.restate(t)
end

-- Has the sessions of a node be unknown, and the node with them.
function come.node_forgotten(name)
  for _, id in ipairs((sessions.on(name))) do sessions.remove(id, sessions.of(id)) end
end

-- Looks up the leases of lapsed nodes, and those that were known to end by now; and notices silence.
local function look_up_due()
  local called, names = false, {}
  for name, known_node in pairs(state.nodes) do
    called = called or known_node.forget == 0 and known_node.ends > now -- somebody did, within the lease they had
    if known_node.forget > 0 or known_node.ends <= now then names[#names + 1] = name end
  end
  table.sort(names, bytes_before)
  for _, name in ipairs(names) do nodes.look_up(name) end
  if state.halt > 0 or called then return end
  for _, name in ipairs(names) do
    local known_node = state.nodes[name]
    if known_node.forget == 0 and known_node.ends <= now and known_node.ends > state.waited then
      state.halt, state.waited = now + SILENCE, now
    end
  end
end

-- Forgets ended sessions that were remembered for long enough.
local function purge()
  for _, id in ipairs(redis.call('ZRANGE', K.memory, '-inf', int(now), 'BYSCORE')) do redis.call('HDEL', K.ended, id) end
  redis.call('ZREMRANGEBYSCORE', K.memory, '-inf', int(now))
  local _, next_one = earliest(K.memory)
  state.forget = next_one or 0
end

function pass.pass()
  if state.forget > 0 and state.forget <= now then purge() end
  if state.halt <= now then state.halt = 0 end
  look_up_due()
  while true do
    local what, at, who = next_event()
    if not what or at > now then break end
    step.at = at
    come[what](who)
  end
  step.at = now
end
