-- The beginning of a call: whether it comes in time, whether the license is open, and what the rest of the script has
-- to be made for. Functions are made anew for each call, which costs more than running most of them; so a call that
-- finds nothing to do but renewing makes none of what follows.

-- How far the server's clock may go back while that counts as no time passed.
local BACK_AT_MOST = 1000

-- Whether there may be anything to let pass. due is exact, but for silence and for nodes without sessions.
local function over()
  if license.due > 0 and license.due <= now or license.forget > 0 and license.forget <= now then return true end
  if license.halt > 0 then return false end
  if license.alive > 0 and license.alive <= now then return true end
  for _, ends in pairs(leases) do
    if ends <= now then return true end
  end
  return false
end

load_license()
local back = license.last - now
if back > 0 and back <= BACK_AT_MOST then now = license.last end
if now >= deadline then return {'late', int(now)} end
step.moment = now

local opened = is_open()
if opened then
  load_leases()
elseif ARGV[3] ~= 'open' or tonumber(ARGV[5]) <= license.generation then
  return {'unopened', int(now), int(license.generation)}
end

local called = {} -- the names of the operations that this batch calls
local op = {}     -- the operations by name; each is in a file of its own

-- A call is unusual when it may need more than the modules of seats and sessions, and busy when it may need these.
local USUAL = {renew = true, take = true, leave = true, logout = true, drop = true, find = true}
local unusual = not opened or back > BACK_AT_MOST or over() or license.halt > 0 or license.draining == 1
  or license.warned ~= '' or license.asking > 0 or waiting() > 0
local busy = unusual or not leases[node]

do
  local at = 3
  while ARGV[at] do
    local name, _, last, after = command(at)
    called[name], at = true, after
    busy = busy or name ~= 'renew'
    unusual = unusual or not USUAL[name] or name == 'take' and ARGV[last] == '1' -- asks for a place besides
  end
  busy = busy or unusual
end

-- Has make fill modules with their functions when the first of them is called.
local function later(modules, make)
  local unmade = {}
  function unmade.__index(module, name)
    for _, each in ipairs(modules) do setmetatable(each, nil) end
    make()
    return module[name]
  end
  for _, each in ipairs(modules) do setmetatable(each, unmade) end
end
