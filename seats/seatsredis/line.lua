-- The waitlist.

local function line_of(administrator) return administrator == '1' and I.line_administrators or I.line end

-- Where those of a class are who could be given a seat.
function line.ready(administrator) return administrator == '1' and I.ready_administrators or I.ready end

-- Reads a place as it is kept.
function line.read(text)
  local waiter = {}
  waiter.turn, waiter.since, waiter.grace, waiter.cooldown, waiter.administrator, waiter.name =
    string.match(text, '^(%d+)|(%d+)|(%d+)|(%d+)|([01])|(.*)$')
  waiter.ready = waiter.grace == '0' and waiter.cooldown == '0'
  return waiter
end

-- Puts a waiter where their turn is among those of their class, or takes them from there.
local function stand(teammate, waiter) put(line_of(waiter.administrator), waiter.turn, teammate) end

local function unstand(teammate, waiter)
  drop(line_of(waiter.administrator), waiter.turn, teammate)
  if waiter.ready then drop(line.ready(waiter.administrator), waiter.turn, teammate) end
  waiter.ready = false
end

-- Gives a teammate a place: that turn's.
function line.wait(teammate, name, administrator, turn, since)
  touch(teammate)
  step.waiting, license.line = waiting() + 1, 1
  local waiter = {turn = turn, since = since, grace = '0', cooldown = '0', administrator = administrator, name = name,
    ready = false}
  waiters[teammate] = waiter
  stand(teammate, waiter)
  local ends = cooldowns.of(teammate)
  if ends then
    drop(I.cooled, ends, teammate)
    put(I.cooling, ends, teammate)
    waiter.cooldown = ends
  end
  sessions.recount(teammate)
end

function line.next_turn()
  license.turned = license.turned + 1
  return int(license.generation * FENCES_PER_GENERATION + license.turned)
end

-- Takes a teammate's place away. The sessions stay as they are.
function line.unwait(teammate)
  touch(teammate)
  local waiter = waiter_of(teammate)
  step.waiting, waiters[teammate] = waiting() - 1, false
  if waiter.grace ~= '0' then drop(I.place_graces, waiter.grace, teammate) end
  unstand(teammate, waiter)
  if waiter.cooldown ~= '0' then
    drop(I.cooling, waiter.cooldown, teammate)
    remember(I.cooled, tonumber(waiter.cooldown), teammate)
  end
end

-- Takes a teammate's place away, and detaches all their sessions.
function line.stand_down(teammate)
  line.unwait(teammate)
  endings.detach_all(teammate)
end

-- Brings a waiter to what is true of the member now.
function line.update(teammate, name, administrator)
  touch(teammate)
  local waiter = waiter_of(teammate)
  unstand(teammate, waiter)
  waiter.name, waiter.administrator = name, administrator
  stand(teammate, waiter)
  sessions.recount(teammate)
end

-- A waiter's place in the waitlist; 1 is next.
function line.place(waiter)
  local function before(administrator)
    return count_before(line_of(administrator), waiter.turn)
  end
  if config.administrators_first ~= '1' then return before('0') + before('1') + 1 end
  if waiter.administrator == '1' then return before('1') + 1 end
  return count(I.line_administrators) + before('0') + 1
end

-- What a waiter is answered with.
function line.reply(teammate, was_resumed)
  local waiter = waiter_of(teammate)
  return {'waiting', line.shown(teammate, waiter), int(line.place(waiter)), was_resumed}
end

-- Who of those who could take a seat is given one next, when one is open to them, were so many fewer used, by so many
-- administrators fewer; or nil.
function line.first(fewer, fewer_administrators)
  local best, least
  for _, administrator in ipairs({'0', '1'}) do
    local teammate, turn = first(line.ready(administrator))
    if teammate and stays.open(administrator, fewer, fewer_administrators) then
      if not best or config.administrators_first == '1' or turn < least then best, least = teammate, turn end
    end
  end
  return best
end

-- The teammates who wait.
function line.all()
  local found = {}
  for _, kind in ipairs({I.line, I.line_administrators}) do
    for _, member in ipairs(members(kind)) do found[#found + 1] = (standing(member)) end
  end
  return found
end

-- A place as it is shown.
function line.shown(teammate, waiter) return {teammate, waiter_text(waiter)} end
