package main

import "slices"

// presenceRedis are bugs in presence's engine on Redis.
var presenceRedis = slices.Concat(presenceRedisRules, presenceRedisKept, presenceRedisClock)

const (
	pLua      = "presence/presenceredis/"
	pPromises = "TestConformance/Single/"
)

// presenceRedisRules are bugs in the rules, which the conformance suite and the model find.
var presenceRedisRules = []mutant{
	{
		name: "ended sessions come in again",
		file: pLua + "sessions.lua", old: "    if cause then return", new: "    if false then return",
		tests: []string{pPromises + "Promise4_EndedSessionsStayEnded", "TestModel/Single"},
	},
	{
		name: "anybody ends a session",
		file: pLua + "sessions.lua", old: "if session and session.teammate ~= teammate or not session and", new: "if not session and",
		tests: []string{pPromises + "ASessionIsItsTeammatesAlone"},
	},
	{
		name: "sessions arrive when the lease is over",
		file: pLua + "arrive.lua", old: "if ends <= now then", new: "if ends == 0 then",
		tests: []string{pPromises + "WithoutALeaseNobodyArrives"},
	},
	{
		name: "sessions that lapsed are counted",
		file: pLua + "arrive.lua", old: "#sessions.live(teammate) >= state.sessions", new: "#sessions.all(teammate) >= state.sessions",
		tests: []string{pPromises + "SessionsOfATeammateAreCounted"},
	},
	{
		name: "a resume in grace is none",
		file: pLua + "arrive.lua", old: "local there = lingers or session ~= false", new: "local there = session ~= false",
		tests: []string{pPromises + "AGraceLongerThanTheMemoryOfEndedSessionsIsResumedToo"},
	},
	{
		name: "large sequence numbers are compared as doubles",
		file: pLua + "idle.lua", old: "if not at_most(seq, session.seq) then", new: "if tonumber(seq) > tonumber(session.seq) then",
		tests: []string{"TestSequenceNumbersAreExact"},
	},
	{
		name: "a grace is prolonged",
		file: pLua + "roster.lua", old: "if t.left == 0 and #sessions.live(t.id) == 0 then", new: "if #sessions.live(t.id) == 0 then",
		tests: []string{pPromises + "AGraceIsNotProlonged"},
	},
	{
		name: "what changed and changed back has changed",
		file: pLua + "roster.lua", old: "    if is ~= was then\n", new: "    if is then\n",
		tests: []string{pPromises + "WhatChangedBackDidNotChange"},
	},
	{
		name: "the invisible are seen",
		file: pLua + "roster.lua", old: "status ~= 'offline' and status ~= 'invisible'", new: "status ~= 'offline'",
		tests: []string{"TestModel/Single"},
	},
	{
		name: "of what is due at one moment the last is first",
		file: pLua + "due.lua", old: "due < at or due == at and", new: "due <= at or due == at and",
		tests: []string{"TestConformance/Single/AtOneMomentAGraceEndsBeforeATimedChoice"},
	},
	{
		name: "events come about when they are noticed",
		file: pLua + "pass.lua", old: "    step.at = at\n", new: "",
		tests: []string{pPromises + "ALeaseThatEndsBeginsAGraceAtThatMoment", pPromises + "ATimedChoiceIsOverAtItsMoment"},
	},
	{
		name: "renewed leases are not looked up",
		file: pLua + "nodes.lua", old: "ends > known_node.ends", new: "false",
		tests: []string{pPromises + "ARenewedLeaseIsFoundWhenTheKnownEndHasCome"},
	},
	{
		name: "silence is not waited for",
		file: pLua + "pass.lua", old: "      state.halt, state.waited = now + SILENCE, now\n", new: "",
		tests: []string{pPromises + "SilenceIsWaitedForBeforeAnybodyLapses"},
	},
	{
		name: "a tick is too early while lapsed nodes may have been renewed",
		file: pLua + "begin.lua", old: "    if known_node.forget > 0 then return true end\n", new: "",
		tests: []string{pPromises + "WhoIsHeardAgainWithinGraceWasNeverAway"},
	},
	{
		name: "live sessions are looked up before a session arrives, and not after it",
		file: pLua + "sessions.lua", old: "  known[id], step.live[session.teammate] = session, nil\n", new: "  known[id] = session\n",
		tests: []string{"TestModel/Single"},
	},
}

// presenceRedisKept are bugs in what is kept, and for how long.
var presenceRedisKept = []mutant{
	{
		name: "ended sessions are remembered for ever",
		file: pLua + "pass.lua", old: "redis.call('HDEL', K.ended, id)", new: "_ = id",
		tests: []string{"TestNothingIsKeptOfWhoHasLeft"},
	},
	{
		name: "forgetting goes on once alone",
		file: pLua + "pass.lua", old: "  state.forget = next_one or 0\n", new: "  state.forget = next_one and 0 or 0\n",
		tests: []string{"TestModel/Single"},
	},
	{
		name: "nodes without sessions are kept",
		file: pLua + "sessions.lua", old: "  if not some[1] then state.nodes[name] = nil end\n", new: "  _ = some\n",
		tests: []string{"TestNothingIsKeptOfWhoHasLeft", pPromises + "ANodeWithoutSessionsIsNotWaitedFor"},
	},
	{
		name: "a session is indexed by its node for ever",
		file: pLua + "sessions.lua", old: "  redis.call('ZREM', K.index, 't:'", new: "  redis.call('ZREM', K.meta .. ':no', 't:'",
		tests: []string{"TestModel/Single"},
	},
	{
		name: "another server is trusted",
		file: pLua + "records.lua", old: "state.generation > 0 and state.run == run_id()", new: "state.generation > 0",
		tests: []string{"TestARestartedServerIsUnopened", "TestFailoverOpensANewGeneration"},
	},
	{
		name: "a new generation remembers who was here",
		file: pLua + "open.lua", old: "K.choices, K.sessions, K.index", new: "K.choices, K.index",
		tests: []string{"TestARestartedServerIsUnopened"},
	},
	{
		name: "a new generation forgets who ended",
		file: pLua + "open.lua", old: "K.graces, K.untils)", new: "K.graces, K.untils, K.ended)",
		tests: []string{"TestARestartedServerIsUnopened"},
	},
	{
		name: "more is announced than is told",
		file: pLua + "roster.lua", old: "      if #entries + #removed == MOST_ANNOUNCED then return true, {}, {} end\n", new: "",
		tests: []string{"TestLargeRosters/5000", "TestManyLapseAtOnce"},
	},
	{
		name: "one less is announced than is told",
		file: pLua + "roster.lua", old: "#entries + #removed == MOST_ANNOUNCED", new: "#entries + #removed == MOST_ANNOUNCED - 1",
		tests: []string{"TestAsManyAsAreAnnounced"},
	},
}

// presenceRedisClock are bugs in what is done when the server's clock goes back.
var presenceRedisClock = []mutant{
	{
		name: "what is to come stays when the clock goes back",
		file: pLua + "main.lua", old: "    if step.back > BACK_AT_MOST then clock.set_back(step.back) end\n", new: "",
		tests: []string{"TestClockSetBackMovesWhatIsToCome", "TestClockSetBackInSilence"},
	},
	{
		name: "the clock is followed back by a little",
		file: pLua + "begin.lua", old: "if back > 0 and back <= BACK_AT_MOST then now = state.last end\n", new: "",
		tests: []string{"TestClockSetBackALittleStandsStill"},
	},
	{
		name: "the shared leases stay when the clock goes back",
		file: pLua + "clock.lua", old: "  state.moved = move_leases(by, state.moved)\n", new: "",
		tests: []string{"TestClockSetBackChangesNothingThatIsToCome"},
	},
	{
		name: "how often leases were moved is forgotten",
		file: pLua + "clock.lua", old: "  state.moved = move_leases(by, state.moved)\n", new: "  move_leases(by, state.moved)\n",
		tests: []string{"TestClockSetBackChangesNothingThatIsToCome"},
	},
	{
		name: "known leases stay when the clock goes back",
		file: pLua + "clock.lua", old: "    known_node.ends = known_node.ends - by\n", new: "",
		tests: []string{"TestClockSetBackMovesWhatIsToCome"},
	},
	{
		name: "a silence stays when the clock goes back",
		file: pLua + "clock.lua", old: "'halt', ", new: "",
		tests: []string{"TestClockSetBackInSilence"},
	},
	{
		name: "there is no silence for as long as the clock went back",
		file: pLua + "clock.lua", old: "'waited', ", new: "",
		tests: []string{"TestClockSetBackInSilence"},
	},
	{
		name: "who ended is remembered for longer under a clock that is behind",
		file: pLua + "open.lua", old: "  if step.back > BACK_AT_MOST then clock.shift(K.memory, step.back) end\n", new: "",
		tests: []string{"TestOpeningUnderAClockThatIsBehind"},
	},
}
