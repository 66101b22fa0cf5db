-- The beginning of a call: whether it comes in time, and whether the license is open.

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

-- Begins a call, and answers it where nothing of it may be done.
local function begin()
  begin_step()
  load_license()
  step.back = license.last - now
  if step.back > 0 and step.back <= BACK_AT_MOST then now = license.last end
  if now >= deadline then return {'late', now} end
  step.moment = now
  step.opened = is_open()
  if step.opened then
    load_leases()
  elseif ARGV[3] ~= 'open' or tonumber(ARGV[5]) <= license.generation then
    return {'unopened', now, license.generation}
  end
end
