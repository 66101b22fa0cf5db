-- The main loop: one moment, one expiry pass, the commands in order, one announcement.
--
-- KEYS  meta seats gaps sessions index nodes lapsed graces losses memory changes
-- ARGS  as the prelude has it
-- REPLY late now | unopened now generation | ok now due epoch version change replies
--       change: packed as announced, '' when nothing changed; replies: one for each command
local function main()
  if now >= deadline then return {'late', int(now)} end
  load_license()
  if is_open() then
    load_leases()
    expire()
  elseif ARGV[3] ~= 'open' or tonumber(ARGV[5]) <= license.generation then
    return {'unopened', int(now), int(license.generation)}
  end
  local replies, at = {}, 3
  while ARGV[at] do
    local name, first, last, after = command(at)
    replies[#replies + 1] = op[name](unpack(ARGV, first, last))
    at = after
  end
  local change = publish()
  return {'ok', int(now), due(), int(license.generation), int(license.version), change, replies}
end

return main()
