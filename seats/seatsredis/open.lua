-- Begins a generation: what there was is forgotten, the configuration too. Does nothing when the license is open
-- already. The main loop lets it pass only where it may begin one.
--
-- KEYS  records index nodes over R.attached R.bars R.claimed R.cooldowns R.losses R.seats R.sessions R.waiters
--       I.administrators I.barred I.cooled I.cooling I.gaps I.graces I.idling I.idling_administrators I.line
--       I.line_administrators I.lost I.place_graces I.ready I.ready_administrators I.seated
-- ARGS  generation in_cooldown window grace holders in_line
--       in_cooldown: packed, teammate, end (ms) and fence of each
--       window: how long nodes may claim; grace: of those that were kept
--       holders: packed, teammate, name, administrator, number, since, overage, via and routing of each that was kept
--       in_line: packed, teammate, name, administrator and since of each that was kept
-- REPLY done
function op.open(generation, in_cooldown, window, grace, holders, in_line)
  if is_open() then return {'done'} end
  redis.call('DEL', K.records, K.index)
  forget_leases()
  known, changes = {}, 0
  begin_license()
  license.generation, license.run, license.moved = tonumber(generation), run_id(), leases_moved()
  save_config(NO_CONFIG)
  if window ~= '0' then license.halt, license.window = now + tonumber(window), 1 end
  local list = texts(in_cooldown)
  for i = 1, #list, 3 do
    local ends, fence = tonumber(list[i + 1]), list[i + 2]
    if ends > now then
      cooldowns.begin(list[i], ends, fence)
      if bars.claimable(fence) then -- also when the cooldown is over
        bars.fence(list[i], fence, {reason = 'freed', cooldown = ends})
      end
    end
  end
  local till = now + tonumber(grace)
  list = texts(holders)
  for i = 1, #list, 8 do
    stays.claim_number(list[i + 3], list[i])
    stays.occupy(list[i], {
      name = list[i + 1], administrator = list[i + 2], number = list[i + 3], fence = stays.next_fence(),
      since = list[i + 4], overage = list[i + 5], via = list[i + 6], routing = list[i + 7],
    })
    graces.begin(list[i], till)
  end
  list = texts(in_line)
  for i = 1, #list, 4 do
    line.wait(list[i], list[i + 1], list[i + 2], line.next_turn(), list[i + 3])
    graces.begin(list[i], till)
  end
  return {'done'}
end
