-- The beginning of a call: whether it comes in time, whether the license is open, and what the rest of the script has
-- to be made for: functions are made anew for each call.

-- How far the server's clock may go back while that counts as no time passed.
local BACK_AT_MOST = 1000

load_state()
local back = state.last - now
if back > 0 and back <= BACK_AT_MOST then now = state.last end
if now >= deadline then return {'late', int(now)} end
step.at, step.revision, step.window = now, state.revision, state.window

local opened = is_open()
if not opened and (ARGV[3] ~= 'open' or tonumber(ARGV[5]) <= state.generation) then
  return {'unopened', int(now), int(state.generation)}
end

-- Whether there may be anything to let pass, or to look up. due is exact.
local function over()
  if state.due > 0 and state.due <= now or state.forget > 0 and state.forget <= now then return true end
  if state.halt > 0 or back > BACK_AT_MOST then return true end
  for _, known_node in pairs(state.nodes) do
    if known_node.forget > 0 then return true end
  end
  return false
end

local passing = opened and over()
if opened and not passing and not ARGV[3] then -- a tick that comes too early
  state.last = now
  save_state()
  return {'ok', int(now), int(state.due), int(state.generation), int(state.version), '', {}}
end

local called = {} -- the names of the operations that this batch calls
local op = {}     -- the operations by name; each is in a file of its own

do
  local at = 3
  while ARGV[at] do
    local name, _, _, after = command(at)
    called[name], at = true, after
  end
end
