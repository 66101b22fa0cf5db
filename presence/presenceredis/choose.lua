-- Takes what a teammate chose.
--
-- KEYS  entries choices untils
-- ARGS  teammate number chosen note till before before_note
-- REPLY chosen entry | no_teammate
function op.choose(teammate, number, chosen, note, till, before, before_note)
  local t = teammate_of(teammate)
  if not t then return {'no_teammate'} end
  roster.wish(t, number, chosen, note, till, before, before_note)
  roster.restate(t)
  return {'chosen', entry_text(t)}
end
