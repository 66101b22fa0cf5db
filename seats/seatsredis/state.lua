-- How a license's state and configuration are kept, and what a call reads to begin with.

-- A license that nothing is known of.
local NOTHING = {generation = 0, version = 0, granted = 0, turned = 0, high = 0, claimed = 0, began = 0, ended = 0,
  draining = 0, halt = 0, window = 0, alive = 0, lease = 0, asking = 0, cooled = 0, forget = 0, moved = 0, line = 0, due = 0,
  next = 0, last = 0, run = '', revision = '0', warned = '', serving = ':'}

local function begin_license()
  for name, value in pairs(NOTHING) do license[name] = value end
end

local function read_license(text)
  local l = license
  l.generation, l.version, l.granted, l.turned, l.high, l.claimed, l.began, l.ended, l.draining, l.halt, l.window, l.alive,
    l.lease, l.asking, l.cooled, l.forget, l.moved, l.line, l.due, l.next, l.last, l.run, l.revision, l.warned, l.serving =
    cmsgpack.unpack(text)
end

local function license_text()
  local l = license
  return cmsgpack.pack(l.generation, l.version, l.granted, l.turned, l.high, l.claimed, l.began, l.ended, l.draining, l.halt,
    l.window, l.alive, l.lease, l.asking, l.cooled, l.forget, l.moved, l.line, l.due, l.next, l.last, l.run, l.revision,
    l.warned, l.serving)
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

-- Whose records are read, as the arguments have them.
local looked_up = {}

-- Reads how the license stands, and at once what the commands will look at.
local function load_license()
  arguments[1], arguments[2] = 'state', 'config'
  local n, at = 2, 3
  while ARGV[at] do
    local name, first_one, _, after = command(at)
    local session_at = SESSION_AT[name]
    if session_at then
      local teammate = ARGV[first_one]
      local session = ARGV[first_one + session_at - 1]
      arguments[n + 1], arguments[n + 2], arguments[n + 3] = R.seats .. teammate, R.attached .. teammate, R.sessions .. session
      looked_up[n + 1], looked_up[n + 2], looked_up[n + 3] = teammate, teammate, session
      n = n + 3
    end
    at = after
  end
  local texts_found = redis.call('HMGET', K.records, unpack(arguments, 1, n))
  local held, attached, known_sessions = known_of(R.seats), known_of(R.attached), known_of(R.sessions)
  for i = 3, n, 3 do
    held[looked_up[i]], attached[looked_up[i + 1]], known_sessions[looked_up[i + 2]] =
      texts_found[i], texts_found[i + 1], texts_found[i + 2]
  end
  if texts_found[1] then read_license(texts_found[1]) else begin_license() end
  config = config_of(texts_found[2] or NO_CONFIG)
end

local function save_config(text)
  config, step.changed, step.stirred = config_of(text), true, true
  step.config = text
end

local function save_license()
  for name in pairs(step.emptied or {}) do serves(name) end -- takes note of those that have none
  if license.line == 1 and waiting() == 0 then license.line = 0 end
  write_index()
  write_records(license_text())
end

-- A license is open when it has a generation, on the server that it was last used on: another run id means that
-- this server may have forgotten what that one knew. A generation that has no fences or turns left for a whole batch
-- is as good as forgotten, as its fences would run into the next one's.
local function is_open()
  return license.generation > 0 and license.run == run_id()
    and math.max(license.granted, license.turned) + MAX_BATCH < FENCES_PER_GENERATION
end
