-- The roster as others see it: how a teammate's entry is made, what this step changes, and what time will change.

-- Takes note of how the roster showed a teammate before this step first changes that.
local function touch(id)
  if step.before[id] ~= nil then return end
  local t = teammate_of(id)
  step.before[id] = t and t.entry
  step.touched[#step.touched + 1] = id
end

-- The status of a teammate who chose that, and has these devices.
local function derive(chosen, devices)
  if #devices == 0 then return 'offline' end
  if chosen == 'invisible' then return chosen end
  for _, device in ipairs(devices) do
    if device[5] == '0' then return chosen end
  end
  return 'away'
end

-- Whether colleagues see somebody of that status.
local function seen_by_all(status) return status ~= 'offline' and status ~= 'invisible' end

local function put_grace(t, ends)
  if t.grace ~= ends then
    t.grace = ends
    put(K.graces, ends, t.id)
  end
end

-- Brings a teammate's status about.
function roster.turn(t, status)
  local was = t.status
  if status == was then return end
  t.status = status
  if was == 'offline' or t.since < step.at then t.since = step.at end
  local here, turned = t.left > 0 and t.left or step.at, seen_by_all(was) ~= seen_by_all(status)
  if was == 'offline' or status == 'offline' or turned then t.seen = math.max(t.seen, here) end
  if turned then
    t.shown = math.max(t.shown, here)
    t.visible = seen_by_all(status) and t.since or 0
  end
end

-- Makes a teammate's status anew, from their devices and choice.
function roster.restate(t)
  roster.turn(t, derive(t.chosen, t.devices))
  if t.status == 'offline' then t.since = t.seen end
end

-- Makes a teammate's entry anew, from their sessions, grace and choice.
function roster.show(t)
  touch(t.id)
  local devices = sessions.live(t.id)
  if #devices > 0 then
    put_grace(t, 0)
    t.left, t.devices = 0, devices
  elseif t.grace == 0 then
    t.devices = {}
  end
  roster.restate(t)
end

-- Shows a teammate who has lost a session; who has no live one any more, is in grace.
function roster.absent(t)
  if t.left == 0 and #sessions.live(t.id) == 0 then
    t.left = step.at
    put_grace(t, step.at + state.grace)
  end
  roster.show(t)
end

-- Shows a teammate who logged out with a session; who has no live one any more, is offline.
function roster.vanish(t)
  if #sessions.live(t.id) == 0 then
    if t.left == 0 then t.left = step.at end
    put_grace(t, 0)
  end
  roster.show(t)
end

-- Takes note that something was heard of a teammate.
function roster.hear(t)
  touch(t.id)
  t.heard = '1'
end

-- Has a choice hold: itself, or what it returns to.
function roster.hold(t, number, chosen, note, till, before, before_note)
  touch(t.id)
  if till > 0 and till <= step.at then chosen, note, till, before, before_note = before, before_note, 0, '', '' end
  t.number, t.chosen, t.note, t.before, t.before_note = number, chosen, note, before, before_note
  if t.till ~= till then
    t.till = till
    put(K.untils, till, t.id)
  end
end

-- Takes a choice that is newer than the one that is known.
function roster.wish(t, number, chosen, note, till, before, before_note)
  if not at_most(number, t.number) then roster.hold(t, number, chosen, note, tonumber(till), before, before_note) end
end

-- Brings a teammate to what the database has of them, and tells whether they are new.
function roster.enroll(id, name, operator, administrator, seen, shown, ...)
  touch(id)
  local t = teammate_of(id)
  local new = not t
  if new then
    t = {id = id, status = 'offline', note = '', till = 0, since = 0, grace = 0, visible = 0, seen = 0, shown = 0,
      heard = '0', devices = {}, number = '0', left = 0, chosen = 'online', before = '', before_note = ''}
    teammates[id] = t
  end
  t.name, t.operator, t.administrator = name, operator, administrator
  t.seen, t.shown = math.max(t.seen, tonumber(seen)), math.max(t.shown, tonumber(shown))
  roster.wish(t, ...)
  roster.restate(t)
  return t, new
end

-- Has a teammate be no more, with all their sessions.
function roster.expunge(id)
  touch(id)
  for _, device in ipairs(sessions.all(id)) do sessions.stop(device[1], 'removed', '', '') end
  put(K.graces, 0, id)
  put(K.untils, 0, id)
  redis.call('HDEL', K.entries, id)
  redis.call('HDEL', K.choices, id)
  teammates[id] = false
end

-- Writes one of many teammates, and puts their record away.
function roster.settle(t)
  save_teammate(t)
  teammates[t.id] = nil
end

-- Writes the teammates whom the step has changed by now.
function roster.save()
  for _, id in ipairs(step.touched) do
    if teammates[id] then save_teammate(teammates[id]) end
  end
end

function roster.head() return {int(state.generation), int(state.version), state.revision, int(state.window)} end

-- What this step changed: entries, and who is no more; or that it is more than is told.
function roster.changes()
  local entries, removed = {}, {}
  for _, id in ipairs(step.touched) do
    local was, t = step.before[id], teammate_of(id)
    local is = t and t.entry
    if is ~= was then
      if #entries + #removed == MOST_ANNOUNCED then return true, {}, {} end
      if is then entries[#entries + 1] = is else removed[#removed + 1] = id end
    end
  end
  return false, entries, removed
end

-- Writes and announces what the step changed, and returns it packed; '' when nothing changed.
function roster.publish()
  roster.save()
  local large, entries, removed = roster.changes()
  local headless = state.revision == step.revision and state.window == step.window
  if headless and not large and #entries + #removed + #step.closing == 0 then return '' end
  local from = state.version
  state.version = from + 1
  return announce(pack({FORMAT, from, roster.head(), state.due, large and '1' or '0', entries, removed, step.closing}))
end
