-- The board as others see it, what this step changes on it, and what time will change.

-- To be called before anything of a teammate's seat, place or live sessions changes.
local function touch(teammate)
  step.dirty[teammate] = true
  if not step.before[teammate] then
    local records = {seat = seat_text(seat_of(teammate)), waiter = waiter_text(waiter_of(teammate))}
    step.before[teammate], step.saved[teammate] = records, records
    step.touched[#step.touched + 1] = teammate
  end
end

-- Writes a record that is another than the one stored; false: there is none.
local function write(key, teammate, is, was)
  if is == was then return end
  if is then redis.call('HSET', key, teammate, is) else redis.call('HDEL', key, teammate) end
end

-- Writes the seats and places that the step has changed by now.
local function save()
  for _, teammate in ipairs(step.touched) do
    local was = step.saved[teammate]
    local is = {seat = seat_text(seat_of(teammate)), waiter = waiter_text(waiter_of(teammate))}
    write(K.seats, teammate, is.seat, was.seat)
    write(K.waiters, teammate, is.waiter, was.waiter)
    step.saved[teammate] = is
  end
end

local function head()
  return {int(license.generation), int(license.version), config.revision, config.status, int(config.cap),
    int(config.total), int(used()), int(waiting()), int(config.reserved), config.administrators_first,
    int(license.draining), int(license.halt), int(license.window), int(license.began), int(license.ended)}
end

local function holder(teammate, seat)
  return {teammate, seat.name, seat.administrator, seat.number, seat.fence, seat.since, seat.grace, seat.sessions,
    seat.overage, seat.via, seat.routing, seat.idle, seat.warned}
end

-- Writes and announces what the step changed, and returns it packed; '' when nothing changed.
local function publish()
  save()
  local holders, gone, in_line, unwaiting = {}, {}, {}, {}
  for _, teammate in ipairs(step.touched) do
    local was, is = step.before[teammate], step.saved[teammate]
    if is.seat and is.seat ~= was.seat then
      holders[#holders + 1] = holder(teammate, seats[teammate])
    elseif was.seat and not is.seat then
      gone[#gone + 1] = teammate
    end
    if is.waiter and is.waiter ~= was.waiter then
      in_line[#in_line + 1] = line.shown(teammate, waiters[teammate])
    elseif was.waiter and not is.waiter then
      unwaiting[#unwaiting + 1] = teammate
    end
  end
  if not step.changed and #holders + #gone + #in_line + #unwaiting + #step.lost + #step.resumed + #step.asked
    + #step.answered == 0 then return '' end
  local from = license.version
  license.version = from + 1
  return announce(K.changes, {FORMAT, from, head(), holders, gone, in_line, unwaiting, step.lost, step.resumed,
    step.asked, step.answered})
end

-- What is due next: its kind, when, and whose it is; nil when nothing is. Of several at one moment the one that is
-- asked for here first.
local function sooner(what, at, who, kind, key)
  local member, due = first(key)
  if due and (not at or due < at) then return kind, due, member end
  return what, at, who
end

local function next_event()
  local what, at, who
  for name, ends in pairs(leases) do
    if (not at or ends < at or ends == at and bytes_before(name, who)) and serves(name) then
      what, at, who = 'lease_ends', ends, name
    end
  end
  what, at, who = sooner(what, at, who, 'grace_ends', K.graces)
  if waiting() > 0 then
    what, at, who = sooner(what, at, who, 'place_grace_ends', K.place_graces)
    what, at, who = sooner(what, at, who, 'cooldown_ends', K.cooling)
  end
  if license.warned ~= '' then
    local ends = tonumber(seat_of(license.warned).warned)
    if not at or ends < at then what, at, who = 'warning_ends', ends, license.warned end
  end
  if license.asking > 0 then what, at, who = sooner(what, at, who, 'ask_ends', K.ask_ends) end
  what, at, who = sooner(what, at, who, 'node_forgotten', K.lapsed)
  if license.warned == '' and config.idle_after > 0 and waiting() > 0 then
    local _, since = settling.longest_idle()
    local enough = since and since + config.idle_after
    if enough and (not at or enough < at) then what, at = 'idle_enough', enough end
  end
  return what, at, who
end

-- The moment at which time alone will change something; 0: none.
local function due()
  if license.halt > 0 then return license.halt end
  local _, at = next_event()
  return at or 0
end

-- Brings about what follows at once from what just happened, where there is anything that may.
local function settle()
  local unsettled = license.draining == 1 or license.warned ~= '' or waiting() > 0
  if license.halt == 0 and unsettled then settling.settle() end
  if license.asking > 0 then asks.review() end
end
