-- Brings the license to a later revision, or to whatever the database has.
--
-- KEYS  entries choices sessions index graces untils ended memory
-- ARGS  revision grace sessions_allowed base whole members removed
--       members: packed, each as roster.enroll takes it, packed; removed: packed
-- REPLY done | stale revision
function op.configure(revision, grace, sessions_allowed, base, whole, members, removed)
  if whole == '0' then
    if state.revision == revision then return {'done'} end
    if not at_most(base, state.revision) or not at_most(state.revision, revision) then return {'stale', state.revision} end
  end
  state.revision, state.grace, state.sessions = revision, tonumber(grace), tonumber(sessions_allowed)
  local there = {}
  for _, member in ipairs(texts(members)) do
    local t, new = roster.enroll(unpack(texts(member)))
    if new then roster.hear(t) end
    there[t.id] = true
    roster.settle(t)
  end
  for _, id in ipairs(texts(removed)) do
    if teammate_of(id) then roster.expunge(id) end
  end
  if whole == '1' then
    for _, id in ipairs(redis.call('HKEYS', K.entries)) do
      if not there[id] then roster.expunge(id) end
    end
  end
  return {'done'}
end
