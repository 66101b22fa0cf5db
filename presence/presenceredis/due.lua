-- What time will change.

-- What is due next: its kind, when, and whose it is; nil when nothing is. Of several at one moment the one that is
-- considered first. In silence neither leases nor graces end, nor is a node forgotten.
local function next_event()
  local what, at, who
  local function consider(kind, due, whose)
    if due and due > 0 and (not at or due < at or due == at and what == kind and bytes_before(whose, who)) then
      what, at, who = kind, due, whose
    end
  end
  local function consider_first(kind, key)
    local member, due = first(key)
    consider(kind, due, member)
  end
  consider('window_ends', state.window)
  if state.halt == 0 then
    for name, known_node in pairs(state.nodes) do
      if known_node.forget == 0 then consider('lease_ends', known_node.ends, name) end
    end
    consider_first('grace_ends', K.graces)
  end
  consider_first('choice_ends', K.untils)
  if state.halt == 0 then
    for name, known_node in pairs(state.nodes) do consider('node_forgotten', known_node.forget, name) end
  end
  return what, at, who
end

-- The moment at which time alone will change something; 0: none.
local function due()
  local _, at = next_event()
  if state.halt > 0 and (not at or state.halt < at) then return state.halt end
  return at or 0
end
