-- Which operations this batch calls: the others are not made.

local called = {}
do
  local at = 3
  while ARGV[at] do
    local name, _, _, after = command(at)
    called[name], at = true, after
  end
end
