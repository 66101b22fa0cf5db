package main

// memPolicies are bugs in what follows from policies, and in what is explained and counted.
var memPolicies = []mutant{
	{
		name: "whom a seat would help is not asked",
		file: "seats/seatsmem/settle.go", old: "|| !l.helps(c == administrators) {", new: "{",
		tests: []string{"TestConformance/AnIdleHolderIsWarnedWhereThatHelps"},
	},
	{
		name: "an administrator's seat helps like any other",
		file: "seats/decide.go", old: "\tif administrator {\n\t\to.Administrators--\n\t}\n", new: "",
		tests: []string{"TestConformance/AnIdleHolderIsWarnedWhereThatHelps"},
	},
	{
		name: "the shortest idle of two classes is warned",
		file: "seats/seatsmem/settle.go", old: "head.before(first)", new: "first.before(head)",
		tests: []string{"TestConformance/TheLongestIdleIsWarned"},
	},
	{
		name:  "a warning is made twice as short",
		file:  "seats/seatsmem/settle.go",
		old:   "s.at + s.config.IdleWarning.Milliseconds()",
		new:   "s.at + s.config.IdleWarning.Milliseconds()/2",
		tests: []string{"TestConformance/AWarningComesAtItsMoment", "TestConformance/TheWarnedLosesTheSeatAtTheDeadline"},
	},
	{
		name:  "a warning counts from when it was noticed",
		file:  "seats/seatsmem/settle.go",
		old:   "= s.at + s.config.IdleWarning",
		new:   "= s.now + s.config.IdleWarning",
		tests: []string{"TestConformance/AWarningComesAtItsMoment"},
	},
	{
		name: "activity is no veto",
		file: "seats/seatsmem/settle.go", old: "t.idle.set() && s.idleFor(t) <= s.at && s.helps", new: "s.helps",
		tests: []string{"TestConformance/ActivityIsAVeto"},
	},
	{
		name: "a warning outlives whom it helps",
		file: "seats/seatsmem/settle.go", old: " && s.helps(t.holder.administrator)", new: "",
		tests: []string{"TestConformance/AWarningIsWithdrawnWhenItHelpsNobodyAnyMore"},
	},
	{
		name:  "a warning outlives its policy",
		file:  "seats/seatsmem/settle.go",
		old:   "return s.config.IdleAfter > 0 &&",
		new:   "return s.config.IdleWarning >= 0 &&",
		tests: []string{"TestConformance/TheIdlePolicyChangesForWhoIsWarned"},
	},
	{
		name:  "the warned keep the seat",
		file:  "seats/seatsmem/expire.go",
		old:   "consider(warningEnds, l.warned.holder.warnedUntil)",
		new:   "consider(warningEnds, 0)",
		tests: []string{"TestConformance/TheWarnedLosesTheSeatAtTheDeadline"},
	},
	{
		name: "who lost a seat to idleness comes back by itself",
		file: "seats/board.go", old: "LostLeft, LostIdle,", new: "LostLeft,",
		tests: []string{"TestConformance/TheWarnedLosesTheSeatAtTheDeadline"},
	},
	{
		name:  "one idle device is enough",
		file:  "seats/seatsmem/license.go",
		old:   "\t\tif s.idle == 0 {\n\t\t\treturn 0\n",
		new:   "\t\tif s.idle == 0 {\n\t\t\tcontinue\n",
		tests: []string{"TestConformance/AHolderIsIdleWhenAllDevicesAre"},
	},
	{
		name: "idle since the first device is",
		file: "seats/seatsmem/license.go", old: "since = max(since, s.idle)", new: "since = s.idle",
		tests: []string{"TestConformance/AHolderIsIdleWhenAllDevicesAre"},
	},
	{
		name:  "devices of dead nodes count as idle",
		file:  "seats/seatsmem/license.go",
		old:   "\t\tif !s.live() {\n\t\t\tcontinue\n",
		new:   "\t\tif !s.attached {\n\t\t\tcontinue\n",
		tests: []string{"TestConformance/AnIdleHolderWhoIsInGraceIsNotIdle"},
	},
	{
		name: "a take is no activity",
		file: "seats/seatsmem/take.go", old: "\tsession.idle = 0\n", new: "",
		tests: []string{"TestConformance/ActivityIsAVeto"},
	},
	{
		name: "idleness told again begins again",
		file: "seats/seatsmem/activity.go", old: "case session.idle == 0:", new: "case c.Idle:",
		tests: []string{"TestConformance/Promise4_ARepeatedOrLateSetIdleChangesNothing"},
	},
	{
		name: "commands are not told by their number",
		file: "seats/seatsmem/leave.go", old: "case seq <= session.seq:", new: "case seq == 0:",
		tests: []string{
			"TestConformance/Promise4_ARepeatedOrLateSetIdleChangesNothing",
			"TestConformance/Promise4_ARepeatedOrLateSetRoutingChangesNothing",
		},
	},
	{
		name: "routing does not look at the fence",
		file: "seats/seatsmem/activity.go", old: "case t.holder.fence != c.Fence:", new: "case t.holder.fence == 0:",
		tests: []string{"TestConformance/RoutingOfAnotherFenceIsStale"},
	},
	{
		name: "a reservation is not used up",
		file: "seats/decide.go", old: "max(0, o.Reserved-o.Administrators)", new: "o.Reserved",
		tests: []string{
			"TestConformance/ASeatIsOpenByWhatIsReservedForOthers",
			"TestConformance/AnAdministratorSeatedUsesAReservedSeat",
		},
	},
	{
		name: "a reservation binds administrators too",
		file: "seats/decide.go", old: "\tif administrator {\n\t\treturn 0\n\t}\n", new: "",
		tests: []string{
			"TestConformance/ASeatIsOpenByWhatIsReservedForOthers",
			"TestConformance/AReservedSeatGoesToTheFirstAdministratorInLine",
		},
	},
	{
		name: "a reservation is for those granted as administrators",
		file: "seats/seatsmem/configure.go", old: "\t\ts.classify(t)\n", new: "",
		tests: []string{"TestConformance/ASwitchTurnedWhileSeatedMovesTheReservation"},
	},
	{
		name: "a reservation does not bind the line",
		file: "seats/seatsmem/line.go",
		old:  "if !o.Open(c == administrators) {",
		new:  "if !o.Open(true) {",
		tests: []string{
			"TestConformance/AReservedSeatGoesToTheFirstAdministratorInLine",
			"TestConformance/ALowerReservationServesWhoWaits",
		},
	},
	{
		name: "overage is rounded up",
		file: "seats/config.go", old: "return seatCap * 5 / 4", new: "return (seatCap*5 + 3) / 4",
		tests: []string{"TestConformance/Promise1_NeverMoreSeatsThanTheTotal"},
	},
	{
		name: "the first above the cap is not marked",
		file: "seats/seatsmem/release.go",
		old:  "overage: s.used() >= s.config.Cap",
		new:  "overage: s.used() > s.config.Cap",
		tests: []string{
			"TestConformance/SeatsAboveTheCapAreMarkedOverage",
			"TestConformance/AWaiterGetsTheLowestFreeNumberAndANewFence",
		},
	},
	{
		name:  "the oldest are evicted",
		file:  "seats/seatsmem/settle.go",
		old:   "cmp.Compare(b.holder.fence, a.holder.fence)",
		new:   "cmp.Compare(a.holder.fence, b.holder.fence)",
		tests: []string{"TestConformance/Promise1_EvictNewestReleasesTheHighestFences"},
	},
	{
		name: "all are evicted",
		file: "seats/seatsmem/settle.go", old: "newest[:s.used()-s.config.Total()]", new: "newest",
		tests: []string{"TestConformance/EvictNewestSparesWhoFits"},
	},
	{
		name: "the evicted come back by themselves",
		file: "seats/board.go", old: "LostIdle, LostShrunk:", new: "LostIdle:",
		tests: []string{"TestConformance/Promise1_EvictNewestReleasesTheHighestFences"},
	},
	{
		name: "without a policy the newest are evicted",
		file: "seats/seatsmem/settle.go",
		old:  "s.config.OnShrink == seats.ShrinkEvictNewest",
		new:  "s.config.OnShrink != seats.ShrinkDrain",
		tests: []string{
			"TestConformance/Promise1_WhileDrainingUseNeverRises",
			"TestConformance/Promise1_ALoweredCapDrains",
		},
	},
	{
		name: "draining ends when all are gone",
		file: "seats/seatsmem/settle.go", old: "s.draining && !s.overfull()", new: "s.draining && s.used() == 0",
		tests: []string{"TestConformance/DrainingBeginsAndEndsWithItsCause"},
	},
	{
		name: "one session too many",
		file: "seats/seatsmem/take.go",
		old:  "others >= s.config.SessionsPerTeammate",
		new:  "others > s.config.SessionsPerTeammate",
		tests: []string{
			"TestConformance/OneSessionTooManyIsRefusedAndNothingIsDone",
			"TestConformance/TheLimitIsForEachTeammate",
		},
	},
	{
		name: "a session counts beside itself",
		file: "seats/seatsmem/take.go", old: "other != session && other.id != resumes", new: "other.id != resumes",
		tests: []string{"TestConformance/ASessionThatIsThereIsNotOneMore"},
	},
	{
		name: "a resumed session counts",
		file: "seats/seatsmem/take.go", old: " && other.id != resumes", new: "",
		tests: []string{"TestConformance/AResumedSessionDoesNotCount"},
	},
	{
		name: "sessions of dead nodes count",
		file: "seats/seatsmem/take.go", old: "other.live() && other != session", new: "other != session",
		tests: []string{"TestConformance/SessionsThatAreNotLiveOrAttachedDoNotCount"},
	},
	{
		name:  "a cooldown outlives its lift",
		file:  "seats/seatsmem/free.go",
		old:   "t.cooldown.set() && t.coolFence <= c.Fence",
		new:   "t.cooldown.set() && t.coolFence < c.Fence",
		tests: []string{"TestConformance/ALiftedCooldownIsOverAtOnce"},
	},
	{
		name: "a lift does not look at the fence",
		file: "seats/seatsmem/free.go", old: "t.cooldown.set() && t.coolFence <= c.Fence", new: "t.cooldown.set()",
		tests: []string{
			"TestConformance/ALiftOfAnEarlierSeatSparesALaterCooldown",
			"TestConformance/Promise4_ARepeatedLiftSparesTheNextCooldown",
		},
	},
	{
		name: "a cooldown's end serves nobody",
		file: "seats/seatsmem/expire.go", old: "\tconsider(cooldownEnds, l.cooling.at())\n", new: "",
		tests: []string{"TestConformance/Promise7_ACooldownThatEndsServesItsWaiterAtThatMoment"},
	},
	{
		name:  "a cooldown ends with the place",
		file:  "seats/seatsmem/line.go",
		old:   "\t\ts.cooldowns.put(t, until)\n\t}\n\tt.waiting, t",
		new:   "\t\t_ = until\n\t}\n\tt.waiting, t",
		tests: []string{"TestConformance/ACooldownOutlivesItsPlace"},
	},
	{
		name: "a waiter's place is told as the first",
		file: "seats/seatsmem/explain.go", old: "reply.Place = s.place(t)", new: "reply.Place = 1",
		tests: []string{"TestConformance/ExplainTellsThePlaceByPriority"},
	},
	{
		name: "the later chance is told",
		file: "seats/seatsmem/explain.go", old: "warned < chance", new: "warned > chance",
		tests: []string{"TestConformance/ExplainTellsTheEarliestChance"},
	},
	{
		name:  "what is reserved is told to who may use it",
		file:  "seats/seatsmem/explain.go",
		old:   "o.ReservedForOthers(c.Member.Administrator)",
		new:   "o.ReservedForOthers(false)",
		tests: []string{"TestConformance/ExplainTellsWhatIsReserved"},
	},
	{
		name: "stays that expire are not counted",
		file: "seats/seatsmem/release.go",
		old:  "\ts.ended++\n",
		new:  "\tif loss.Reason != seats.LostExpired {\n\t\ts.ended++\n\t}\n",
		tests: []string{
			"TestConformance/Promise8_StaysBegunLessStaysEndedAreTheHolders",
			"TestConformance/Promise8_ClaimedStaysAreCounted",
		},
	},
	{
		name: "a hand-over forgets to accept chats",
		file: "seats/seatsmem/hand_over.go", old: "routing: seats.AcceptingChats,", new: "routing: giver.holder.routing,",
		tests: []string{"TestConformance/RoutingEndsWithTheSeat"},
	},
}
