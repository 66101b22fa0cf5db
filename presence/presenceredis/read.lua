-- Tells the roster, unless the caller has it as it is.
--
-- KEYS  mates
-- ARGS  epoch version
-- REPLY unchanged | roster head values
--       values: of K.mates
function op.read(epoch, version)
  if epoch == int(license.generation) and version == int(license.version) then return {'unchanged'} end
  save_mates()
  return {'roster', head(), redis.call('HVALS', K.mates)}
end
