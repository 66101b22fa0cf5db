package main

// memLine are bugs in the waitlist, in hand-overs and in asks.
var memLine = []mutant{
	{
		name:  "the last who came is first",
		file:  "seats/seatsmem/turns.go",
		old:   "for _, p := range b.places {\n\t\t\tif p.ready",
		new:   "for _, p := range slices.Backward(b.places) {\n\t\t\tif p.ready",
		tests: []string{"TestConformance/Promise6_FirstComeFirstServed"},
	},
	{
		name:  "a seat that one command frees is the next command's",
		file:  "seats/seatsmem/step.go",
		old:   "\t\tout.Replies[i] = s.run(c)\n\t\ts.settle()\n",
		new:   "\t\tout.Replies[i] = s.run(c)\n\t\tif i == len(b.Commands)-1 {\n\t\t\ts.settle()\n\t\t}\n",
		tests: []string{"TestConformance/Promise6_ANewcomerPassesNoWaiter"},
	},
	{
		name: "a freed seat is handed on in a later step",
		file: "seats/seatsmem/step.go",
		old:  "\t\tout.Replies[i] = s.run(c)\n\t\ts.settle()\n",
		new:  "\t\tout.Replies[i] = s.run(c)\n",
		tests: []string{
			"TestConformance/Promise7_ASeatGivenBackIsTheWaitersInTheSameStep",
			"TestConformance/Promise7_MoreRoomServesAllWhomItHolds",
		},
	},
	{
		name: "a place is counted in its own block alone",
		file: "seats/seatsmem/turns.go", old: "n += len(b.places)", new: "n = max(n, len(b.places))",
		tests: []string{"TestTurns"},
	},
	{
		name: "a waiter in grace is served",
		file: "seats/seatsmem/step.go", old: "!t.grace.set() && !t.cooldown.set()", new: "!t.cooldown.set()",
		tests: []string{
			"TestConformance/Promise6_AWaiterInGraceIsPassedOverAndKeepsThePlace",
			"TestConformance/Promise6_ADeadWaiterHoldsNobodyUp",
		},
	},
	{
		name: "a waiter in cooldown is served",
		file: "seats/seatsmem/step.go", old: "!t.grace.set() && !t.cooldown.set()", new: "!t.grace.set()",
		tests: []string{"TestConformance/Promise6_AWaiterInCooldownIsPassedOverUntilItEnds"},
	},
	{
		name: "who is back is told to wait although served",
		file: "seats/seatsmem/take.go", old: "\ts.settle() // a place that is live again may be the first\n", new: "",
		tests: []string{"TestConformance/Promise6_AWaiterWhoIsBackIsServedAtOnce"},
	},
	{
		name:  "a place has no grace",
		file:  "seats/seatsmem/expire.go",
		old:   "s.placeGraces.put(t, until)",
		new:   "s.placeGraces.put(t, s.now)",
		tests: []string{"TestConformance/Promise6_APlaceSurvivesAReconnectAndAMoveToAnotherNode"},
	},
	{
		name: "a place in grace is never lost",
		file: "seats/seatsmem/expire.go", old: "\tconsider(placeGraceEnds, l.placeGraces.at())\n", new: "",
		tests: []string{"TestConformance/Promise6_APlaceIsLostWhenItsGraceIsOver"},
	},
	{
		name: "a renewal revives seats alone",
		file: "seats/seatsmem/renew.go", old: "if t.live() > 0 {", new: "if t.live() > 0 && t.seated {",
		tests: []string{"TestConformance/Promise6_ARenewalBringsPlacesBackWithTheirSessions"},
	},
	{
		name: "priority is not looked at",
		file: "seats/seatsmem/line.go", old: "l.before(t.waiter, first.waiter)", new: "t.waiter.turn < first.waiter.turn",
		tests: []string{
			"TestConformance/Promise6_AdministratorsStandFirstByPolicy",
			"TestConformance/Promise6_WhoStandsFirstChangesAtRunTime",
		},
	},
	{
		name: "places are told without priority",
		file: "seats/seatsmem/line.go", old: "case !l.config.AdministratorsFirst:", new: "case l.config.Cap >= 0:",
		tests: []string{
			"TestConformance/Promise6_AdministratorsStandFirstByPolicy",
			"TestConformance/ExplainTellsThePlaceByPriority",
		},
	},
	{
		name:  "a switch moves nobody in line",
		file:  "seats/seatsmem/configure.go",
		old:   "t.waiter.name, t.waiter.administrator = m.Name, m.Administrator",
		new:   "t.waiter.name = m.Name",
		tests: []string{"TestConformance/Promise6_WhoStandsFirstChangesAtRunTime"},
	},
	{
		name:  "a seat is held since that was noticed",
		file:  "seats/seatsmem/release.go",
		old:   "since: s.at,\n\t\toverage",
		new:   "since: s.now,\n\t\toverage",
		tests: []string{"TestConformance/Promise7_ASeatThatTimeFreesIsTheWaitersFromThatMomentOn"},
	},
	{
		name: "those who wait no longer are not announced",
		file: "seats/seatsmem/step.go", old: "was.waiting && !is.waiting", new: "was.waiting && is.waiting",
		tests: []string{"TestConformance/PlaceAndLengthArePushedAsTheyChange"},
	},
	{
		name: "a suspended license serves its line",
		file: "seats/seatsmem/settle.go", old: "for s.config.Status == seats.Active {", new: "for s.config.Revision > 0 {",
		tests: []string{"TestConformance/ASuspendedLicenseKeepsItsLineAndServesNobody"},
	},
	{
		name: "who waits on a suspended license is told to wait",
		file: "seats/seatsmem/take.go", old: "c.Wait && rule.Waits()):", new: "c.Wait):",
		tests: []string{"TestConformance/ASuspendedLicenseKeepsItsLineAndServesNobody"},
	},
	{
		name: "everybody who is refused waits",
		file: "seats/seatsmem/take.go", old: "case c.Wait && rule.Waits()", new: "case rule.Waits()",
		tests: []string{"TestConformance/APlaceIsForWhoAsksForOne"},
	},
	{
		name: "who may not have a seat waits",
		file: "seats/seatsmem/take.go", old: "case c.Wait && rule.Waits() &&", new: "case c.Wait &&",
		tests: []string{"TestConformance/APlaceIsForWhoCouldHaveASeat"},
	},
	{
		name: "unwait does not look at the turn",
		file: "seats/seatsmem/leave.go", old: "t.waiting && t.waiter.turn == c.Turn", new: "t.waiting",
		tests: []string{
			"TestConformance/Promise4_AnUnwaitOfAnotherTurnGivesNothingUp",
			"TestConformance/Promise4_ARepeatedUnwaitSparesTheNextPlace",
		},
	},
	{
		name: "unwait detaches nobody",
		file: "seats/seatsmem/leave.go", old: "\tt.detachAll()\n", new: "",
		tests: []string{"TestConformance/UnwaitGivesThePlaceUpAndDetachesAllDevices"},
	},
	{
		name: "the last logout leaves a place behind",
		file: "seats/seatsmem/logout.go", old: "case t.waiting:\n\t\ts.unwait(t)", new: "case t.waiting:",
		tests: []string{"TestConformance/LogoutOfTheLastDeviceGivesThePlaceUp"},
	},
	{
		name: "a place is given without a waitlist",
		file: "seats/seatsmem/take.go", old: " && s.config.Waitlist:", new: ":",
		tests: []string{"TestConformance/NoPlaceWhereThereIsNoWaitlist"},
	},
	{
		name: "the line outlives the waitlist",
		file: "seats/seatsmem/configure.go", old: "if !c.Waitlist {", new: "if c.Cap < 0 {",
		tests: []string{"TestConformance/TheWaitlistTurnedOffEmptiesTheLine"},
	},
	{
		name:  "a switch turned off keeps the place",
		file:  "seats/seatsmem/configure.go",
		old:   "case t.waiting && !m.Operator:\n\t\ts.unwait(t)",
		new:   "case t.waiting && !m.Operator:",
		tests: []string{"TestConformance/ASwitchTurnedOffTakesThePlaceToo"},
	},
	{
		name: "a hand-over keeps the fence",
		file: "seats/seatsmem/hand_over.go", old: "fence: s.nextFence()", new: "fence: c.Fence",
		tests: []string{"TestConformance/Promise3_AHandOverKeepsTheNumberUnderANewFence"},
	},
	{
		name: "a hand-over takes another number",
		file: "seats/seatsmem/hand_over.go", old: "number: number, fence: s.", new: "number: len(s.numbers.holders) + 1, fence: s.",
		tests: []string{"TestConformance/Promise3_AHandOverKeepsTheNumberUnderANewFence"},
	},
	{
		name: "the giver stays attached",
		file: "seats/board.go", old: "LostHandedOver, LostLeft,", new: "LostLeft,",
		tests: []string{"TestConformance/AHandOverDetachesAllDevicesOfTheGiver"},
	},
	{
		name: "who is handed a seat waits on",
		file: "seats/seatsmem/hand_over.go", old: "\tif to.waiting {\n\t\ts.unwait(to)\n\t}\n", new: "",
		tests: []string{"TestConformance/AHandOverGoesPastTheWaitlist"},
	},
	{
		name: "no policy of hand-over is any",
		file: "seats/seatsmem/hand_over.go", old: "s.config.HandOver == \"\" || ", new: "",
		tests: []string{"TestConformance/AHandOverIsRefusedForItsFirstCause"},
	},
	{
		name:  "hand-over to who did not ask",
		file:  "seats/seatsmem/hand_over.go",
		old:   "openAsk(to, giver) == nil:",
		new:   "openAsk(to, giver) == nil && to == nil:",
		tests: []string{"TestConformance/AHandOverByTheAskedPolicyIsForWhoAsks"},
	},
	{
		name: "the warned hand over",
		file: "seats/seatsmem/hand_over.go", old: "case s.warned == giver:", new: "case s.warned == giver && s.halted():",
		tests: []string{"TestConformance/AHandOverIsRefusedForItsFirstCause"},
	},
	{
		name: "hand-over towards a cooldown",
		file: "seats/seatsmem/hand_over.go", old: "case s.coolingFor(to) > 0:", new: "case s.coolingFor(to) < 0:",
		tests: []string{"TestConformance/AHandOverTowardsSomebodyInCooldownIsRefused"},
	},
	{
		name: "hand-over to who is gone",
		file: "seats/seatsmem/hand_over.go", old: "case to.live() == 0:", new: "case to.live() < 0:",
		tests: []string{"TestConformance/AHandOverIsNotTowardsWhoIsNotThere"},
	},
	{
		name: "hand-over to who has a seat",
		file: "seats/seatsmem/hand_over.go", old: "case to.seated:", new: "case to.seated && s.halted():",
		tests: []string{"TestConformance/AHandOverIsRefusedForItsFirstCause"},
	},
	{
		name: "a repeated hand-over is not recognized",
		file: "seats/seatsmem/hand_over.go", old: "giver.lost.Fence == c.Fence", new: "giver.lost.Fence < 0",
		tests: []string{
			"TestConformance/Promise4_AHandOverSentTwiceIsAnsweredAlike",
			"TestConformance/AHandOverOfAnotherRevisionIsStale",
		},
	},
	{
		name: "a hand-over does not look at the fence",
		file: "seats/seatsmem/hand_over.go", old: " || giver.holder.fence != c.Fence {", new: " {",
		tests: []string{
			"TestConformance/AHandOverOfAnotherFenceIsStale",
			"TestConformance/Promise4_AHandOverSparesTheNextStay",
		},
	},
	{
		name:  "an ended session hands over",
		file:  "seats/seatsmem/hand_over.go",
		old:   "c.Session != \"\" && s.sessions[c.Session] == &ended",
		new:   "c.Session == \"\" && s.sessions[c.Session] == &ended",
		tests: []string{"TestConformance/Promise4_AHandOverOfAnEndedSessionIsEnded"},
	},
	{
		name:  "a hand-over of any revision will do",
		file:  "seats/seatsmem/hand_over.go",
		old:   "if s.config.Revision != c.Revision {",
		new:   "if s.config.Revision == 0 {",
		tests: []string{"TestConformance/AHandOverOfAnotherRevisionIsStale"},
	},
	{
		name: "a hand-over counts the giver's seat",
		file: "seats/seatsmem/hand_over.go", old: "s.used() >= s.config.Cap", new: "s.used()+1 >= s.config.Cap",
		tests: []string{"TestConformance/AHandOverIsMarkedOverageByWhatIsUsed"},
	},
	{
		name: "an ask that was granted is told as withdrawn",
		file: "seats/seatsmem/hand_over.go", old: "openAsk(to, giver)\n\ts.release", new: "(*ask)(nil)\n\ts.release",
		tests: []string{"TestConformance/AnAskIsAcceptedByHandingOver"},
	},
	{
		name: "an ask reaches one device",
		file: "seats/seatsmem/ask.go", old: "return a.of.live()", new: "return 1",
		tests: []string{"TestConformance/AnAskIsDeliveredAndShown"},
	},
	{
		name: "who has a seat asks",
		file: "seats/seatsmem/ask.go", old: "case from.seated:", new: "case from.seated && s.halted():",
		tests: []string{"TestConformance/AnAskIsForWhoHasNoSeatAndIsThere"},
	},
	{
		name: "who is not there asks",
		file: "seats/seatsmem/ask.go", old: " || !session.live():", new: ":",
		tests: []string{"TestConformance/AnAskIsForWhoHasNoSeatAndIsThere"},
	},
	{
		name: "who was told no asks again",
		file: "seats/seatsmem/ask.go", old: "case a.of == of:", new: "case a.of == of && !a.over:",
		tests: []string{"TestConformance/APairHasOneAskWithinItsLifeWhateverTheAnswer"},
	},
	{
		name: "one ask too many",
		file: "seats/seatsmem/ask.go", old: "made >= seats.MaxAsks", new: "made > seats.MaxAsks",
		tests: []string{"TestConformance/AskingMoreThanMaxAsksWithinALifeIsTooMuch"},
	},
	{
		name: "asks never expire",
		file: "seats/seatsmem/expire.go", old: "\tconsider(askEnds, l.askEnds.at())\n", new: "",
		tests: []string{"TestConformance/AnAskExpiresAtItsMoment"},
	},
	{
		name: "anybody declines",
		file: "seats/seatsmem/ask.go", old: "a != nil && a.Of == c.Of", new: "a != nil",
		tests: []string{"TestConformance/AnAskIsDeclinedByWhoWasAsked", "TestConformance/AnAskOfTheAdministratorsIsAnsweredInTheirName"},
	},
	{
		name: "an ask outlives who asked",
		file: "seats/seatsmem/ask.go", old: "a.from.seated || a.from.live() == 0 ||", new: "a.from.seated ||",
		tests: []string{"TestConformance/AnAskIsWithdrawnWhenItCameToNothing"},
	},
	{
		name: "an ask outlives the asker's being seated",
		file: "seats/seatsmem/ask.go", old: "a.from.seated || a.from.live() == 0 ||", new: "a.from.live() == 0 ||",
		tests: []string{"TestConformance/AnAskIsWithdrawnWhenItCameToNothing"},
	},
	{
		name: "an ask outlives the stay that it asks for",
		file: "seats/seatsmem/ask.go", old: " || a.of.holder.fence != a.Fence) {", new: ") {",
		tests: []string{"TestConformance/AnAskIsWithdrawnWhenTheHolderClaimsAHigherFence"},
	},
	{
		name: "a repeated ask is not recognized",
		file: "seats/seatsmem/ask.go", old: "a != nil && a.from == from {", new: "a != nil && a.from != from {",
		tests: []string{"TestConformance/Promise4_AnAskSentTwiceIsAnsweredAlike"},
	},
	{
		name: "the administrators are asked where somebody holds a seat",
		file: "seats/seatsmem/ask.go", old: `case c.Of != "" && (of == nil || !of.seated):`, new: "case of == nil || !of.seated:",
		tests: []string{"TestConformance/TheAdministratorsAreAskedWhereNobodyHoldsASeat"},
	},
	{
		name: "the administrators are asked again and again",
		file: "seats/seatsmem/ask.go", old: "case a.of == of:", new: "case a.of == of && of != nil:",
		tests: []string{"TestConformance/TheAdministratorsAreAskedOnceWithinAnAsksLifeWhateverTheAnswer"},
	},
	{
		name: "an ask of the administrators does not count",
		file: "seats/seatsmem/ask.go", old: "case a.from != from:", new: "case a.from != from || a.of == nil:",
		tests: []string{"TestConformance/AnAskOfTheAdministratorsCountsAsOne"},
	},
	{
		name: "the yes of the administrators is told as a no",
		file: "seats/seatsmem/ask.go", old: "\t\tif c.Accept {\n", new: "\t\tif c.Accept && a.of != nil {\n",
		tests: []string{"TestConformance/AnAskOfTheAdministratorsIsAnsweredInTheirName"},
	},
	{
		name: "the last answer of the administrators counts",
		file: "seats/seatsmem/ask.go", old: "\tif a.over {\n", new: "\tif a.over && a.of != nil {\n",
		tests: []string{"TestConformance/Promise4_TheFirstAnswerOfTheAdministratorsIsTheOnlyOne"},
	},
	{
		name:  "an ask of the administrators outlives who asked",
		file:  "seats/seatsmem/ask.go",
		old:   "if a.from.seated || a.from.live() == 0 || a.of != nil && (",
		new:   "if a.of != nil && (a.from.seated || a.from.live() == 0 || ",
		tests: []string{"TestConformance/AnAskOfTheAdministratorsIsWithdrawnWithItsAsker"},
	},
	{
		name: "an ask of the administrators ends for want of a holder",
		file: "seats/seatsmem/ask.go", old: "a.of != nil && (!a.of.seated", new: "(a.of == nil || !a.of.seated",
		tests: []string{"TestConformance/AnAskOfTheAdministratorsOutlivesTheHolders"},
	},
}
