package main

// redisClock are bugs in what is done when the server's clock goes back.
var redisClock = []mutant{
	{
		name: "what is to come stays when the clock goes back",
		file: "seats/seatsredis/main.lua", old: "    if step.back > BACK_AT_MOST then clock.set_back(step.back) end\n", new: "",
		tests: []string{"TestClockSetBackInAWindow"},
	},
	{
		name: "the clock is followed back by a little",
		file: "seats/seatsredis/begin.lua", old: "if step.back > 0 and step.back <= BACK_AT_MOST then now = license.last end", new: "",
		tests: []string{"TestClockSetBackALittleStandsStill"},
	},
	{
		name: "leases outlive their nodes when the clock goes back",
		file: "seats/seatsredis/clock.lua", old: "move_leases(by, license.moved)", new: "license.moved",
		tests: []string{"TestClockSetBackMovesWhatIsToCome", "TestClockSetBackChangesNothingThatIsToCome"},
	},
	{
		name: "a halt stays when the clock goes back",
		file: "seats/seatsredis/clock.lua", old: "'halt', 'alive',", new: "'alive',",
		tests: []string{"TestClockSetBackInAWindow"},
	},
	{
		name: "bars stay when the clock goes back",
		file: "seats/seatsredis/clock.lua", old: "  shift_bars(by)\n", new: "",
		tests: []string{"TestClockSetBackInAWindow"},
	},
	{
		name: "idleness stays when the clock goes back",
		file: "seats/seatsredis/clock.lua", old: "  shift_sessions(by)\n", new: "",
		tests: []string{"TestClockSetBackChangesNothingThatIsToCome"},
	},
	{
		name: "places stay when the clock goes back",
		file: "seats/seatsredis/clock.lua", old: "I.place_graces, I.idling,", new: "I.idling,",
		tests: []string{"TestClockSetBackChangesNothingThatIsToCome"},
	},
}
