-- Ends a session of a teammate, or all of them ('').
--
-- KEYS  mates sessions index graces ended memory
-- ARGS  teammate id by
-- REPLY expelled devices | no_teammate
--       devices: packed, as in an entry

-- The devices of a teammate's sessions, live, lapsed or shown in grace: of one session, or of all.
local function known_devices(teammate, mate, id)
  local all, seen = {}, {}
  local function add(device)
    if not seen[device.session] and (id == '' or id == device.session) then all[#all + 1] = device end
    seen[device.session] = true
  end
  for _, session in ipairs(sessions_of(teammate)) do add(device_of(session)) end
  if mate.grace ~= '0' then
    for _, device in ipairs(devices_in(mate.devices)) do add(device) end
  end
  return all
end

function op.expel(teammate, id, by)
  local mate, session = mate_of(teammate), id ~= '' and session_of(id)
  if not mate or session and session.teammate ~= teammate then return {'no_teammate'} end
  local devices = known_devices(teammate, mate, id)
  local text = pack_devices(devices)
  if id ~= '' then
    leave(teammate, id, 'expelled', by)
  else
    for _, device in ipairs(devices) do leave(teammate, device.session, 'expelled', by) end
  end
  if #devices > 0 then vanish(teammate) end
  return {'expelled', text}
end
