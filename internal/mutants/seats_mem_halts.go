package main

// memHalts are bugs in silence, in windows, in what a restart finds, and in the order of what is due at one moment.
var memHalts = []mutant{
	{
		name: "silence is not waited for",
		file: "seats/seatsmem/expire.go", old: "if !s.halted() && s.silent() {", new: "if s.halted() && s.silent() {",
		tests: []string{
			"TestConformance/Promise7_InSilenceNothingExpiresForAThirdOfTheLease",
			"TestConformance/LivingNodesKeepAllThroughSilence",
		},
	},
	{
		name: "silence matters to nobody",
		file: "seats/seatsmem/expire.go", old: " && l.used()+l.waiting() > 0", new: "",
		tests: []string{"TestConformance/SilenceMattersWhereSomebodyHoldsOrWaits"},
	},
	{
		name: "silence lasts for a whole lease",
		file: "seats/seatsmem/expire.go", old: "const silence = 3", new: "const silence = 1",
		tests: []string{"TestConformance/Promise7_InSilenceNothingExpiresForAThirdOfTheLease"},
	},
	{
		name:  "silence lasts by the longest lease",
		file:  "seats/seatsmem/renew.go",
		old:   "max(s.alive, end), c.Lease.Milliseconds()",
		new:   "max(s.alive, end), max(s.lease, c.Lease.Milliseconds())",
		tests: []string{"TestConformance/TheLastLeasesLengthCounts"},
	},
	{
		name: "what was due in a halt came at its own moment",
		file: "seats/seatsmem/expire.go", old: "s.at = max(at, floor)", new: "s.at = at",
		tests: []string{
			"TestConformance/WhatWasDueComesWhenTheSilenceIsOver",
			"TestConformance/Promise7_WhatBecameDueInAWindowComesWhenItIsOver",
		},
	},
	{
		name: "dead nodes lapse when a silence is over",
		file: "seats/seatsmem/expire.go", old: "forget := n.alarm.at + ", new: "forget := s.at + ",
		tests: []string{"TestConformance/DeadNodesLapseAtTheirOwnMoments"},
	},
	{
		name: "takes are granted in a halt",
		file: "seats/seatsmem/take.go", old: "Halted:   l.halted(),", new: "Halted:   false,",
		tests: []string{"TestConformance/InSilenceNothingIsGranted", "TestConformance/InAWindowNewcomersGetNoSeat"},
	},
	{
		name: "seats are handed on in a halt",
		file: "seats/seatsmem/settle.go",
		old:  "\tif !s.halted() {\n\t\tif s.draining",
		new:  "\tif s.now > 0 {\n\t\tif s.draining",
		tests: []string{
			"TestConformance/InSilenceSeatsAreGivenBackAndGrantedAfterwards",
			"TestConformance/InAWindowNothingExpiresOrIsGranted",
		},
	},
	{
		name: "seats are handed over in a halt",
		file: "seats/seatsmem/hand_over.go", old: "case s.halted():", new: "case s.halted() && to == nil:",
		tests: []string{"TestConformance/InSilenceNothingIsGranted", "TestConformance/InAWindowNothingIsHandedOver"},
	},
	{
		name: "holders are evicted in a halt",
		file: "seats/seatsmem/settle.go", old: " && !s.halted() {", new: " {",
		tests: []string{
			"TestConformance/InSilenceNobodyIsWarnedOrEvicted",
			"TestConformance/Promise1_ClaimsAboveTheTotalAreEvictedAfterTheWindow",
		},
	},
	{
		name: "nobody is evicted when a halt is over",
		file: "seats/seatsmem/expire.go", old: "\t\t\ts.shrink()\n", new: "",
		tests: []string{
			"TestConformance/InSilenceNobodyIsWarnedOrEvicted",
			"TestConformance/Promise1_ClaimsAboveTheTotalAreEvictedAfterTheWindow",
			"TestConformance/Promise1_ClaimsIgnoreTheTotalAndDrainAfterTheWindow",
		},
	},
	{
		name: "a chance is promised within a halt",
		file: "seats/seatsmem/explain.go", old: "s.left(max(chance, s.halt))", new: "s.left(chance)",
		tests: []string{"TestConformance/ExplainTellsNoChanceBeforeTheEndOfAHalt"},
	},
	{
		name: "a claim gets a new fence",
		file: "seats/seatsmem/claim.go", old: "fence: h.Fence, since:", new: "fence: s.nextFence(), since:",
		tests: []string{"TestConformance/Promise3_AClaimBringsNumberAndFenceBack"},
	},
	{
		name: "a seat is held since it was claimed",
		file: "seats/seatsmem/claim.go", old: "since: h.Since.UnixMilli()", new: "since: s.at",
		tests: []string{"TestConformance/Promise3_AClaimBringsNumberAndFenceBack"},
	},
	{
		name: "a seat is held since it was kept",
		file: "seats/seatsmem/open.go", old: "since: h.Since.UnixMilli()", new: "since: s.at",
		tests: []string{"TestConformance/Promise3_KeptSeatsHaveTheirNumbersUnderNewFences"},
	},
	{
		name: "fences begin below those claimed",
		file: "seats/seatsmem/release.go",
		old:  "return seats.Fence(int64(s.generation)*",
		new:  "return seats.Fence(int64(s.generation-1)*",
		tests: []string{
			"TestConformance/Promise3_FencesOfTheNewGenerationAreAboveAllClaimed",
			"TestConformance/Promise3_FencesStartAtTheGeneration",
		},
	},
	{
		name: "a number that is claimed is free",
		file: "seats/seatsmem/claim.go", old: "\ts.absent(t, s.claimedGrace(h.", new: "\ts.numbers.free.add(h.Number - 1)\n\ts.absent(t, s.claimedGrace(h.",
		tests: []string{"TestConformance/Promise3_FencesOfTheNewGenerationAreAboveAllClaimed"},
	},
	{
		name: "fences yet to come are claimed",
		file: "seats/seatsmem/claim.go", old: "!s.claimable(number) && !t.has(c)", new: "number < 0",
		tests: []string{"TestConformance/Promise3_AFenceThatNoEarlierGenerationGaveIsUnclaimed"},
	},
	{
		name: "a claim prolongs a grace",
		file: "seats/seatsmem/claim.go", old: "return min(until, most)", new: "return most",
		tests: []string{"TestConformance/AClaimWithoutASessionIsInGraceAsTheNodeSawIt"},
	},
	{
		name: "a claim has any grace",
		file: "seats/seatsmem/claim.go", old: "return min(until, most)", new: "return until",
		tests: []string{"TestConformance/AClaimWithoutASessionIsInGraceAsTheNodeSawIt"},
	},
	{
		name:  "claims stop at the total",
		file:  "seats/seatsmem/claim.go",
		old:   "\th := c.Holder\n\tif t.has(c) {",
		new:   "\th := c.Holder\n\tif !s.occupancy().Open(true) {\n\t\treturn t.seated\n\t}\n\tif t.has(c) {",
		tests: []string{"TestConformance/Promise1_ClaimsIgnoreTheTotalAndDrainAfterTheWindow"},
	},
	{
		name: "the first claim of a number stands",
		file: "seats/seatsmem/claim.go", old: "if other.holder.fence >= h.Fence {", new: "if other.holder.fence > 0 {",
		tests: []string{"TestConformance/OfTwoClaimsOfANumberTheHigherFenceStands"},
	},
	{
		name: "the last claim of a number stands",
		file: "seats/seatsmem/claim.go", old: "if other.holder.fence >= h.Fence {", new: "if other.holder.fence < 0 {",
		tests: []string{"TestConformance/OfTwoClaimsOfANumberTheHigherFenceStands"},
	},
	{
		name:  "the first claim of a teammate stands",
		file:  "seats/seatsmem/claim.go",
		old:   "return t.seated && t.holder.fence >= c.Holder.Fence",
		new:   "return t.seated",
		tests: []string{"TestConformance/Promise5_OfTwoClaimsOfATeammateTheHigherFenceStands"},
	},
	{
		name:  "the later of two places stands",
		file:  "seats/seatsmem/claim.go",
		old:   "t.waiting && t.waiter.turn <= c.Waiter.Turn",
		new:   "t.waiting && t.waiter.turn >= c.Waiter.Turn",
		tests: []string{"TestConformance/Promise6_TheEarlierOfTwoPlacesStands"},
	},
	{
		name: "a claimed place is at the end of the line",
		file: "seats/seatsmem/claim.go", old: "turn: w.Turn, since", new: "turn: s.nextTurn(), since",
		tests: []string{"TestConformance/Promise6_AfterAWindowWaitersStandInTheirEarlierOrder"},
	},
	{
		name: "who claims a seat waits on",
		file: "seats/seatsmem/claim.go", old: "\tif t.waiting {\n\t\ts.unwait(t)\n\t}\n", new: "",
		tests: []string{"TestConformance/ASeatClaimedEndsThePlace"},
	},
	{
		name: "claims are taken after the window",
		file: "seats/seatsmem/claim.go", old: "if !s.window || c.Generation", new: "if c.Generation",
		tests: []string{"TestConformance/AfterTheWindowAClaimComesTooLate"},
	},
	{
		name: "claims of any generation are taken",
		file: "seats/seatsmem/claim.go", old: "if !s.window || c.Generation != s.generation {", new: "if !s.window {",
		tests: []string{"TestConformance/AfterTheWindowAClaimComesTooLate"},
	},
	{
		name: "a claim in grace of any revision will do",
		file: "seats/seatsmem/claim.go", old: "if s.config.Revision != c.Revision {", new: "if s.config.Revision == 0 {",
		tests: []string{"TestConformance/AClaimNeedsALeaseItsRevisionAndItsSession"},
	},
	{
		name:  "a claim is activity",
		file:  "seats/seatsmem/take.go",
		old:   "known.seq, known.refusal = max(known.seq, seq), \"\"",
		new:   "known.seq, known.refusal, known.idle = max(known.seq, seq), \"\", 0",
		tests: []string{"TestConformance/Promise4_ARepeatedClaimChangesNothing"},
	},
	{
		name: "a leave bars no claim",
		file: "seats/seatsmem/leave.go", old: "\t\ts.barFence(c.Teammate, c.Fence, loss)\n", new: "",
		tests: []string{"TestConformance/Promise4_ALeaveBarsClaims"},
	},
	{
		name: "a leave bars no lower fence",
		file: "seats/seatsmem/claim.go", old: "t.bar.loss.Fence >= fence", new: "t.bar.loss.Fence == fence",
		tests: []string{"TestConformance/Promise4_ALeaveBarsClaims"},
	},
	{
		name:  "a lower fence that was claimed outlives a bar",
		file:  "seats/seatsmem/claim.go",
		old:   "if t := s.teammates[id]; t.seated && t.holder.fence < fence {",
		new:   "if t := s.teammates[id]; t.seated && fence == 0 {",
		tests: []string{"TestConformance/Promise4_ALeaveBarsClaims", "TestConformance/Promise4_AFreeBarsClaims"},
	},
	{
		name:  "what was claimed and lost is claimed again",
		file:  "seats/seatsmem/claim.go",
		old:   "t.forget.set() && t.lost.Fence >= fence",
		new:   "t.forget.set() && t.lost.Fence < 0",
		tests: []string{"TestConformance/Promise4_ALeaveBarsClaims", "TestConformance/Promise4_AFreeBarsClaims"},
	},
	{
		name: "a free bars no claim",
		file: "seats/seatsmem/free.go", old: "s.barFence(c.Teammate, c.Fence, s.freeing(t, c))", new: "s.freeing(t, c)",
		tests: []string{"TestConformance/Promise4_AFreeBarsClaims"},
	},
	{
		name: "an unwait bars no claim",
		file: "seats/seatsmem/leave.go", old: "\t\ts.barTurn(c.Teammate, c.Turn)\n", new: "",
		tests: []string{"TestConformance/Promise4_AnUnwaitBarsClaims"},
	},
	{
		name: "a logout bars no claim in grace",
		file: "seats/seatsmem/logout.go", old: "s.bar(c.Teammate).departed = true", new: "s.bar(c.Teammate)",
		tests: []string{"TestConformance/Promise4_ALogoutBarsClaimsWithoutASession"},
	},
	{
		name: "a logout of an ended session bars claims",
		file: "seats/seatsmem/logout.go", old: "s.window && s.mayEnd(c.Teammate, c.Session)", new: "s.window",
		tests: []string{"TestConformance/ALogoutThatIsNoNewsBarsNothing"},
	},
	{
		name: "the last logout in a window does not wait for other devices",
		file: "seats/seatsmem/logout.go", old: "case s.window: //", new: "case s.window && attached == (t == nil): //",
		tests: []string{"TestConformance/TheLastLogoutInAWindowLeavesTheSeatInGraceUntilItsEnd"},
	},
	{
		name:  "the cooldowns of the opening bar no claim",
		file:  "seats/seatsmem/open.go",
		old:   "if s.claimable(int64(cooldown.Fence)) {",
		new:   "if s.claimable(-int64(cooldown.Fence)) {",
		tests: []string{"TestConformance/TheCooldownsOfTheOpeningBarClaims"},
	},
	{
		name: "who is no operator claims",
		file: "seats/seatsmem/claim.go", old: "case !c.Member.Operator:", new: "case !c.Member.Operator && t == nil:",
		tests: []string{"TestConformance/ASwitchTurnedOffBarsClaims"},
	},
	{
		name:  "seats of an expired license are claimed",
		file:  "seats/seatsmem/claim.go",
		old:   "case s.config.Status != seats.Active && fence > 0:",
		new:   "case s.config.Status == \"\" && fence > 0:",
		tests: []string{"TestConformance/ALicenseNoLongerActiveBarsClaimsOfSeats"},
	},
	{
		name:  "a seat that may be claimed yet is told as nobody's",
		file:  "seats/seatsmem/hand_over.go",
		old:   "case s.claimable(int64(c.Fence)):",
		new:   "case s.claimable(-int64(c.Fence)):",
		tests: []string{"TestConformance/InAWindowNothingIsHandedOver"},
	},
	{
		name: "a kept seat has its fence from before",
		file: "seats/seatsmem/open.go", old: "fence: s.nextFence()", new: "fence: h.Fence",
		tests: []string{"TestConformance/Promise3_KeptSeatsHaveTheirNumbersUnderNewFences"},
	},
	{
		name: "a number that is kept is free",
		file: "seats/seatsmem/open.go", old: "\t\ts.absent(t, until)\n\t}\n\tfor", new: "\t\ts.numbers.free.add(h.Number - 1)\n\t\ts.absent(t, until)\n\t}\n\tfor",
		tests: []string{"TestConformance/Promise3_KeptSeatsHaveTheirNumbersUnderNewFences"},
	},
	{
		name:  "kept seats are never lost",
		file:  "seats/seatsmem/open.go",
		old:   "via: h.Via, routing: h.Routing,\n\t\t})\n\t\ts.absent(t, until)\n",
		new:   "via: h.Via, routing: h.Routing,\n\t\t})\n",
		tests: []string{"TestConformance/KeptSeatsAreInGrace"},
	},
	{
		name: "kept waiters have their turns from before",
		file: "seats/seatsmem/open.go", old: "turn: s.nextTurn()", new: "turn: w.Turn",
		tests: []string{"TestConformance/Promise6_KeptWaitersAreInGraceInTheirOrder"},
	},
	{
		name: "kept seats above the total do not drain",
		file: "seats/seatsmem/configure.go", old: "\ts.shrink()\n", new: "",
		tests: []string{
			"TestConformance/Promise1_KeptSeatsAboveTheTotalDrain",
			"TestConformance/KeptSeatsAboveTheTotalAreEvictedByPolicy",
		},
	},
	{
		name:  "silence is waited for again and again",
		file:  "seats/seatsmem/expire.go",
		old:   "s.alive, s.halt, s.changed = 0, s.now",
		new:   "s.alive, s.halt, s.changed = s.alive, s.now",
		tests: []string{"TestConformance/SilenceIsWaitedForOnceUntilARenewal"},
	},
	{
		name: "of what is due at one moment cooldowns end first",
		file: "seats/seatsmem/expire.go", old: "\tconsider(graceEnds, l.graces.at())\n",
		new:   "\tconsider(cooldownEnds, l.cooling.at())\n\tconsider(graceEnds, l.graces.at())\n",
		tests: []string{"TestConformance/AtOneMomentASeatIsLostBeforeACooldownEnds"},
	},
	{
		name: "of what is due at one moment the warned lose first",
		file: "seats/seatsmem/expire.go", old: "\tconsider(leaseEnds, l.serving.at())\n",
		new: "\tif l.warned != nil {\n\t\tconsider(warningEnds, l.warned.holder.warnedUntil)\n\t}\n" +
			"\tconsider(leaseEnds, l.serving.at())\n",
		tests: []string{
			"TestConformance/AtOneMomentALeaseEndsBeforeTheWarnedLose",
			"TestConformance/AtOneMomentACooldownEndsBeforeTheWarnedLose",
		},
	},
	{
		name: "of what is due at one moment the last id is first",
		file: "seats/seatsmem/alarm.go", old: "return r.owner.key() < other.owner.key()", new: "return r.owner.key() > other.owner.key()",
		tests: []string{"TestConformance/AtOneMomentSeatsAreLostInTheOrderOfIDs", "TestConformance/TheLongestIdleIsWarned"},
	},
	{
		name: "the end of an ask is not announced",
		file: "seats/seatsmem/step.go", old: "s.resumed, s.asked, s.askEnd", new: "s.resumed, s.asked, nil",
		tests: []string{"TestConformance/Promise9_ChangesLeadToTheLineAndTheAsksThatAreRead", "TestConformance/AnAskExpiresAtItsMoment"},
	},
}
