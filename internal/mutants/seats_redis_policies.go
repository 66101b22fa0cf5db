package main

// redisPolicies are bugs in what follows from policies, and in what is explained and counted.
var redisPolicies = []mutant{
	{
		name: "whom a seat would help is not asked",
		file: "seats/seatsredis/settling.lua", old: " and helps(administrator) then", new: " then",
		tests: []string{"TestConformance/Single/AnIdleHolderIsWarnedWhereThatHelps"},
	},
	{
		name: "an administrator's seat helps like any other",
		file: "seats/seatsredis/settling.lua", old: "administrator == '1' and 1 or 0", new: "0",
		tests: []string{"TestConformance/Single/AnIdleHolderIsWarnedWhereThatHelps"},
	},
	{
		name: "the shortest idle of two classes is warned",
		file: "seats/seatsredis/settling.lua", old: "at < since or", new: "at > since or",
		tests: []string{"TestConformance/Single/TheLongestIdleIsWarned"},
	},
	{
		name:  "a warning counts from when it was noticed",
		file:  "seats/seatsredis/settling.lua",
		old:   "int(step.moment + config.idle_warning)",
		new:   "int(now + config.idle_warning)",
		tests: []string{"TestConformance/Single/AWarningComesAtItsMoment"},
	},
	{
		name: "a warning to come is no moment to call at",
		file: "seats/seatsredis/board.lua", old: "enough and (not at or enough < at)", new: "enough and enough <= now",
		tests: []string{"TestConformance/Single/AWarningComesAtItsMoment"},
	},
	{
		name:  "activity is no veto",
		file:  "seats/seatsredis/settling.lua",
		old:   "seat.idle ~= '0' and tonumber(seat.idle) + config.idle_after <= step.moment\n    and ",
		new:   "",
		tests: []string{"TestConformance/Single/ActivityIsAVeto"},
	},
	{
		name: "a warning outlives whom it helps",
		file: "seats/seatsredis/settling.lua", old: "\n    and helps(seat.administrator)", new: "",
		tests: []string{"TestConformance/Single/AWarningIsWithdrawnWhenItHelpsNobodyAnyMore"},
	},
	{
		name: "a warning outlives its policy",
		file: "seats/seatsredis/settling.lua", old: "config.idle_after > 0 and seat", new: "seat",
		tests: []string{"TestConformance/Single/TheIdlePolicyChangesForWhoIsWarned"},
	},
	{
		name:  "the warned keep the seat",
		file:  "seats/seatsredis/board.lua",
		old:   "    if not at or ends < at then what, at, who = 'warning_ends', ends, license.warned end\n",
		new:   "",
		tests: []string{"TestConformance/Single/TheWarnedLosesTheSeatAtTheDeadline"},
	},
	{
		name: "who lost a seat to idleness comes back by itself",
		file: "seats/seatsredis/losses.lua", old: "idle = true, ", new: "",
		tests: []string{"TestConformance/Single/TheWarnedLosesTheSeatAtTheDeadline"},
	},
	{
		name: "one idle device is enough",
		file: "seats/seatsredis/sessions.lua", old: "active, idle = since == 0,", new: "active, idle = active,",
		tests: []string{"TestConformance/Single/AHolderIsIdleWhenAllDevicesAre"},
	},
	{
		name: "idle since the first device is",
		file: "seats/seatsredis/sessions.lua", old: "math.max(idle, since)", new: "idle == 0 and since or math.min(idle, since)",
		tests: []string{"TestConformance/Single/AHolderIsIdleWhenAllDevicesAre"},
	},
	{
		name: "a take is no activity",
		file: "seats/seatsredis/take.lua", old: "  session.idle = '0'\n", new: "",
		tests: []string{"TestConformance/Single/ActivityIsAVeto"},
	},
	{
		name: "idleness told again begins again",
		file: "seats/seatsredis/idle.lua", old: "elseif session.idle == '0' then", new: "else",
		tests: []string{"TestConformance/Single/Promise4_ARepeatedOrLateSetIdleChangesNothing"},
	},
	{
		name: "commands are not told by their number",
		file: "seats/seatsredis/sessions.lua", old: "  if at_most(seq, session.seq) then return {'done'} end\n", new: "",
		tests: []string{
			"TestConformance/Single/Promise4_ARepeatedOrLateSetIdleChangesNothing",
			"TestConformance/Single/Promise4_ARepeatedOrLateSetRoutingChangesNothing",
		},
	},
	{
		name:  "routing does not look at the fence",
		file:  "seats/seatsredis/routing.lua",
		old:   "  if seat.fence ~= fence then return {'stale_fence', seat.fence} end\n",
		new:   "",
		tests: []string{"TestConformance/Single/RoutingOfAnotherFenceIsStale"},
	},
	{
		name:  "a hand-over forgets to accept chats",
		file:  "seats/seatsredis/hand_over.lua",
		old:   "name, administrator, 'hand_over')\n",
		new:   "name, administrator, 'hand_over')\n  seat_of(colleague).routing = seat.routing\n",
		tests: []string{"TestConformance/Single/RoutingEndsWithTheSeat"},
	},
	{
		name: "a reservation is not used up",
		file: "seats/seatsredis/stays.lua",
		old:  "config.reserved - administrators() + fewer_administrators",
		new:  "config.reserved",
		tests: []string{
			"TestConformance/Single/ASeatIsOpenByWhatIsReservedForOthers",
			"TestConformance/Single/AnAdministratorSeatedUsesAReservedSeat",
		},
	},
	{
		name: "a reservation binds administrators too",
		file: "seats/seatsredis/stays.lua", old: "config.reserved > 0 and administrator ~= '1'", new: "config.reserved > 0",
		tests: []string{
			"TestConformance/Single/ASeatIsOpenByWhatIsReservedForOthers",
			"TestConformance/Single/AReservedSeatGoesToTheFirstAdministratorInLine",
		},
	},
	{
		name: "a reservation is for those granted as administrators",
		file: "seats/seatsredis/configure.lua", old: "      stays.classify(teammate, administrator)\n", new: "",
		tests: []string{"TestConformance/Single/ASwitchTurnedWhileSeatedMovesTheReservation"},
	},
	{
		name: "a reservation does not bind the line",
		file: "seats/seatsredis/line.lua", old: "stays.open(administrator, fewer", new: "stays.open('1', fewer",
		tests: []string{
			"TestConformance/Single/AReservedSeatGoesToTheFirstAdministratorInLine",
			"TestConformance/Single/ALowerReservationServesWhoWaits",
		},
	},
	{
		name: "the first above the cap is not marked",
		file: "seats/seatsredis/stays.lua", old: "used() >= config.cap", new: "used() > config.cap",
		tests: []string{"TestConformance/Single/SeatsAboveTheCapAreMarkedOverage"},
	},
	{
		name:  "the oldest are evicted",
		file:  "seats/seatsredis/settling.lua",
		old:   "not at_most(seat_of(a).fence, seat_of(b).fence)",
		new:   "not at_most(seat_of(b).fence, seat_of(a).fence)",
		tests: []string{"TestConformance/Single/Promise1_EvictNewestReleasesTheHighestFences"},
	},
	{
		name: "all are evicted",
		file: "seats/seatsredis/settling.lua", old: "for i = 1, used() - config.total do", new: "for i = 1, #newest do",
		tests: []string{"TestConformance/Single/EvictNewestSparesWhoFits"},
	},
	{
		name: "the evicted come back by themselves",
		file: "seats/seatsredis/losses.lua", old: ", shrunk = true", new: "",
		tests: []string{"TestConformance/Single/Promise1_EvictNewestReleasesTheHighestFences"},
	},
	{
		name: "without a policy the newest are evicted",
		file: "seats/seatsredis/settling.lua", old: "config.on_shrink == 'evict_newest'", new: "config.on_shrink ~= 'drain'",
		tests: []string{
			"TestConformance/Single/Promise1_WhileDrainingUseNeverRises",
			"TestConformance/Single/Promise1_ALoweredCapDrains",
		},
	},
	{
		name:  "draining ends when all are gone",
		file:  "seats/seatsredis/settling.lua",
		old:   "license.draining == 1 and not stays.overfull()",
		new:   "license.draining == 1 and used() == 0",
		tests: []string{"TestConformance/Single/DrainingBeginsAndEndsWithItsCause"},
	},
	{
		name: "one session too many",
		file: "seats/seatsredis/take.lua", old: "others >= config.sessions", new: "others > config.sessions",
		tests: []string{
			"TestConformance/Single/OneSessionTooManyIsRefusedAndNothingIsDone",
			"TestConformance/Single/TheLimitIsForEachTeammate",
		},
	},
	{
		name: "a session counts beside itself",
		file: "seats/seatsredis/take.lua", old: " and other ~= id", new: "",
		tests: []string{"TestConformance/Single/ASessionThatIsThereIsNotOneMore"},
	},
	{
		name: "a resumed session counts",
		file: "seats/seatsredis/take.lua", old: " and other ~= resumes", new: "",
		tests: []string{"TestConformance/Single/AResumedSessionDoesNotCount"},
	},
	{
		name: "sessions of dead nodes count",
		file: "seats/seatsredis/take.lua", old: "leases[node_of] and other", new: "other",
		tests: []string{"TestConformance/Single/SessionsThatAreNotLiveOrAttachedDoNotCount"},
	},
	{
		name:  "a cooldown outlives its lift",
		file:  "seats/seatsredis/lift.lua",
		old:   "ends and at_most(cooled, fence)",
		new:   "ends and cooled ~= fence and at_most(cooled, fence)",
		tests: []string{"TestConformance/Single/ALiftedCooldownIsOverAtOnce"},
	},
	{
		name: "a lift does not look at the fence",
		file: "seats/seatsredis/lift.lua", old: "ends and at_most(cooled, fence)", new: "ends",
		tests: []string{
			"TestConformance/Single/ALiftOfAnEarlierSeatSparesALaterCooldown",
			"TestConformance/Single/Promise4_ARepeatedLiftSparesTheNextCooldown",
		},
	},
	{
		name:  "a cooldown's end serves nobody",
		file:  "seats/seatsredis/board.lua",
		old:   "    what, at, who = sooner(what, at, who, 'cooldown_ends', I.cooling)\n",
		new:   "",
		tests: []string{"TestConformance/Single/Promise7_ACooldownThatEndsServesItsWaiterAtThatMoment"},
	},
	{
		name:  "a cooldown ends with the place",
		file:  "seats/seatsredis/line.lua",
		old:   "    remember(I.cooled, tonumber(waiter.cooldown), teammate)\n",
		new:   "    keep(R.cooldowns, teammate, false)\n",
		tests: []string{"TestConformance/Single/ACooldownOutlivesItsPlace"},
	},
	{
		name: "a waiter's place is told as the first",
		file: "seats/seatsredis/explain.lua", old: "place = line.place(waiter)", new: "place = 1",
		tests: []string{"TestConformance/Single/ExplainTellsThePlaceByPriority"},
	},
	{
		name: "the later chance is told",
		file: "seats/seatsredis/explain.lua", old: "math.min(chance or math.huge,", new: "math.max(chance or 0,",
		tests: []string{"TestConformance/Single/ExplainTellsTheEarliestChance"},
	},
	{
		name: "what is reserved is told to who may use it",
		file: "seats/seatsredis/explain.lua", old: "if administrator ~= '1' then others", new: "if administrator then others",
		tests: []string{"TestConformance/Single/ExplainTellsWhatIsReserved"},
	},
	{
		name: "stays that expire are not counted",
		file: "seats/seatsredis/losses.lua",
		old:  "license.ended = license.ended + 1",
		new:  "if loss.reason ~= 'expired' then license.ended = license.ended + 1 end",
		tests: []string{
			"TestConformance/Single/Promise8_StaysBegunLessStaysEndedAreTheHolders",
			"TestConformance/Single/Promise8_ClaimedStaysAreCounted",
		},
	},
}
