-- Brings the license to a later revision.
--
-- KEYS  mates sessions index graces untils ended memory
-- ARGS  revision grace limit base whole members removed
--       members: as for open; removed: packed teammates
-- REPLY done | stale revision
function op.configure(revision, grace, limit, base, whole, members, removed)
  if whole ~= '1' then
    if license.revision == revision then return {'done'} end
    if not at_most(base, license.revision) or not at_most(license.revision, revision) then
      return {'stale', license.revision}
    end
  end
  license.revision, license.grace, license.limit = revision, tonumber(grace), tonumber(limit)
  local list, there = texts(members), {}
  for i = 1, #list, MEMBER_FIELDS do
    there[list[i]] = true
    if enroll(list, i) then hear(list[i]) end
  end
  for _, teammate in ipairs(texts(removed)) do expunge(teammate) end
  if whole == '1' then
    save_mates() -- those who came in this step are to be found too
    for _, teammate in ipairs(redis.call('HKEYS', K.mates)) do
      if not there[teammate] then expunge(teammate) end
    end
  end
  return {'done'}
end
