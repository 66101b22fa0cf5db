-- Takes what a teammate chose.
--
-- KEYS  mates sessions index graces untils
-- ARGS  teammate number status note till before_status before_note
-- REPLY chosen entry | no_teammate
function op.choose(teammate, ...)
  if not mate_of(teammate) then return {'no_teammate'} end
  wish(teammate, ...)
  show(teammate)
  return {'chosen', entry_of(mate_of(teammate))}
end
