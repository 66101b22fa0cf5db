package main

// redisLine are bugs in the waitlist, in hand-overs and in asks.
var redisLine = []mutant{
	{
		name:  "the last who came is first",
		file:  "seats/seatsredis/sessions.lua",
		old:   "put(line.ready(waiter.administrator), waiter.turn",
		new:   "put(line.ready(waiter.administrator), -waiter.turn",
		tests: []string{"TestConformance/Single/Promise6_FirstComeFirstServed"},
	},
	{
		name: "a seat that one command frees is the next command's",
		file: "seats/seatsredis/main.lua", old: "    settle()\n", new: "    if not ARGV[after] then settle() end\n",
		tests: []string{"TestConformance/Single/Promise6_ANewcomerPassesNoWaiter"},
	},
	{
		name: "a freed seat is handed on in a later step",
		file: "seats/seatsredis/main.lua", old: "    settle()\n", new: "",
		tests: []string{
			"TestConformance/Single/Promise7_ASeatGivenBackIsTheWaitersInTheSameStep",
			"TestConformance/Single/Promise7_MoreRoomServesAllWhomItHolds",
		},
	},
	{
		name: "a waiter in grace is served",
		file: "seats/seatsredis/sessions.lua",
		old:  "waiter.grace == '0' and waiter.cooldown == '0'",
		new:  "waiter.cooldown == '0'",
		tests: []string{
			"TestConformance/Single/Promise6_AWaiterInGraceIsPassedOverAndKeepsThePlace",
			"TestConformance/Single/Promise6_ADeadWaiterHoldsNobodyUp",
		},
	},
	{
		name: "a waiter in cooldown is served",
		file: "seats/seatsredis/sessions.lua", old: "waiter.grace == '0' and waiter.cooldown == '0'", new: "waiter.grace == '0'",
		tests: []string{"TestConformance/Single/Promise6_AWaiterInCooldownIsPassedOverUntilItEnds"},
	},
	{
		name: "who is back is told to wait although served",
		file: "seats/seatsredis/take.lua", old: "  settle() -- a place that is live again may be the first\n", new: "",
		tests: []string{"TestConformance/Single/Promise6_AWaiterWhoIsBackIsServedAtOnce"},
	},
	{
		name:  "a place has no grace",
		file:  "seats/seatsredis/graces.lua",
		old:   "record.grace = int(till)",
		new:   "record.grace = int(seat_of(teammate) and till or now)",
		tests: []string{"TestConformance/Single/Promise6_APlaceSurvivesAReconnectAndAMoveToAnotherNode"},
	},
	{
		name:  "a place in grace is never lost",
		file:  "seats/seatsredis/board.lua",
		old:   "    what, at, who = sooner(what, at, who, 'place_grace_ends', I.place_graces)\n",
		new:   "",
		tests: []string{"TestConformance/Single/Promise6_APlaceIsLostWhenItsGraceIsOver"},
	},
	{
		name:  "a renewal revives seats alone",
		file:  "seats/seatsredis/renew.lua",
		old:   "sessions.present(teammate) > 0 then",
		new:   "sessions.present(teammate) > 0 and seat_of(teammate) then",
		tests: []string{"TestConformance/Single/Promise6_ARenewalBringsPlacesBackWithTheirSessions"},
	},
	{
		name: "priority is not looked at",
		file: "seats/seatsredis/line.lua", old: "not best or config.administrators_first == '1' or", new: "not best or",
		tests: []string{
			"TestConformance/Single/Promise6_AdministratorsStandFirstByPolicy",
			"TestConformance/Single/Promise6_WhoStandsFirstChangesAtRunTime",
		},
	},
	{
		name: "places are told without priority",
		file: "seats/seatsredis/line.lua", old: "if config.administrators_first ~= '1' then", new: "if config.cap >= 0 then",
		tests: []string{
			"TestConformance/Single/Promise6_AdministratorsStandFirstByPolicy",
			"TestConformance/Single/ExplainTellsThePlaceByPriority",
		},
	},
	{
		name:  "a switch moves nobody in line",
		file:  "seats/seatsredis/line.lua",
		old:   "waiter.name, waiter.administrator = name, administrator",
		new:   "waiter.name = name",
		tests: []string{"TestConformance/Single/Promise6_WhoStandsFirstChangesAtRunTime"},
	},
	{
		name: "a seat is held since that was noticed",
		file: "seats/seatsredis/stays.lua", old: "since = int(step.moment)", new: "since = int(now)",
		tests: []string{"TestConformance/Single/Promise7_ASeatThatTimeFreesIsTheWaitersFromThatMomentOn"},
	},
	{
		name: "those who wait no longer are not announced",
		file: "seats/seatsredis/board.lua", old: "if was and not is then tell('unwaiting'", new: "if was and is then tell('unwaiting'",
		tests: []string{"TestConformance/Single/PlaceAndLengthArePushedAsTheyChange"},
	},
	{
		name:  "a suspended license serves its line",
		file:  "seats/seatsredis/settling.lua",
		old:   "while config.status == 'active' and waiting() > 0 do",
		new:   "while waiting() > 0 do",
		tests: []string{"TestConformance/Single/ASuspendedLicenseKeepsItsLineAndServesNobody"},
	},
	{
		name: "everybody who is refused waits",
		file: "seats/seatsredis/take.lua", old: "elseif wait == '1' and WAITS[rule]", new: "elseif WAITS[rule]",
		tests: []string{"TestConformance/Single/APlaceIsForWhoAsksForOne"},
	},
	{
		name: "who may not have a seat waits",
		file: "seats/seatsredis/take.lua", old: "elseif wait == '1' and WAITS[rule] and", new: "elseif wait == '1' and",
		tests: []string{"TestConformance/Single/APlaceIsForWhoCouldHaveASeat"},
	},
	{
		name: "a place is given without a waitlist",
		file: "seats/seatsredis/take.lua", old: " and config.waitlist == '1'", new: "",
		tests: []string{"TestConformance/Single/NoPlaceWhereThereIsNoWaitlist"},
	},
	{
		name: "unwait does not look at the turn",
		file: "seats/seatsredis/unwait.lua", old: "waiter and waiter.turn == turn", new: "waiter",
		tests: []string{
			"TestConformance/Single/Promise4_AnUnwaitOfAnotherTurnGivesNothingUp",
			"TestConformance/Single/Promise4_ARepeatedUnwaitSparesTheNextPlace",
		},
	},
	{
		name: "unwait detaches nobody",
		file: "seats/seatsredis/line.lua", old: "  endings.detach_all(teammate)\n", new: "",
		tests: []string{"TestConformance/Single/UnwaitGivesThePlaceUpAndDetachesAllDevices"},
	},
	{
		name: "the last logout leaves a place behind",
		file: "seats/seatsredis/logout.lua", old: "  elseif waiter_of(teammate) then\n    line.unwait(teammate)\n", new: "",
		tests: []string{"TestConformance/Single/LogoutOfTheLastDeviceGivesThePlaceUp"},
	},
	{
		name: "the line outlives the waitlist",
		file: "seats/seatsredis/configure.lua", old: "if waitlist ~= '1' then", new: "if waitlist == '' then",
		tests: []string{"TestConformance/Single/TheWaitlistTurnedOffEmptiesTheLine"},
	},
	{
		name:  "a switch turned off keeps the place",
		file:  "seats/seatsredis/configure.lua",
		old:   "  elseif waiter_of(teammate) and operator ~= '1' then\n    line.unwait(teammate)\n",
		new:   "",
		tests: []string{"TestConformance/Single/ASwitchTurnedOffTakesThePlaceToo"},
	},
	{
		name:  "a hand-over keeps the fence",
		file:  "seats/seatsredis/hand_over.lua",
		old:   "name, administrator, 'hand_over')\n",
		new:   "name, administrator, 'hand_over')\n  seat_of(colleague).fence = fence\n",
		tests: []string{"TestConformance/Single/Promise3_AHandOverKeepsTheNumberUnderANewFence"},
	},
	{
		name: "the giver stays attached",
		file: "seats/seatsredis/losses.lua", old: "handed_over = true, ", new: "",
		tests: []string{"TestConformance/Single/AHandOverDetachesAllDevicesOfTheGiver"},
	},
	{
		name: "who is handed a seat waits on",
		file: "seats/seatsredis/hand_over.lua", old: "  if waiter_of(colleague) then line.unwait(colleague) end\n", new: "",
		tests: []string{"TestConformance/Single/AHandOverGoesPastTheWaitlist"},
	},
	{
		name: "no policy of hand-over is any",
		file: "seats/seatsredis/hand_over.lua", old: "config.hand_over == '' or ", new: "",
		tests: []string{"TestConformance/Single/AHandOverIsRefusedForItsFirstCause"},
	},
	{
		name:  "hand-over to who did not ask",
		file:  "seats/seatsredis/hand_over.lua",
		old:   " and not ask then return 'not_asked'",
		new:   " and ask then return 'not_asked'",
		tests: []string{"TestConformance/Single/AHandOverByTheAskedPolicyIsForWhoAsks"},
	},
	{
		name: "the warned hand over",
		file: "seats/seatsredis/hand_over.lua", old: "  if license.warned == teammate then return 'warned' end\n", new: "",
		tests: []string{"TestConformance/Single/AHandOverIsRefusedForItsFirstCause"},
	},
	{
		name: "hand-over towards a cooldown",
		file: "seats/seatsredis/hand_over.lua", old: "  if cooldowns.left(colleague) > 0 then return 'cooldown' end\n", new: "",
		tests: []string{"TestConformance/Single/AHandOverTowardsSomebodyInCooldownIsRefused"},
	},
	{
		name:  "hand-over to who is gone",
		file:  "seats/seatsredis/hand_over.lua",
		old:   "  if sessions.present(colleague) == 0 then return 'not_present' end\n",
		new:   "",
		tests: []string{"TestConformance/Single/AHandOverIsNotTowardsWhoIsNotThere"},
	},
	{
		name: "hand-over to who has a seat",
		file: "seats/seatsredis/hand_over.lua", old: "  if seat_of(colleague) then return 'already_seated' end\n", new: "",
		tests: []string{"TestConformance/Single/AHandOverIsRefusedForItsFirstCause"},
	},
	{
		name: "a repeated hand-over is not recognized",
		file: "seats/seatsredis/hand_over.lua", old: "loss and loss[3] == fence", new: "loss and loss[3] == '0'",
		tests: []string{
			"TestConformance/Single/Promise4_AHandOverSentTwiceIsAnsweredAlike",
			"TestConformance/Single/AHandOverOfAnotherRevisionIsStale",
		},
	},
	{
		name: "a hand-over does not look at the fence",
		file: "seats/seatsredis/hand_over.lua", old: "if not seat or seat.fence ~= fence then", new: "if not seat then",
		tests: []string{
			"TestConformance/Single/AHandOverOfAnotherFenceIsStale",
			"TestConformance/Single/Promise4_AHandOverSparesTheNextStay",
		},
	},
	{
		name:  "an ended session hands over",
		file:  "seats/seatsredis/hand_over.lua",
		old:   "  if id ~= '' and sessions.of(id) == ENDED then return {'ended'} end\n",
		new:   "",
		tests: []string{"TestConformance/Single/Promise4_AHandOverOfAnEndedSessionIsEnded"},
	},
	{
		name: "a hand-over of any revision will do",
		file: "seats/seatsredis/hand_over.lua", old: "if revision ~= license.revision then", new: "if config.revision == '0' then",
		tests: []string{"TestConformance/Single/AHandOverOfAnotherRevisionIsStale"},
	},
	{
		name: "an ask that was granted is told as withdrawn",
		file: "seats/seatsredis/hand_over.lua", old: "  if ask then asks.finish(ask, 'accepted') end\n", new: "",
		tests: []string{"TestConformance/Single/AnAskIsAcceptedByHandingOver"},
	},
	{
		name: "an ask reaches one device",
		file: "seats/seatsredis/ask.lua", old: "int(sessions.present(of))", new: "'1'",
		tests: []string{"TestConformance/Single/AnAskIsDeliveredAndShown"},
	},
	{
		name:  "who has a seat asks",
		file:  "seats/seatsredis/ask.lua",
		old:   "  if seat_of(teammate) then return {'not_asked', 'already_seated', '0'} end\n",
		new:   "",
		tests: []string{"TestConformance/Single/AnAskIsForWhoHasNoSeatAndIsThere"},
	},
	{
		name: "who is not there asks",
		file: "seats/seatsredis/ask.lua", old: " or not endings.live(session, asker)", new: "",
		tests: []string{"TestConformance/Single/AnAskIsForWhoHasNoSeatAndIsThere"},
	},
	{
		name: "who was told no asks again",
		file: "seats/seatsredis/ask.lua", old: "if ask.of == of then", new: "if ask.of == of and ask.over == '0' then",
		tests: []string{"TestConformance/Single/APairHasOneAskWithinItsLifeWhateverTheAnswer"},
	},
	{
		name: "one ask too many",
		file: "seats/seatsredis/ask.lua", old: "made >= MAX_ASKS", new: "made > MAX_ASKS",
		tests: []string{"TestConformance/Single/AskingMoreThanMaxAsksWithinALifeIsTooMuch"},
	},
	{
		name:  "asks never expire",
		file:  "seats/seatsredis/board.lua",
		old:   "  if license.asking > 0 then what, at, who = sooner(what, at, who, 'ask_ends', I.ask_ends) end\n",
		new:   "",
		tests: []string{"TestConformance/Single/AnAskExpiresAtItsMoment"},
	},
	{
		name: "anybody declines",
		file: "seats/seatsredis/answer.lua", old: "ask and ask.of == of", new: "ask",
		tests: []string{
			"TestConformance/Single/AnAskIsDeclinedByWhoWasAsked",
			"TestConformance/Single/AnAskOfTheAdministratorsIsAnsweredInTheirName",
		},
	},
	{
		name: "an ask outlives who asked",
		file: "seats/seatsredis/asks.lua", old: " or sessions.present(ask.from) == 0", new: "",
		tests: []string{"TestConformance/Single/AnAskIsWithdrawnWhenItCameToNothing"},
	},
	{
		name: "an ask outlives the asker's being seated",
		file: "seats/seatsredis/asks.lua", old: "if seat_of(ask.from) or sessions", new: "if sessions",
		tests: []string{"TestConformance/Single/AnAskIsWithdrawnWhenItCameToNothing"},
	},
	{
		name: "an ask outlives the stay that it asks for",
		file: "seats/seatsredis/asks.lua", old: " or seat.fence ~= ask.fence", new: "",
		tests: []string{"TestConformance/Single/AnAskIsWithdrawnWhenTheHolderClaimsAHigherFence"},
	},
	{
		name: "a repeated ask is not recognized",
		file: "seats/seatsredis/ask.lua", old: "known.from == teammate", new: "known.from ~= teammate",
		tests: []string{"TestConformance/Single/Promise4_AnAskSentTwiceIsAnsweredAlike"},
	},
	{
		name: "the administrators are asked where somebody holds a seat",
		file: "seats/seatsredis/ask.lua", old: "if of ~= '' and not seat then", new: "if not seat then",
		tests: []string{"TestConformance/Single/TheAdministratorsAreAskedWhereNobodyHoldsASeat"},
	},
	{
		name: "the administrators are asked again and again",
		file: "seats/seatsredis/ask.lua", old: "if ask.of == of then", new: "if ask.of == of and of ~= '' then",
		tests: []string{"TestConformance/Single/TheAdministratorsAreAskedOnceWithinAnAsksLifeWhateverTheAnswer"},
	},
	{
		name: "an ask of the administrators does not count",
		file: "seats/seatsredis/ask.lua", old: "made + 1,", new: "made + (ask.of == '' and 0 or 1),",
		tests: []string{"TestConformance/Single/AnAskOfTheAdministratorsCountsAsOne"},
	},
	{
		name: "the yes of the administrators is told as a no",
		file: "seats/seatsredis/answer.lua", old: "accept == '1' and 'accepted' or 'declined'", new: "'declined'",
		tests: []string{"TestConformance/Single/AnAskOfTheAdministratorsIsAnsweredInTheirName"},
	},
	{
		name:  "the last answer of the administrators counts",
		file:  "seats/seatsredis/asks.lua",
		old:   "  if ask.over == '1' then return end\n",
		new:   "  if ask.over == '1' and ask.of ~= '' then return end\n",
		tests: []string{"TestConformance/Single/Promise4_TheFirstAnswerOfTheAdministratorsIsTheOnlyOne"},
	},
	{
		name:  "an ask of the administrators outlives who asked",
		file:  "seats/seatsredis/asks.lua",
		old:   "  if seat_of(ask.from) or sessions.present(ask.from) == 0 then",
		new:   "  if ask.of ~= '' and (seat_of(ask.from) or sessions.present(ask.from) == 0) then",
		tests: []string{"TestConformance/Single/AnAskOfTheAdministratorsIsWithdrawnWithItsAsker"},
	},
	{
		name: "an ask of the administrators ends for want of a holder",
		file: "seats/seatsredis/asks.lua", old: "  if ask.of == '' then return false end\n", new: "",
		tests: []string{"TestConformance/Single/AnAskOfTheAdministratorsOutlivesTheHolders"},
	},
	{
		name: "the end of an ask is not announced",
		file: "seats/seatsredis/board.lua", old: "pack_list(t.answered)", new: "EMPTY_LIST",
		tests: []string{
			"TestConformance/Single/Promise9_ChangesLeadToTheLineAndTheAsksThatAreRead",
			"TestConformance/Single/AnAskExpiresAtItsMoment",
		},
	},
}
