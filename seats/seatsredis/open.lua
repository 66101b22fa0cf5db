-- Begins a generation: what there was is forgotten, the configuration too. Does nothing when the license is open
-- already. The main loop lets it pass only where it may begin one.
--
-- KEYS  meta seats gaps sessions index nodes lapsed graces losses memory
-- ARGS  generation cooldowns
--       cooldowns: packed, teammate and end (ms) of each
-- REPLY done
function op.open(generation, cooldowns)
  if is_open() then return {'done'} end
  redis.call('DEL', K.meta, K.seats, K.gaps, K.sessions, K.index, K.nodes, K.lapsed, K.graces, K.losses, K.memory)
  leases = {} -- nothing else was looked at yet
  redis.call('HSET', K.meta, 'generation', generation, 'run', run_id(), 'granted', 0, 'version', 0, 'revision', 0,
    'status', '', 'cap', 0, 'total', 0, 'grace', 0)
  load_license()
  local list = texts(cooldowns)
  for i = 1, #list, 2 do
    if tonumber(list[i + 1]) > now then redis.call('ZADD', K.memory, list[i + 1], 'c:' .. list[i]) end
  end
  changed = true
  return {'done'}
end
