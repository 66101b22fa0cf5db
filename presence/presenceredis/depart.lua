-- Ends a session whose client logged out.
--
-- KEYS  mates sessions index graces ended memory
-- ARGS  teammate id
-- REPLY done
function op.depart(teammate, id)
  local mate, known = leave(teammate, id, 'departed', '')
  if mate and (known or lingers(mate, id)) then vanish(teammate) end
  return {'done'}
end
