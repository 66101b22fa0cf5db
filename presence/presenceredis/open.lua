-- Begins a generation: what there was is forgotten, but for sessions that were ended. Does nothing where the license is
-- open: of several nodes that find it unopened one is the first.
--
-- KEYS  mates sessions index graces untils
-- ARGS  generation window revision grace limit members
--       members: packed; teammate name operator administrator seen shown number status note till before_status
--       before_note of each
-- REPLY done
function op.open(generation, window, revision, grace, limit, members)
  if is_open() then return {'done'} end
  redis.call('DEL', K.mates, K.sessions, K.index, K.graces, K.untils)
  mates, sessions = {}, {}
  local last = license.last
  license = nothing_yet()
  license.generation, license.run, license.last = tonumber(generation), run_id(), last
  license.revision, license.grace, license.limit = revision, tonumber(grace), tonumber(limit)
  if window ~= '0' then license.window = now + tonumber(window) end
  local list = texts(members)
  for i = 1, #list, MEMBER_FIELDS do enroll(list, i) end
  return {'done'}
end
