-- The main loop: one moment, one pass of what is due, the commands in order, one announcement.
--
-- KEYS  meta entries choices sessions index graces untils ended memory nodes over moved changes
-- ARGS  as the prelude has it
-- REPLY late now | unopened now generation | ok now due epoch version change replies
--       change: packed as announced, '' when nothing changed; replies: one for each command

local function main()
  if opened then
    if back > BACK_AT_MOST then clock.set_back(back) end
    if passing then pass.pass() end
  end
  local replies, at = {}, 3
  while ARGV[at] do
    local name, begin, last, after = command(at)
    replies[#replies + 1] = op[name](unpack(ARGV, begin, last))
    at = after
  end
  state.due, state.last = due(), now
  local change = roster.publish()
  save_state()
  return {'ok', int(now), int(state.due), int(state.generation), int(state.version), change, replies}
end

return main()
