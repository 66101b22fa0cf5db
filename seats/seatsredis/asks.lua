-- Asks: requests to a holder to hand over, or to the administrators for more seats.

-- An ask that was made less than its life ago; it may be over. nil: there is none of that id.
function asks.of(id)
  local text = text_of(R.asks, id)
  if not text then return nil end
  local ask = {id = id}
  ask.from, ask.of, ask.fence, ask.till, ask.over, ask.name, ask.note = unpack(texts(text))
  return ask
end

function asks.save(ask)
  keep(R.asks, ask.id, pack({ask.from, ask.of, ask.fence, ask.till, ask.over, ask.name, ask.note}))
end

function asks.shown(ask) return {ask.id, ask.from, ask.name, ask.of, ask.fence, ask.note, ask.till} end

-- An ask's members of the index: by who made it, and by the holder who is asked.
function asks.sides(ask)
  local made = 'f:' .. ask.from .. ':' .. ask.id
  if ask.of == '' then return {made} end
  return {made, 'o:' .. ask.of .. ':' .. ask.id}
end

-- The asks made by a teammate (f), or to them (o).
function asks.indexed(side, teammate)
  local found = {}
  for _, member in ipairs(members(I.asked, side .. ':' .. teammate .. ':')) do
    found[#found + 1] = asks.of(string.match(member, '[^:]*$'))
  end
  return found
end

-- Ends an ask that is open. It is remembered until its time is over, so that nobody asks again and again.
function asks.finish(ask, outcome)
  if ask.over == '1' then return end
  ask.over = '1'
  asks.save(ask)
  tell('answered', pack({ask.id, ask.from, ask.of, outcome}))
end

-- The open ask of one teammate to another for a seat, or nil.
function asks.open(from, of, fence)
  if license.asking == 0 then return nil end
  for _, ask in ipairs(asks.indexed('f', from)) do
    if ask.of == of and ask.over == '0' and ask.fence == fence then return ask end
  end
end

-- Whether an ask came to nothing: who asked has a seat or is gone, or the holder who is asked has that seat no more.
local function vain(ask)
  if seat_of(ask.from) or sessions.present(ask.from) == 0 then return true end
  if ask.of == '' then return false end
  local seat = seat_of(ask.of)
  return not seat or seat.fence ~= ask.fence
end

-- Withdraws asks that came to nothing, of those whom the step has touched since the last look.
function asks.review()
  local dirty = step.dirty
  step.dirty = nil
  for teammate in pairs(dirty or {}) do
    for _, side in ipairs({'f', 'o'}) do
      for _, ask in ipairs(asks.indexed(side, teammate)) do
        if vain(ask) then asks.finish(ask, 'withdrawn') end
      end
    end
  end
end
