-- Answers an ask in the name of who was asked. Nothing happens when it is over already.
--
-- KEYS  records R.asks
-- ARGS  id of accept
--       of: who was asked; '': the administrators
-- REPLY done
function op.answer(id, of, accept)
  local ask = asks.of(id)
  if ask and ask.of == of then asks.finish(ask, accept == '1' and 'accepted' or 'declined') end
  return {'done'}
end
