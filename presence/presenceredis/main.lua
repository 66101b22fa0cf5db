-- The main loop: one moment, one pass of what is due, the commands in order, one announcement.
--
-- KEYS  meta mates sessions index graces untils ended memory nodes over changes
-- ARGS  as the prelude has it
-- REPLY late now | unopened now generation | ok now due epoch version change replies
--       change: packed as announced, '' when nothing changed; replies: one for each command

-- Writes and announces what the step changed, and returns it packed; '' when nothing changed.
local function publish()
  save_mates()
  local entries, removed = {}, {}
  for _, teammate in ipairs(step.touched) do
    local mate, was = mates[teammate], step.before[teammate]
    if mate then
      local is = entry_of(mate)
      if is ~= was then entries[#entries + 1] = is end
    elseif was ~= '' then
      removed[#removed + 1] = teammate
    end
  end
  if pack(head()) == step.begun and #entries + #removed + #step.closing == 0 then return '' end
  local large = '0'
  if #entries + #removed > MOST_ANNOUNCED then large, entries, removed = '1', {}, {} end
  license.version = license.version + 1
  return announce(K.changes, {FORMAT, step.from, head(), due(), large, entries, removed, step.closing})
end

local function main()
  load_license()
  local back = license.last - now
  if back > 0 and back <= BACK_AT_MOST then
    now = license.last
    step.at = now
  end
  if now >= deadline then return {'late', int(now)} end
  local opened = is_open()
  if not opened and (ARGV[3] ~= 'open' or tonumber(ARGV[5]) <= license.generation) then
    return {'unopened', int(now), int(license.generation)}
  end
  if opened then
    step.begun, step.from = pack(head()), license.version
    if back > BACK_AT_MOST then set_back(back) end
    let_pass()
  else
    forget_old()
  end
  local replies, at = {}, 3
  while ARGV[at] do
    local name, begin, last, after = command(at)
    replies[#replies + 1] = op[name](unpack(ARGV, begin, last))
    at = after
  end
  local change = publish()
  license.last = now
  save_license()
  return {'ok', int(now), int(due()), int(license.generation), int(license.version), change, replies}
end

return main()
