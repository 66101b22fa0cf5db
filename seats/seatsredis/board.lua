-- The board as others see it, what this step changes on it, and what time will change.

-- To be called before anything of a teammate's seat, place or live sessions changes.
local function touch(teammate)
  step.touched[teammate] = true
  if license.asking > 0 then
    step.dirty = step.dirty or {}
    step.dirty[teammate] = true
  end
end

-- The head as one text: numbers, then what of the configuration is shown.
local function head()
  local l = license
  return int(l.generation) .. '|' .. int(l.version) .. '|' .. int(used()) .. '|' .. int(waiting()) .. '|'
    .. int(l.draining) .. '|' .. int(l.halt) .. '|' .. int(l.window) .. '|' .. int(l.began) .. '|' .. int(l.ended) .. '|'
    .. l.revision .. '|' .. config.shown
end

-- A seat as it is shown: as it is kept, behind whose it is.
local function holder(teammate, seat) return {teammate, seat_text(seat)} end

-- Has a record be what it is by now, and tells what it was, and whether it is another.
local function settle_record(kind, teammate, is)
  local was = text_of(kind, teammate)
  if is == was then return was, false end
  keep(kind, teammate, is)
  return was, true
end

-- Writes and announces what the step changed, and returns it packed; '' when nothing changed.
local function publish()
  for teammate in pairs(step.touched) do
    local seat, waiter = seats[teammate], waiters[teammate]
    if seat ~= nil then
      local is = seat_text(seat)
      local was, changed = settle_record(R.seats, teammate, is)
      if changed and is then tell('holders', '*2;' .. pack_text(teammate) .. pack_text(is)) end
      if was and not is then tell('gone', pack_text(teammate)) end
    end
    if waiter ~= nil then
      local is = waiter_text(waiter)
      local was, changed = settle_record(R.waiters, teammate, is)
      if changed and is then tell('in_line', '*2;' .. pack_text(teammate) .. pack_text(is)) end
      if was and not is then tell('unwaiting', pack_text(teammate)) end
    end
  end
  for teammate in pairs(step.moved) do keep(R.attached, teammate, attached_text(attachments[teammate])) end
  if not step.changed and not telling then return '' end
  local from, t = license.version, told
  license.version = from + 1
  return announce('*11;' .. pack_text(FORMAT) .. pack_text(int(from)) .. pack_text(head()) .. pack_list(t.holders)
    .. pack_list(t.gone) .. pack_list(t.in_line) .. pack_list(t.unwaiting) .. pack_list(t.lost) .. pack_list(t.resumed)
    .. pack_list(t.asked) .. pack_list(t.answered))
end

-- What is due next: its kind, when, and whose it is; nil when nothing is. Of several at one moment the one that is
-- asked for here first.
local function sooner(what, at, who, event, kind)
  local member, due = first(kind)
  if due and (not at or due < at) then return event, due, member end
  return what, at, who
end

-- The next end of a lease that changes something.
local function next_lease()
  local what, at, who
  for name, ends in pairs(leases) do
    if (not at or ends < at or ends == at and bytes_before(name, who)) and serves(name) then
      what, at, who = 'lease_ends', ends, name
    end
  end
  return what, at, who
end

-- The next event, unless that of a lease, which is given, comes no later.
local function next_after(what, at, who)
  what, at, who = sooner(what, at, who, 'grace_ends', I.graces)
  if waiting() > 0 then
    what, at, who = sooner(what, at, who, 'place_grace_ends', I.place_graces)
    what, at, who = sooner(what, at, who, 'cooldown_ends', I.cooling)
  end
  if license.warned ~= '' then
    local ends = tonumber(seat_of(license.warned).warned)
    if not at or ends < at then what, at, who = 'warning_ends', ends, license.warned end
  end
  if license.asking > 0 then what, at, who = sooner(what, at, who, 'ask_ends', I.ask_ends) end
  what, at, who = sooner(what, at, who, 'node_forgotten', I.lapsed)
  if license.warned == '' and config.idle_after > 0 and waiting() > 0 then
    local _, since = settling.longest_idle()
    local enough = since and since + config.idle_after
    if enough and (not at or enough < at) then what, at = 'idle_enough', enough end
  end
  return what, at, who
end

local function next_event() return next_after(next_lease()) end

-- The moment at which time alone will change something; 0: none. What is next besides leases is kept, and looked up only
-- where this step may have changed it.
local function due()
  if step.stirred or config.idle_after > 0 then
    local _, at = next_after()
    license.next = at or 0
  end
  if license.halt > 0 then return license.halt end
  local _, at = next_lease()
  if license.next > 0 and (not at or license.next < at) then return license.next end
  return at or 0
end

-- Brings about what follows at once from what just happened, where there is anything that may.
local function settle()
  local unsettled = license.draining == 1 or license.warned ~= '' or waiting() > 0
  if license.halt == 0 and unsettled then settling.settle() end
  if license.asking > 0 then asks.review() end
end
