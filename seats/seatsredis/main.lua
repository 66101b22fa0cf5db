-- The main loop: one moment, one pass of what is due, the commands in order, one announcement.
--
-- KEYS  records index nodes over changes
-- ARGS  as the prelude has it
-- REPLY late now | unopened now generation | ok now due epoch version change replies
--       change: packed as announced, '' when nothing changed; replies: one for each command

local function call()
  local answer = begin()
  if answer then return answer end
  if step.opened then
    if step.back > BACK_AT_MOST then clock.set_back(step.back) end
    if over() then expire.pass() end
  end
  local replies, at = {}, 3
  while ARGV[at] do
    local name, first_one, last, after = command(at)
    replies[#replies + 1] = op[name](unpack(ARGV, first_one, last))
    settle()
    at = after
  end
  local change = publish()
  license.due, license.last = due(), now
  save_license()
  return {'ok', now, license.due, license.generation, license.version, change, replies}
end
