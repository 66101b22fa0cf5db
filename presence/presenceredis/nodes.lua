-- Nodes with sessions, and when their leases end, as far as the engine knows: state.nodes has name → ends, and forget, when a
-- lapsed one is forgotten; 0: it lives.

-- Has the sessions of a lapsed node be live again.
function nodes.revive(name)
  state.nodes[name].forget, step.live = 0, {}
  local _, owners = sessions.on(name)
  for _, teammate in ipairs(owners) do roster.show(teammate_of(teammate)) end
end

-- Looks up when a node's lease ends, or ended; 0: nothing is known of one. A later end than was known is known from
-- now on.
function nodes.look_up(name)
  local ends = lease_end(name)
  local known_node = state.nodes[name]
  if ends and known_node and ends > known_node.ends then
    known_node.ends = ends
    if known_node.forget > 0 then nodes.revive(name) end
  end
  return ends or 0
end
