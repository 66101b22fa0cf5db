-- Begins a generation: what there was is forgotten, but for sessions that were ended. Does nothing when the license is
-- open already. The beginning lets it pass only where it may begin one.
--
-- KEYS  meta entries choices sessions index graces untils memory nodes
-- ARGS  generation window revision grace sessions_allowed members
--       window: how long nodes may let their sessions arrive anew
--       members: packed, each as roster.enroll takes it, packed
-- REPLY done
function op.open(generation, window, revision, grace, sessions_allowed, members)
  if is_open() then return {'done'} end
  redis.call('DEL', K.meta, K.entries, K.choices, K.sessions, K.index, K.graces, K.untils)
  if step.back > BACK_AT_MOST then clock.shift(K.memory, step.back) end
  local _, forget = earliest(K.memory)
  state = nothing_yet()
  state.generation, state.run = tonumber(generation), run_id()
  state.moved, state.forget = leases_moved(), forget or 0
  state.revision, state.grace, state.sessions = revision, tonumber(grace), tonumber(sessions_allowed)
  if window ~= '0' then state.window = now + tonumber(window) end
  for _, member in ipairs(texts(members)) do roster.settle(roster.enroll(unpack(texts(member)))) end
  return {'done'}
end
