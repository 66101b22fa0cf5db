-- Ends a session of a teammate, or all of them, those in grace too.
--
-- KEYS  entries choices sessions index graces ended memory
-- ARGS  teammate id by
--       id: '' for all
-- REPLY expelled devices | no_teammate

-- The devices of a teammate's sessions, live, lapsed or shown in grace: of one session, or of all ('').
local function devices_of(t, id)
  local devices, listed = {}, {}
  for _, device in ipairs(sessions.all(t.id)) do
    listed[device[1]] = true
    if id == '' or id == device[1] then devices[#devices + 1] = device end
  end
  for _, device in ipairs(t.grace > 0 and t.devices or {}) do
    if not listed[device[1]] and (id == '' or id == device[1]) then devices[#devices + 1] = device end
  end
  return devices
end

function op.expel(teammate, id, by)
  local t, session = teammate_of(teammate), id ~= '' and sessions.of(id)
  if not t or session and session.teammate ~= teammate then return {'no_teammate'} end
  local devices = devices_of(t, id)
  if id ~= '' then
    sessions.finish(teammate, id, 'expelled', by)
  else
    for _, device in ipairs(devices) do sessions.finish(teammate, device[1], 'expelled', by) end
  end
  if #devices > 0 then roster.vanish(t) end
  for _, device in ipairs(devices) do device[4] = int(device[4]) end
  return {'expelled', devices}
end
