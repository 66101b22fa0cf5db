-- The beginning of a call: whether it comes in time, whether the license is open, and whether there is anything to do.

-- How far the server's clock may go back while that counts as no time passed.
local BACK_AT_MOST = 1000

-- Whether there may be anything to let pass, or to look up. due is exact.
local function over()
  if state.due > 0 and state.due <= now or state.forget > 0 and state.forget <= now then return true end
  if state.halt > 0 or step.back > BACK_AT_MOST then return true end
  for _, known_node in pairs(state.nodes) do
    if known_node.forget > 0 then return true end
  end
  return false
end

local function ok(change, replies)
  return {'ok', int(now), int(state.due), int(state.generation), int(state.version), change, replies}
end

-- Begins a call, and answers it where nothing of it may be done. passing tells whether time has to pass first.
local function begin()
  load_state()
  local back = state.last - now
  if back > 0 and back <= BACK_AT_MOST then now = state.last end
  if now >= deadline then return {'late', int(now)} end
  begin_step(back)
  step.opened = is_open()
  if not step.opened and (ARGV[3] ~= 'open' or tonumber(ARGV[5]) <= state.generation) then
    return {'unopened', int(now), int(state.generation)}
  end
  step.passing = step.opened and over()
  if step.opened and not step.passing and not ARGV[3] then -- a tick that comes too early
    state.last = now
    save_state()
    return ok('', {})
  end
end
