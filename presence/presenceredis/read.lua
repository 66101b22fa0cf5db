-- Reads the whole roster, unless the caller has it.
--
-- KEYS  entries choices
-- ARGS  epoch version
-- REPLY roster head entries | unchanged
function op.read(epoch, version)
  if epoch == int(state.generation) and version == int(state.version) then return {'unchanged'} end
  roster.save()
  return {'roster', roster.head(), redis.call('HVALS', K.entries)}
end
