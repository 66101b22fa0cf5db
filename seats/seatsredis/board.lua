-- The board as others see it, and what this step changes on it.

local changed = false -- the head changed in itself, not only by holders
local before = {}     -- teammate → how their seat was before the step first touched it; false: none
local touched = {}    -- those teammates
local lost = {}       -- stays that ended
local resumed = {}    -- sessions that ended because another one resumed them

-- All that is shown of a seat, as one text.
local function shown(teammate, seat) return seat_text(seat) .. '|' .. live(teammate) end

-- To be called before anything of a teammate's seat or live sessions changes.
local function touch(teammate)
  if before[teammate] == nil then
    local seat = seat_of(teammate)
    before[teammate] = seat and shown(teammate, seat)
    touched[#touched + 1] = teammate
  end
end

local function head(version)
  return {int(license.generation), int(version), license.revision, license.status, int(license.cap),
    int(license.total), int(used())}
end

local function holder(teammate, seat)
  return {teammate, seat.name, seat.administrator, seat.number, seat.fence, seat.since, seat.grace,
    int(live(teammate)), seat.overage}
end

-- Announces what the step changed, and returns it packed; '' when nothing changed.
local function publish()
  local holders, gone = {}, {}
  for _, teammate in ipairs(touched) do
    local was, seat = before[teammate], seat_of(teammate)
    if seat and was ~= shown(teammate, seat) then
      holders[#holders + 1] = holder(teammate, seat)
    elseif was and not seat then
      gone[#gone + 1] = teammate
    end
  end
  if not changed and #holders + #gone + #lost + #resumed == 0 then return '' end
  local from = license.version
  license.version = redis.call('HINCRBY', K.meta, 'version', 1)
  return announce(K.changes, {FORMAT, from, head(license.version), holders, gone, lost, resumed})
end

-- The moment at which time alone will change something; '0': none. A node without sessions changes nothing.
local function due()
  local _, grace = earliest(K.graces)
  local _, forgotten = earliest(K.lapsed)
  local first = math.min(grace or math.huge, forgotten or math.huge)
  for name, ends in pairs(leases) do
    if ends < first
      and redis.call('ZRANGE', K.index, '[n:' .. name .. ':', '(n:' .. name .. ';', 'BYLEX', 'LIMIT', 0, 1)[1] then
      first = ends
    end
  end
  return int(first < math.huge and first or 0)
end
