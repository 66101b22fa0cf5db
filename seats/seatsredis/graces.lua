-- Graces of seats and of places.

-- Begins the grace of a seat or a place whose last live session is gone. A grace that runs already began when that
-- was; it is not begun again.
function graces.begin(teammate, till)
  local live = sessions.present(teammate)
  local record, key = seat_of(teammate), K.graces
  if not record then record, key = waiter_of(teammate), K.place_graces end
  if live > 0 or not record or record.grace ~= '0' then return end
  touch(teammate)
  record.grace = int(till)
  put(key, record.grace, teammate)
  sessions.recount(teammate)
end

-- Has a seat or a place stay with whom it is.
function graces.finish(teammate)
  local record, key = seat_of(teammate), K.graces
  if not record then record, key = waiter_of(teammate), K.place_graces end
  if not record or record.grace == '0' then return end
  touch(teammate)
  record.grace = '0'
  drop(key, teammate)
  sessions.recount(teammate)
end
