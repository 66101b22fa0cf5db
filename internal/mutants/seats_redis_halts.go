package main

// redisHalts are bugs in windows and in silence, in what the next generation finds, and in the order of what is due
// at one moment.
var redisHalts = []mutant{
	{
		name: "silence is not waited for",
		file: "seats/seatsredis/expire.lua", old: "license.halt == 0 and silent()", new: "license.halt > 0 and silent()",
		tests: []string{
			"TestConformance/Single/Promise7_InSilenceNothingExpiresForAThirdOfTheLease",
			"TestConformance/Single/LivingNodesKeepAllThroughSilence",
		},
	},
	{
		name: "silence matters to nobody",
		file: "seats/seatsredis/expire.lua", old: " and used() + waiting() > 0", new: "",
		tests: []string{"TestConformance/Single/SilenceMattersWhereSomebodyHoldsOrWaits"},
	},
	{
		name: "silence lasts for a whole lease",
		file: "seats/seatsredis/expire.lua", old: "local SILENCE = 3", new: "local SILENCE = 1",
		tests: []string{"TestConformance/Single/Promise7_InSilenceNothingExpiresForAThirdOfTheLease"},
	},
	{
		name: "silence lasts by the longest lease",
		file: "seats/seatsredis/renew.lua", old: "now + length), length", new: "now + length), math.max(license.lease, length)",
		tests: []string{"TestConformance/Single/TheLastLeasesLengthCounts"},
	},
	{
		name:  "silence is waited for again and again",
		file:  "seats/seatsredis/expire.lua",
		old:   "license.alive, license.halt, step.changed = 0,",
		new:   "license.halt, step.changed =",
		tests: []string{"TestConformance/Single/SilenceIsWaitedForOnceUntilARenewal"},
	},
	{
		name: "what was due in a halt came at its own moment",
		file: "seats/seatsredis/expire.lua", old: "math.max(at, floor)", new: "at",
		tests: []string{
			"TestConformance/Single/WhatWasDueComesWhenTheSilenceIsOver",
			"TestConformance/Single/Promise7_WhatBecameDueInAWindowComesWhenItIsOver",
		},
	},
	{
		name: "dead nodes lapse when a silence is over",
		file: "seats/seatsredis/expire.lua", old: "ends + config.grace", new: "step.moment + config.grace",
		tests: []string{"TestConformance/Single/DeadNodesLapseAtTheirOwnMoments"},
	},
	{
		name: "a halt's end is no moment to call at",
		file: "seats/seatsredis/board.lua", old: "  if license.halt > 0 then return license.halt end\n", new: "",
		tests: []string{"TestConformance/Single/Promise7_InSilenceNothingExpiresForAThirdOfTheLease"},
	},
	{
		name: "takes are granted in a halt",
		file: "seats/seatsredis/stays.lua", old: "  if license.halt > 0 then return 'unavailable' end\n", new: "",
		tests: []string{"TestConformance/Single/InSilenceNothingIsGranted", "TestConformance/Single/InAWindowNewcomersGetNoSeat"},
	},
	{
		name: "seats are handed on in a halt",
		file: "seats/seatsredis/board.lua", old: "if license.halt == 0 and unsettled then", new: "if unsettled then",
		tests: []string{
			"TestConformance/Single/InSilenceSeatsAreGivenBackAndGrantedAfterwards",
			"TestConformance/Single/InAWindowNothingExpiresOrIsGranted",
		},
	},
	{
		name: "seats are handed over in a halt",
		file: "seats/seatsredis/hand_over.lua", old: "  if license.halt > 0 then return 'unavailable' end\n", new: "",
		tests: []string{"TestConformance/Single/InSilenceNothingIsGranted", "TestConformance/Single/InAWindowNothingIsHandedOver"},
	},
	{
		name: "holders are evicted in a halt",
		file: "seats/seatsredis/settling.lua", old: " and license.halt == 0 then", new: " then",
		tests: []string{
			"TestConformance/Single/InSilenceNobodyIsWarnedOrEvicted",
			"TestConformance/Single/Promise1_ClaimsAboveTheTotalAreEvictedAfterTheWindow",
		},
	},
	{
		name: "nobody is evicted when a halt is over",
		file: "seats/seatsredis/expire.lua", old: "      settling.shrink()\n", new: "",
		tests: []string{
			"TestConformance/Single/InSilenceNobodyIsWarnedOrEvicted",
			"TestConformance/Single/Promise1_ClaimsAboveTheTotalAreEvictedAfterTheWindow",
			"TestConformance/Single/Promise1_ClaimsIgnoreTheTotalAndDrainAfterTheWindow",
		},
	},
	{
		name:  "a chance is promised within a halt",
		file:  "seats/seatsredis/explain.lua",
		old:   "math.max(chance - now, license.halt - now, 0)",
		new:   "math.max(chance - now, 0)",
		tests: []string{"TestConformance/Single/ExplainTellsNoChanceBeforeTheEndOfAHalt"},
	},
	{
		name:  "a claim gets a new fence",
		file:  "seats/seatsredis/claim.lua",
		old:   "{number = number, fence = fence,",
		new:   "{number = number, fence = stays.next_fence(),",
		tests: []string{"TestConformance/Single/Promise3_AClaimBringsNumberAndFenceBack"},
	},
	{
		name: "a number that is claimed is free",
		file: "seats/seatsredis/claim.lua", old: "  stays.claim_number(claimed.number, teammate)\n", new: "",
		tests: []string{"TestConformance/Single/Promise3_FencesOfTheNewGenerationAreAboveAllClaimed"},
	},
	{
		name:  "fences yet to come are claimed",
		file:  "seats/seatsredis/claim.lua",
		old:   "  if not bars.claimable(fence == '0' and turn or fence) and not has(teammate, fence, turn) then return {'unclaimed'} end\n",
		new:   "",
		tests: []string{"TestConformance/Single/Promise3_AFenceThatNoEarlierGenerationGaveIsUnclaimed"},
	},
	{
		name: "a claim prolongs a grace",
		file: "seats/seatsredis/claim.lua", old: "id == '' and math.min(tonumber(grace), most) or most", new: "most",
		tests: []string{"TestConformance/Single/AClaimWithoutASessionIsInGraceAsTheNodeSawIt"},
	},
	{
		name: "a claim has any grace",
		file: "seats/seatsredis/claim.lua", old: "math.min(tonumber(grace), most)", new: "tonumber(grace)",
		tests: []string{"TestConformance/Single/AClaimWithoutASessionIsInGraceAsTheNodeSawIt"},
	},
	{
		name:  "claims stop at the total",
		file:  "seats/seatsredis/claim.lua",
		old:   "  if has(teammate, claimed.fence) then return true end\n",
		new:   "  if has(teammate, claimed.fence) then return true end\n  if not stays.open('1', 0, 0) then return seat_of(teammate) end\n",
		tests: []string{"TestConformance/Single/Promise1_ClaimsIgnoreTheTotalAndDrainAfterTheWindow"},
	},
	{
		name:  "the first claim of a number stands",
		file:  "seats/seatsredis/claim.lua",
		old:   "if at_most(claimed.fence, seat_of(other).fence) then",
		new:   "if seat_of(other) then",
		tests: []string{"TestConformance/Single/OfTwoClaimsOfANumberTheHigherFenceStands"},
	},
	{
		name:  "the last claim of a number stands",
		file:  "seats/seatsredis/claim.lua",
		old:   "if at_most(claimed.fence, seat_of(other).fence) then",
		new:   "if not seat_of(other) then",
		tests: []string{"TestConformance/Single/OfTwoClaimsOfANumberTheHigherFenceStands"},
	},
	{
		name: "the first claim of a teammate stands",
		file: "seats/seatsredis/claim.lua", old: "return seat and at_most(fence, seat.fence) end", new: "return seat end",
		tests: []string{"TestConformance/Single/Promise5_OfTwoClaimsOfATeammateTheHigherFenceStands"},
	},
	{
		name:  "the later of two places stands",
		file:  "seats/seatsredis/claim.lua",
		old:   "waiter and at_most(waiter.turn, turn)",
		new:   "waiter and at_most(turn, waiter.turn)",
		tests: []string{"TestConformance/Single/Promise6_TheEarlierOfTwoPlacesStands"},
	},
	{
		name:  "a claimed place is at the end of the line",
		file:  "seats/seatsredis/claim.lua",
		old:   "line.wait(teammate, name, administrator, turn, since)",
		new:   "line.wait(teammate, name, administrator, line.next_turn(), since)",
		tests: []string{"TestConformance/Single/Promise6_AfterAWindowWaitersStandInTheirEarlierOrder"},
	},
	{
		name:  "who claims a seat waits on",
		file:  "seats/seatsredis/claim.lua",
		old:   "  if waiter_of(teammate) then line.unwait(teammate) end\n  stays",
		new:   "  stays",
		tests: []string{"TestConformance/Single/ASeatClaimedEndsThePlace"},
	},
	{
		name: "claims are taken after the window",
		file: "seats/seatsredis/claim.lua", old: "if license.window ~= 1 or generation", new: "if generation",
		tests: []string{"TestConformance/Single/AfterTheWindowAClaimComesTooLate"},
	},
	{
		name: "claims of any generation are taken",
		file: "seats/seatsredis/claim.lua", old: " or generation ~= int(license.generation) then", new: " then",
		tests: []string{"TestConformance/Single/AfterTheWindowAClaimComesTooLate"},
	},
	{
		name:  "a claim in grace of any revision will do",
		file:  "seats/seatsredis/claim.lua",
		old:   "elseif revision ~= license.revision then",
		new:   "elseif config.revision == '0' then",
		tests: []string{"TestConformance/Single/AClaimNeedsALeaseItsRevisionAndItsSession"},
	},
	{
		name:  "a claim is activity",
		file:  "seats/seatsredis/claim.lua",
		old:   "    sessions.save(id, sessions.join(id, session, teammate, seq))\n",
		new:   "    session = sessions.join(id, session, teammate, seq)\n    session.idle = '0'\n    sessions.save(id, session)\n",
		tests: []string{"TestConformance/Single/Promise4_ARepeatedClaimChangesNothing"},
	},
	{
		name: "a leave bars no claim",
		file: "seats/seatsredis/leave.lua", old: "    bars.fence(teammate, fence, {reason = 'left', session = id})\n", new: "",
		tests: []string{"TestConformance/Single/Promise4_ALeaveBarsClaims"},
	},
	{
		name: "a leave bars no lower fence",
		file: "seats/seatsredis/claim.lua", old: "if at_most(fence, bar.fence) then", new: "if fence == bar.fence then",
		tests: []string{"TestConformance/Single/Promise4_ALeaveBarsClaims"},
	},
	{
		name:  "a lower fence that was claimed outlives a bar",
		file:  "seats/seatsredis/bars.lua",
		old:   "  if seat and not at_most(fence, seat.fence) then losses.release(teammate, loss) end\n",
		new:   "",
		tests: []string{"TestConformance/Single/Promise4_ALeaveBarsClaims", "TestConformance/Single/Promise4_AFreeBarsClaims"},
	},
	{
		name:  "a lower turn that was claimed outlives a bar",
		file:  "seats/seatsredis/bars.lua",
		old:   "  if waiter and not at_most(turn, waiter.turn) then line.stand_down(teammate) end\n",
		new:   "",
		tests: []string{"TestConformance/Single/Promise4_AnUnwaitBarsClaims"},
	},
	{
		name: "what was claimed and lost is claimed again",
		file: "seats/seatsredis/claim.lua", old: "  if loss and at_most(fence, loss[3]) then return loss end\n", new: "",
		tests: []string{"TestConformance/Single/Promise4_ALeaveBarsClaims", "TestConformance/Single/Promise4_AFreeBarsClaims"},
	},
	{
		name:  "a free bars no claim",
		file:  "seats/seatsredis/free.lua",
		old:   "bars.fence(teammate, fence, freeing(teammate, fence, cooldown, by, message))",
		new:   "freeing(teammate, fence, cooldown, by, message)",
		tests: []string{"TestConformance/Single/Promise4_AFreeBarsClaims"},
	},
	{
		name: "an unwait bars no claim",
		file: "seats/seatsredis/unwait.lua", old: "  if bars.claimable(turn) then bars.turn(teammate, turn) end\n", new: "",
		tests: []string{"TestConformance/Single/Promise4_AnUnwaitBarsClaims"},
	},
	{
		name: "a logout bars no claim in grace",
		file: "seats/seatsredis/logout.lua", old: "then bars.departed(teammate) end", new: "then bars.of(teammate) end",
		tests: []string{"TestConformance/Single/Promise4_ALogoutBarsClaimsWithoutASession"},
	},
	{
		name: "a logout of an ended session bars claims",
		file: "seats/seatsredis/logout.lua", old: " and endings.may_be(teammate, id)", new: "",
		tests: []string{"TestConformance/Single/ALogoutThatIsNoNewsBarsNothing"},
	},
	{
		name: "the last logout in a window does not wait for other devices",
		file: "seats/seatsredis/logout.lua", old: "if license.window == 1 then\n", new: "if license.window > 1 then\n",
		tests: []string{"TestConformance/Single/TheLastLogoutInAWindowLeavesTheSeatInGraceUntilItsEnd"},
	},
	{
		name: "the cooldowns of the opening bar no claim",
		file: "seats/seatsredis/open.lua", old: "if bars.claimable(fence) then", new: "if fence == '' then",
		tests: []string{"TestConformance/Single/TheCooldownsOfTheOpeningBarClaims"},
	},
	{
		name: "bars outlive the window",
		file: "seats/seatsredis/bars.lua", old: "    keep(R.bars, teammate, false)\n", new: "",
		tests: []string{"TestRecordsOfAWindowAreAsKeysGoSays"},
	},
	{
		name: "who is no operator claims",
		file: "seats/seatsredis/claim.lua", old: "  if operator ~= '1' then return lost('not_operator') end\n", new: "",
		tests: []string{"TestConformance/Single/ASwitchTurnedOffBarsClaims"},
	},
	{
		name:  "seats of an expired license are claimed",
		file:  "seats/seatsredis/claim.lua",
		old:   "  if config.status ~= 'active' and not place then return lost('license_expired') end\n",
		new:   "",
		tests: []string{"TestConformance/Single/ALicenseNoLongerActiveBarsClaimsOfSeats"},
	},
	{
		name: "a seat that may be claimed yet is told as nobody's",
		file: "seats/seatsredis/hand_over.lua", old: "if bars.claimable(fence) then", new: "if fence == '' then",
		tests: []string{"TestConformance/Single/InAWindowNothingIsHandedOver"},
	},
	{
		name:  "claimed stays are not counted",
		file:  "seats/seatsredis/stays.lua",
		old:   "license.began = license.began + 1",
		new:   "if license.window == 0 then license.began = license.began + 1 end",
		tests: []string{"TestConformance/Single/Promise8_ClaimedStaysAreCounted"},
	},
	{
		name: "a number that is kept is free",
		file: "seats/seatsredis/open.lua", old: "    stays.claim_number(list[i + 3], list[i])\n", new: "",
		tests: []string{"TestConformance/Single/Promise3_KeptSeatsHaveTheirNumbersUnderNewFences"},
	},
	{
		name: "kept seats are never lost",
		file: "seats/seatsredis/open.lua", old: "    })\n    graces.begin(list[i], till)\n", new: "    })\n",
		tests: []string{"TestConformance/Single/KeptSeatsAreInGrace"},
	},
	{
		name: "kept waiters stand in one place",
		file: "seats/seatsredis/open.lua", old: "line.next_turn(), list[i + 3]", new: "'1', list[i + 3]",
		tests: []string{"TestConformance/Single/Promise6_KeptWaitersAreInGraceInTheirOrder"},
	},
	{
		name: "kept seats above the total do not drain",
		file: "seats/seatsredis/configure.lua", old: "  settling.shrink()\n", new: "",
		tests: []string{
			"TestConformance/Single/Promise1_KeptSeatsAboveTheTotalDrain",
			"TestConformance/Single/KeptSeatsAboveTheTotalAreEvictedByPolicy",
		},
	},
	{
		name:  "of what is due at one moment cooldowns end first",
		file:  "seats/seatsredis/board.lua",
		old:   "  what, at, who = sooner(what, at, who, 'grace_ends', I.graces)\n",
		new:   "  what, at, who = sooner(what, at, who, 'cooldown_ends', I.cooling)\n  what, at, who = sooner(what, at, who, 'grace_ends', I.graces)\n",
		tests: []string{"TestConformance/Single/AtOneMomentASeatIsLostBeforeACooldownEnds"},
	},
	{
		name: "of what is due at one moment the warned lose first",
		file: "seats/seatsredis/board.lua", old: "if not at or ends < at then what", new: "if not at or ends <= at then what",
		tests: []string{
			"TestConformance/Single/AtOneMomentALeaseEndsBeforeTheWarnedLose",
			"TestConformance/Single/AtOneMomentACooldownEndsBeforeTheWarnedLose",
		},
	},
	{
		name:  "of what is due at one moment asks end before the warned lose",
		file:  "seats/seatsredis/board.lua",
		old:   "  if license.warned ~= '' then\n",
		new:   "  what, at, who = sooner(what, at, who, 'ask_ends', I.ask_ends)\n  if license.warned ~= '' then\n",
		tests: []string{"TestConformance/Single/AtOneMomentTheWarnedLoseBeforeAsksExpire"},
	},
	{
		name:  "of what is due at one moment the last id is first",
		file:  "seats/seatsredis/settling.lua",
		old:   "at == since and bytes_before(teammate, who)",
		new:   "at == since and bytes_before(who, teammate)",
		tests: []string{"TestConformance/Single/TheLongestIdleIsWarned"},
	},
}
