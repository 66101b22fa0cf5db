package main

// redisMutants are bugs in the Redis engine, most of them in its Lua files, which Go embeds from the overlay
// as it does from the disk.
var redisMutants = []mutant{
	{
		name: "one seat more than the total",
		file: "seats/seatsredis/effects.lua", old: "used() < license.total", new: "used() <= license.total",
		tests: []string{"TestConformance/Single/Promise1_NeverMoreSeatsThanTheTotal", "TestModel/Single"},
	},
	{
		name: "a counter instead of a count",
		file: "seats/seatsredis/records.lua", old: "redis.call('HLEN', K.seats)",
		new:   "license.granted - redis.call('HLEN', K.losses)",
		tests: []string{"TestConformance/Single/Promise3_FencesStrictlyGrow", "TestModel/Single"},
	},
	{
		name: "leave does not look at the fence",
		file: "seats/seatsredis/leave.lua", old: "seat and seat.fence == fence", new: "seat",
		tests: []string{"TestConformance/Single/LeaveOfAnotherFenceGivesNothingBack", "TestModel/Single"},
	},
	{
		name: "free does not look at the fence",
		file: "seats/seatsredis/free.lua", old: "seat and seat.fence == fence", new: "seat",
		tests: []string{"TestConformance/Single/Promise3_FreeOfAnotherFenceTakesNothing"},
	},
	{
		name: "a late heartbeat revives",
		file: "seats/seatsredis/main.lua", old: "    expire()\n", new: "    if ARGV[3] ~= 'renew' then expire() end\n",
		tests: []string{"TestConformance/Single/LateHeartbeatRevivesNoLostSeat", "TestModel/Single"},
	},
	{
		name: "a lapsed node's sessions stay live",
		file: "seats/seatsredis/records.lua", old: "if leases[string.match(member, '[^:]*$')] then n = n + 1 end", new: "n = n + 1",
		tests: []string{"TestConformance/Single/Promise7_ACrashedNodesSeatsAreFreeAfterLeaseAndGrace", "TestModel/Single"},
	},
	{
		name: "grace counts from when the lapse was noticed",
		file: "seats/seatsredis/expire.lua", old: "local till = ends + ", new: "local till = now + ",
		tests: []string{"TestConformance/Single/DelayedTickAppliesDeadlinesAtTheirMoments", "TestModel/Single"},
	},
	{
		name: "take does not know ended sessions",
		file: "seats/seatsredis/take.lua", old: "if is_ended(id) or session and", new: "if session and",
		tests: []string{"TestConformance/Single/Promise4_ATakeBehindItsLogoutIsEnded", "TestModel/Single"},
	},
	{
		name: "repeated takes are not told by their number",
		file: "seats/seatsredis/take.lua", old: "session and at_most(seq, session.seq)", new: "session and seq == '0'",
		tests: []string{"TestConformance/Single/Promise4_ARepeatedTakeTakesNoSeatThatBecameFree", "TestModel/Single"},
	},
	{
		name: "a take of any revision will do",
		file: "seats/seatsredis/take.lua", old: "revision ~= license.revision", new: "license.revision == '0'",
		tests: []string{"TestConformance/Single/TakeOfAnotherRevisionIsStale", "TestModel/Single"},
	},
	{
		name: "the highest free number is taken",
		file: "seats/seatsredis/take.lua", old: "'ZPOPMIN'", new: "'ZPOPMAX'",
		tests: []string{"TestConformance/Single/LowestFreeNumberIsTaken"},
	},
	{
		name: "fences are written as Lua writes numbers",
		file: "seats/seatsredis/take.lua", old: "fence = int(", new: "fence = tostring(",
		tests: []string{"TestConformance/Single/Promise3_FencesStartAtTheGeneration"},
	},
	{
		name: "logout and drop ignore other devices",
		file: "seats/seatsredis/effects.lua", old: " and live(teammate) == 0", new: "",
		tests: []string{
			"TestConformance/Single/LogoutOfOneDeviceKeepsTheSeat",
			"TestConformance/Single/DropOfOneDeviceBeginsNoGrace",
		},
	},
	{
		name: "a second drop prolongs the grace",
		file: "seats/seatsredis/drop.lua", old: " and seat_of(teammate).grace == '0'", new: "",
		tests: []string{"TestConformance/Single/GraceIsNotProlongedByASecondDrop"},
	},
	{
		name: "the deadline is ignored",
		file: "seats/seatsredis/main.lua", old: "now >= deadline", new: "now < 0",
		tests: []string{"TestConformance/Single/Promise4_ABatchAfterItsDeadlineDoesNothing"},
	},
	{
		name: "those no longer seated are not announced",
		file: "seats/seatsredis/board.lua", old: "elseif was and not seat then", new: "elseif was and seat then",
		tests: []string{"TestConformance/Single/Promise9_ChangesLeadToTheBoardThatIsRead", "TestModel/Single"},
	},
	{
		name: "the server's run id is not looked at",
		file: "seats/seatsredis/trust.lua", old: " and license.run == run_id()", new: "",
		tests: []string{"TestPromise3_FencesGrowThroughARestartThatKeptData"},
	},
	{
		name: "a count of live sessions outlives a new one",
		file: "seats/seatsredis/effects.lua", old: "refusal = refusal})\n  counts[teammate] = nil\n", new: "refusal = refusal})\n",
		tests: []string{"TestConformance/Single/Promise5_ASecondDeviceGetsTheSameSeat", "TestModel/Single"},
	},
	{
		name: "a leave behind its free takes the successor's stay",
		file: "seats/seatsredis/leave.lua", old: "seat.fence == fence then", new: "at_most(fence, seat.fence) then",
		tests: []string{"TestPromise1_HistoriesAreOneAfterAnother/Single", "TestModel/Single"},
	},
	{
		name: "a freed seat is not taken from all devices",
		file: "seats/seatsredis/free.lua", old: "    detach_all(teammate)\n", new: "",
		tests: []string{"TestPromise1_HistoriesAreOneAfterAnother/Single", "TestModel/Single"},
	},
	{
		name: "a client that lost a reply takes twice",
		file: "seats/seatsredis/take.lua", old: "at_most(seq, session.seq) then", new: "at_most(seq, session.seq) and seat_of(teammate) then",
		tests: []string{"TestPromise1_HistoriesAreOneAfterAnother/Single", "TestConformance/Single/Promise4_ARepeatedTakeTakesNoSeatThatBecameFree"},
	},
}
