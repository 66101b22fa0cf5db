package main

import "slices"

// seatsRedis are bugs in the Redis engine: in its Lua files, which its tests read with the bug in them.
var seatsRedis = slices.Concat(redisCore, redisLine, redisPolicies, redisHalts, redisClock)

// redisCore are bugs in how seats are taken, kept and given back.
var redisCore = []mutant{
	{
		name: "a lease is told to have ended when that was noticed",
		file: "seats/seatsredis/expire.lua", old: "  end_lease(name, ends)\n  keep(", new: "  end_lease(name, now)\n  keep(",
		tests: []string{"TestConformance/Single/OthersCanReadWhenALeaseEndedHoweverLateThatIsNoticed"},
	},
	{
		name: "the end of a lease without sessions is not told",
		file: "seats/seatsredis/expire.lua", old: "    if ends <= now then end_lease(name, ends) end", new: "    if ends <= now then leases[name] = nil redis.call('HDEL', K.nodes, name) end",
		tests: []string{"TestConformance/Single/OthersCanReadWhenALeaseEndedHoweverLateThatIsNoticed"},
	},
	{
		name: "one seat more than the total",
		file: "seats/seatsredis/stays.lua", old: "used() - fewer < config.total", new: "used() - fewer <= config.total",
		tests: []string{"TestConformance/Single/Promise1_NeverMoreSeatsThanTheTotal", "TestModel/Single"},
	},
	{
		name:  "a counter instead of a count",
		file:  "seats/seatsredis/records.lua",
		old:   "step.used or count(I.seated)",
		new:   "step.used or license.granted - count(I.lost)",
		tests: []string{"TestConformance/Single/Promise3_FencesStrictlyGrow"},
	},
	{
		name: "leave does not look at the fence",
		file: "seats/seatsredis/leave.lua", old: "seat and seat.fence == fence", new: "seat",
		tests: []string{"TestConformance/Single/LeaveOfAnotherFenceGivesNothingBack"},
	},
	{
		name: "a leave behind its free takes the successor's stay",
		file: "seats/seatsredis/leave.lua", old: "seat.fence == fence then", new: "at_most(fence, seat.fence) then",
		tests: []string{"TestConformance/Single/LeaveOfAnotherFenceGivesNothingBack"},
	},
	{
		name: "leave detaches no other device",
		file: "seats/seatsredis/losses.lua", old: "left = true, ", new: "",
		tests: []string{"TestConformance/Single/LeaveGivesTheSeatBackAndDetachesAllDevices"},
	},
	{
		name: "a session that asks no longer stays attached",
		file: "seats/seatsredis/leave.lua", old: "    endings.detach(teammate, id)\n", new: "",
		tests: []string{"TestConformance/Single/LeaveOfOneWhoWasRefusedDetachesTheSession"},
	},
	{
		name: "a device that asks no longer is detached from the seat of another",
		file: "seats/seatsredis/endings.lua", old: " or seat_of(teammate) or waiter_of(teammate)", new: "",
		tests: []string{"TestConformance/Single/LeaveOfOneWhoWasRefusedDetachesTheSession"},
	},
	{
		name: "free does not look at the fence",
		file: "seats/seatsredis/free.lua", old: "seat and seat.fence == fence", new: "seat",
		tests: []string{"TestConformance/Single/Promise3_FreeOfAnotherFenceTakesNothing"},
	},
	{
		name: "a repeated free is not recognized",
		file: "seats/seatsredis/free.lua", old: "loss and loss[3] == fence", new: "loss and loss[3] == '0'",
		tests: []string{"TestConformance/Single/FreeRepeatedIsAnsweredAlikeWithoutEffect"},
	},
	{
		name: "a freed seat is not taken from all devices",
		file: "seats/seatsredis/losses.lua", old: "{freed = true, ", new: "{",
		tests: []string{"TestConformance/Single/FreeDetachesAllDevices"},
	},
	{
		name: "a loss is forgotten before its cooldown is over",
		file: "seats/seatsredis/losses.lua", old: "math.max(now + ENDED_MEMORY, loss.cooldown or 0)", new: "now + ENDED_MEMORY",
		tests: []string{"TestConformance/Single/ALossIsRememberedAsLongAsItsCooldown"},
	},
	{
		name: "a late heartbeat revives",
		file: "seats/seatsredis/main.lua", old: "if over() then", new: "if over() and ARGV[3] ~= 'renew' then",
		tests: []string{"TestConformance/Single/LateHeartbeatRevivesNoLostSeat"},
	},
	{
		name: "a lapsed node's sessions stay live",
		file: "seats/seatsredis/sessions.lua", old: "    if leases[all[i + 1]] then\n      live = live + 1\n", new: "    if all[i + 1] then\n      live = live + 1\n",
		tests: []string{
			"TestConformance/Single/Promise7_ACrashedNodesSeatsAreFreeAfterLeaseAndGrace",
			"TestConformance/Single/LogoutIgnoresDevicesThatAreNotLive",
		},
	},
	{
		name: "grace counts from when the lapse was noticed",
		file: "seats/seatsredis/expire.lua", old: "ends + config.grace", new: "now + config.grace",
		tests: []string{"TestConformance/Single/DelayedTickAppliesDeadlinesAtTheirMoments"},
	},
	{
		name: "a stay is lost when that was noticed",
		file: "seats/seatsredis/losses.lua", old: "loss.at or step.moment", new: "loss.at or now",
		tests: []string{"TestConformance/Single/DelayedTickAppliesDeadlinesAtTheirMoments"},
	},
	{
		name: "what is due now comes later",
		file: "seats/seatsredis/begin.lua", old: "license.due <= now or", new: "license.due < now or",
		tests: []string{"TestConformance/Single/GraceThatRanOutLosesTheSeat"},
	},
	{
		name:  "take does not know ended sessions",
		file:  "seats/seatsredis/sessions.lua",
		old:   "  if session == ENDED or session and",
		new:   "  if session == ENDED then session = false end\n  if session and",
		tests: []string{"TestConformance/Single/Promise4_ATakeBehindItsLogoutIsEnded"},
	},
	{
		name: "a session that was resumed unseen is not ended",
		file: "seats/seatsredis/take.lua", old: "    endings.bury(id)\n", new: "",
		tests: []string{"TestConformance/Single/ResumeOfASessionNotYetSeenEndsIt"},
	},
	{
		name: "repeated takes are not told by their number",
		file: "seats/seatsredis/take.lua", old: "session and at_most(seq, session.seq)", new: "session and seq == '0'",
		tests: []string{"TestConformance/Single/Promise4_ARepeatedTakeTakesNoSeatThatBecameFree"},
	},
	{
		name: "a client that lost a reply takes twice",
		file: "seats/seatsredis/take.lua",
		old:  "at_most(seq, session.seq) then",
		new:  "at_most(seq, session.seq) and seat_of(teammate) then",
		tests: []string{
			"TestConformance/Single/Promise4_ARepeatedTakeTakesNoSeatThatBecameFree",
			"TestPromise1_HistoriesAreOneAfterAnother/Single",
		},
	},
	{
		name: "a take of any revision will do",
		file: "seats/seatsredis/sessions.lua", old: "if revision ~= license.revision", new: "if license.revision == '0'",
		tests: []string{"TestConformance/Single/TakeOfAnotherRevisionIsStale"},
	},
	{
		name: "the highest free number is taken",
		file: "seats/seatsredis/stays.lua", old: "  local number = gaps and first(I.gaps)\n",
		new:   "  local all = gaps and members(I.gaps) or {}\n  local number = all[1] and standing(all[#all])\n",
		tests: []string{"TestConformance/Single/LowestFreeNumberIsTaken"},
	},
	{
		name: "fences are written as Lua writes numbers",
		file: "seats/seatsredis/stays.lua", old: "return int(license.generation", new: "return tostring(license.generation",
		tests: []string{"TestConformance/Single/Promise3_FencesStartAtTheGeneration"},
	},
	{
		name: "logout ignores other devices",
		file: "seats/seatsredis/logout.lua", old: " or sessions.present(teammate) > 0", new: "",
		tests: []string{"TestConformance/Single/LogoutOfOneDeviceKeepsTheSeat"},
	},
	{
		name: "drop ignores other devices",
		file: "seats/seatsredis/graces.lua", old: "live > 0 or not record", new: "not record",
		tests: []string{"TestConformance/Single/DropOfOneDeviceBeginsNoGrace"},
	},
	{
		name: "a second drop prolongs the grace",
		file: "seats/seatsredis/graces.lua", old: " or record.grace ~= '0'", new: "",
		tests: []string{"TestConformance/Single/GraceIsNotProlongedByASecondDrop"},
	},
	{
		name: "the deadline is ignored",
		file: "seats/seatsredis/begin.lua", old: "now >= deadline", new: "now < 0",
		tests: []string{"TestConformance/Single/Promise4_ABatchAfterItsDeadlineDoesNothing"},
	},
	{
		name:  "the same revision is applied again",
		file:  "seats/seatsredis/configure.lua",
		old:   "if at_most(revision, license.revision)",
		new:   "if revision ~= license.revision and at_most(revision, license.revision)",
		tests: []string{"TestConformance/Single/RevisionOlderOrEqualChangesNothing"},
	},
	{
		name: "those no longer seated are not announced",
		file: "seats/seatsredis/board.lua", old: "if was and not is then tell('gone'", new: "if was and is then tell('gone'",
		tests: []string{"TestConformance/Single/Promise9_ChangesLeadToTheBoardThatIsRead"},
	},
	{
		name: "ended sessions are forgotten before commands are void",
		file: "seats/seatsredis/endings.lua", old: "now + ENDED_MEMORY", new: "now + ENDED_MEMORY / 4",
		tests: []string{"TestConformance/Single/Promise4_EndedSessionsOutliveCommands"},
	},
	{
		name: "sessions of dead nodes are never forgotten",
		file: "seats/seatsredis/board.lua", old: "  what, at, who = sooner(what, at, who, 'node_forgotten', I.lapsed)\n", new: "",
		tests: []string{
			"TestConformance/Single/RenewTellsWhetherTheNodeIsKnown",
			"TestConformance/Single/WhatIsDueAtOnceGoesInOrder",
		},
	},
	{
		name: "the server's run id is not looked at",
		file: "seats/seatsredis/state.lua", old: " and license.run == run_id()", new: "",
		tests: []string{"TestPromise3_FencesGrowThroughARestartThatKeptData"},
	},
	{
		name: "a session is attached for one step alone",
		file: "seats/seatsredis/sessions.lua", old: "  step.moved[teammate] = true\n", new: "",
		tests: []string{
			"TestConformance/Single/LogoutOfOneDeviceKeepsTheSeat",
			"TestModel/Single",
		},
	},
	{
		name: "a key is not declared",
		file: "seats/seatsredis/routing.lua", old: "-- KEYS  records R.seats", new: "-- KEYS  records",
		tests: []string{"TestHeadersSayWhatTheOperationsDo/routing"},
	},
}
