-- The main loop: one moment, one pass of what is due, the commands in order, one announcement.
--
-- KEYS  meta seats waiters gaps claimed administrators idling idling_administrators line line_administrators ready
--       ready_administrators sessions index nodes over moved lapsed graces place_graces losses memory cooldowns cooling asks
--       ask_ends ask_index bars changes
-- ARGS  as the prelude has it
-- REPLY late now | unopened now generation | ok now due epoch version change replies
--       change: packed as announced, '' when nothing changed; replies: one for each command

local function main()
  if opened then
    if back > BACK_AT_MOST then clock.set_back(back) end
    if over() then expire.pass() end
  end
  local replies, at = {}, 3
  while ARGV[at] do
    local name, begin, last, after = command(at)
    replies[#replies + 1] = op[name](unpack(ARGV, begin, last))
    settle()
    at = after
  end
  local change = publish()
  license.due, license.last = due(), now
  save_license()
  return {'ok', int(now), int(license.due), int(license.generation), int(license.version), change, replies}
end

return main()
