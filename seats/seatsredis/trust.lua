-- Whether what is stored can be gone on from.

-- A license is open when it has a generation, on the server that it was last used on: another run id means that
-- this server may have forgotten what that one knew. A generation that has no fences left for a whole batch is as
-- good as forgotten, as its fences would run into the next one's.
local function is_open()
  return license.generation > 0 and license.run == run_id()
    and license.granted + MAX_BATCH < FENCES_PER_GENERATION
end

-- The operations by name; each is in a file of its own.
local op = {}
