-- How a license's state and configuration are kept, and what a call reads to begin with.

-- The numbers of a license's state, in the order in which they are kept.
local NUMBERS = 'ddddddddddddddddddddd'

-- How many bytes they are; a text follows.
local NUMBERS_SIZE = #NUMBERS * 8

local function read_numbers(l, text)
  l.generation, l.version, l.granted, l.turned, l.high, l.claimed, l.began, l.ended, l.draining, l.halt, l.window, l.alive,
    l.lease, l.asking, l.cooled, l.forget, l.moved, l.line, l.due, l.next, l.last = struct.unpack(NUMBERS, text)
end

local function numbers(l)
  return struct.pack(NUMBERS, l.generation, l.version, l.granted, l.turned, l.high, l.claimed, l.began, l.ended, l.draining,
    l.halt, l.window, l.alive, l.lease, l.asking, l.cooled, l.forget, l.moved, l.line, l.due, l.next, l.last)
end

-- Has the license be as one that nothing is known of.
local function begin_license()
  read_numbers(license, string.rep('\0', NUMBERS_SIZE))
  license.run, license.revision, license.warned, license.serving = '', '0', '', ':'
end

local function read_license(text)
  read_numbers(license, text)
  local first_bar = string.find(text, '|', NUMBERS_SIZE + 1, true)
  local second_bar = string.find(text, '|', first_bar + 1, true)
  local third_bar = string.find(text, '|', second_bar + 1, true)
  license.run = string.sub(text, NUMBERS_SIZE + 1, first_bar - 1)
  license.revision = string.sub(text, first_bar + 1, second_bar - 1)
  license.warned = string.sub(text, second_bar + 1, third_bar - 1)
  license.serving = string.sub(text, third_bar + 1)
end

local function license_text()
  return numbers(license) .. license.run .. '|' .. license.revision .. '|' .. license.warned .. '|' .. license.serving
end

local NO_CONFIG = '|0|0|0|0|0|0|||0|0|0'

-- Reads a configuration. shown is what of it everybody sees, as the head has it.
local function read_config(text)
  local c = {}
  local cap, total, grace, reserved, idle_after, idle_warning, most
  c.status, cap, total, grace, reserved, c.administrators_first, c.waitlist, c.hand_over, c.on_shrink, idle_after,
    idle_warning, most = string.match(text,
    '^(%a*)|(%d+)|(%-?%d+)|(%d+)|(%d+)|([01])|([01])|([%a_]*)|([%a_]*)|(%d+)|(%d+)|(%d+)$')
  c.cap, c.total, c.grace, c.reserved = tonumber(cap), tonumber(total), tonumber(grace), tonumber(reserved)
  c.idle_after, c.idle_warning, c.sessions = tonumber(idle_after), tonumber(idle_warning), tonumber(most)
  c.shown = table.concat({c.status, cap, total, reserved, c.administrators_first}, '|')
  return c
end

-- Configurations by their texts, as licenses have few different ones, and how many there are.
local configs, many_configs = {}, 0
local MOST_CONFIGS = 1000

local function config_of(text)
  local c = configs[text]
  if not c then
    if many_configs >= MOST_CONFIGS then configs, many_configs = {}, 0 end
    c = read_config(text)
    configs[text], many_configs = c, many_configs + 1
  end
  return c
end

-- Where a command names its session, behind its teammate, who comes first.
local SESSION_AT = {take = 6, unwait = 2, leave = 2, logout = 2, drop = 2, idle = 2, routing = 2}

-- Reads how the license stands, and at once what the commands will look at.
local function load_license()
  arguments[1], arguments[2] = 'state', 'config'
  local n, at = 2, 3
  while ARGV[at] do
    local name, first_one, _, after = command(at)
    local session_at = SESSION_AT[name]
    if session_at then
      local teammate = ARGV[first_one]
      arguments[n + 1], arguments[n + 2] = R.seats .. teammate, R.attached .. teammate
      arguments[n + 3] = R.sessions .. ARGV[first_one + session_at - 1]
      n = n + 3
    end
    at = after
  end
  local texts_found = redis.call('HMGET', K.records, unpack(arguments, 1, n))
  for i = 3, n do known[arguments[i]] = texts_found[i] end
  if texts_found[1] then read_license(texts_found[1]) else begin_license() end
  config = config_of(texts_found[2] or NO_CONFIG)
end

local function save_config(text)
  config, step.changed, step.stirred = config_of(text), true, true
  known.config, unwritten.config = text, true
end

local function save_license()
  for name in pairs(step.emptied or {}) do serves(name) end -- takes note of those that have none
  if license.line == 1 and waiting() == 0 then license.line = 0 end
  known.state, unwritten.state = license_text(), true
  write_index()
  write_records()
end

-- A license is open when it has a generation, on the server that it was last used on: another run id means that
-- this server may have forgotten what that one knew. A generation that has no fences or turns left for a whole batch
-- is as good as forgotten, as its fences would run into the next one's.
local function is_open()
  return license.generation > 0 and license.run == run_id()
    and math.max(license.granted, license.turned) + MAX_BATCH < FENCES_PER_GENERATION
end
