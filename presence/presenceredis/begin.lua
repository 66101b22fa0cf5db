-- What operations share: their table, whose a session is, and the head.

local op = {} -- the operations by name; each is in a file of its own

-- How far the server's clock may go back while that counts as no time passed.
local BACK_AT_MOST = 1000

local function head()
  return {int(license.generation), int(license.version), license.revision, int(license.window)}
end

-- A session of its own teammate, false when it is not known; or the reply that tells why there is none.
local function mine(teammate, id)
  local mate = mate_of(teammate)
  if not mate then return nil, nil, {'no_teammate'} end
  local over = ended(id)
  if over then return nil, nil, {'ended', id, over[1], over[2]} end
  local session = session_of(id)
  if session and session.teammate ~= teammate then return nil, nil, {'no_teammate'} end
  return mate, session
end
