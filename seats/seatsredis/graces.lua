-- Graces of seats and of places.

-- Begins the grace of a seat or a place whose last live session is gone. A grace that runs already began when that
-- was; it is not begun again.
function graces.begin(teammate, till)
  local live = sessions.present(teammate)
  local record, kind = seat_of(teammate), I.graces
  if not record then record, kind = waiter_of(teammate), I.place_graces end
  if live > 0 or not record or record.grace ~= '0' then return end
  touch(teammate)
  record.grace = int(till)
  put(kind, record.grace, teammate)
  sessions.recount(teammate)
end

-- Has a seat or a place stay with whom it is.
function graces.finish(teammate)
  local record, kind = seat_of(teammate), I.graces
  if not record then record, kind = waiter_of(teammate), I.place_graces end
  if not record or record.grace == '0' then return end
  touch(teammate)
  drop(kind, record.grace, teammate)
  record.grace = '0'
  sessions.recount(teammate)
end
