-- How a teammate's entry follows from sessions, grace and choice.

-- Whether colleagues see a teammate with that status.
local function visible(status) return status ~= 'offline' and status ~= 'invisible' end

local function is_live(session) return license.nodes[session.node].forget == 0 end

local function live(teammate)
  for _, session in ipairs(sessions_of(teammate)) do
    if is_live(session) then return true end
  end
  return false
end

local function live_devices(teammate)
  local all = {}
  for _, session in ipairs(sessions_of(teammate)) do
    if is_live(session) then all[#all + 1] = device_of(session) end
  end
  return all
end

-- The status of one who chose that, and has these devices.
local function derive(chosen, devices)
  if #devices == 0 then return 'offline' end
  if chosen == 'invisible' then return chosen end
  for _, device in ipairs(devices) do
    if device.idle == '0' then return chosen end
  end
  return 'away'
end

-- Brings a status about.
local function turn(mate, is)
  local was, at = mate.status, int(step.at)
  if is == was then return end
  mate.status = is
  if was == 'offline' or tonumber(mate.since) < step.at then mate.since = at end
  local here = mate.left ~= '0' and mate.left or at
  local shows, showed = visible(is), visible(was)
  if was == 'offline' or is == 'offline' or showed ~= shows then mate.seen = later(mate.seen, here) end
  if showed ~= shows then
    mate.shown = later(mate.shown, here)
    mate.visible = shows and mate.since or '0'
  end
end

-- Makes a teammate's entry anew at the step's moment.
local function show(teammate)
  touch(teammate)
  local mate = mate_of(teammate)
  local devices = live_devices(teammate)
  if #devices > 0 then
    if mate.grace ~= '0' then redis.call('ZREM', K.graces, teammate) end
    mate.grace, mate.left, mate.devices = '0', '0', pack_devices(devices)
  elseif mate.grace == '0' then
    mate.devices = NO_DEVICES
  else
    devices = devices_in(mate.devices)
  end
  turn(mate, derive(mate.chosen, devices))
  if mate.status == 'offline' then mate.since = mate.seen end
end

-- Shows one who has lost a session; who has no live one any more, is in grace.
local function absent(teammate)
  touch(teammate)
  local mate = mate_of(teammate)
  if mate.left == '0' and not live(teammate) then
    mate.left, mate.grace = int(step.at), int(step.at + license.grace)
    redis.call('ZADD', K.graces, mate.grace, teammate)
  end
  show(teammate)
end

-- Shows one who logged out with a session; who has no live one any more, is offline.
local function vanish(teammate)
  touch(teammate)
  local mate = mate_of(teammate)
  if not live(teammate) then
    if mate.left == '0' then mate.left = int(step.at) end
    if mate.grace ~= '0' then redis.call('ZREM', K.graces, teammate) end
    mate.grace = '0'
  end
  show(teammate)
end

-- Notes that something was heard of a teammate.
local function hear(teammate)
  touch(teammate)
  mate_of(teammate).heard = '1'
end

-- Has a choice hold at the step's moment: itself, or what it returns to.
local function hold(teammate, number, status, note, till, before_status, before_note)
  local mate = mate_of(teammate)
  if number == '0' then
    status, note, till, before_status, before_note = 'online', '', '0', '', ''
  elseif till ~= '0' and tonumber(till) <= step.at then
    status, note, till, before_status, before_note = before_status, before_note, '0', '', ''
  end
  mate.number, mate.chosen, mate.note, mate.till = number, status, note, till
  mate.before_status, mate.before_note = before_status, before_note
  if till ~= '0' then
    redis.call('ZADD', K.untils, till, teammate)
  else
    redis.call('ZREM', K.untils, teammate)
  end
end

-- Takes a choice that is newer than the one that is known.
local function wish(teammate, number, ...)
  local mate = mate_of(teammate)
  if at_most(number, mate.number) then return end
  touch(teammate)
  hold(teammate, number, ...)
end

-- Whether a session is among the devices that are shown in grace.
local function lingers(mate, id)
  if mate.grace == '0' then return false end
  for _, device in ipairs(devices_in(mate.devices)) do
    if device.session == id then return true end
  end
  return false
end
