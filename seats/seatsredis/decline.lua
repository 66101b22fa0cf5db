-- Says no to an ask. Nothing happens when it is over already.
--
-- KEYS  asks
-- ARGS  id teammate
-- REPLY done
function op.decline(id, teammate)
  local ask = asks.of(id)
  if ask and ask.of == teammate then asks.finish(ask, 'declined') end
  return {'done'}
end
