package main

import "slices"

// presenceMem are bugs in presence's engine in process, and in the rules that it shares with package presence.
var presenceMem = slices.Concat(presenceMemSessions, presenceMemShown, presenceMemTruth, presenceMemTime)

// presenceMemSessions are bugs in how sessions arrive and end.
var presenceMemSessions = []mutant{
	{
		name: "ended sessions come in again",
		file: "presence/presencemem/arrive.go", old: "case l.memory.has(id):", new: "case false:",
		tests: []string{"TestConformance/Promise4_EndedSessionsStayEnded", "TestModel"},
	},
	{
		name: "ended sessions are forgotten too early",
		file: "presence/presencemem/memory.go", old: "].forget <= now {", new: "].forget <= now+1 {",
		tests: []string{"TestConformance/Promise4_EndedSessionsAreForgottenInTheEnd"},
	},
	{
		name: "an unknown session is not ended",
		file: "presence/presencemem/end.go", old: "\ts.end(e)\n", new: "\tif ses != nil {\n\t\ts.end(e)\n\t}\n",
		tests: []string{"TestConformance/Promise4_AnUnknownSessionIsEndedTooAndNothingElse"},
	},
	{
		name: "the end of an unknown session is not heard",
		file: "presence/presencemem/end.go", old: "\tif t != nil {\n\t\ts.hear(t)", new: "\tif ses != nil {\n\t\ts.hear(t)",
		tests: []string{"TestConformance/InAWindowItIsToldOfWhomNothingWasHeard"},
	},
	{
		name: "anybody ends a session",
		file: "presence/presencemem/end.go", old: "ses != nil && ses.owner != t || s.memory.has(e.Session)", new: "s.memory.has(e.Session)",
		tests: []string{"TestConformance/ASessionIsItsTeammatesAlone"},
	},
	{
		name: "anybody resumes a session",
		file: "presence/presencemem/arrive.go", old: "resumed != nil && resumed.owner != t", new: "resumed != nil && resumed.owner == nil",
		tests: []string{"TestConformance/NobodyResumesSomebodyElse"},
	},
	{
		name: "a resume ends the earlier session as if its client knew",
		file: "presence/presencemem/arrive.go", old: "Cause: presence.CauseResumed}", new: "Cause: presence.CauseDeparted}",
		tests: []string{"TestConformance/AResumeEndsTheEarlierSessionInTheSameStep"},
	},
	{
		name: "a resume that is sent again was none",
		file: "presence/presencemem/arrive.go", old: "return earlier.heir == heir", new: "return false",
		tests: []string{"TestConformance/AResumeEndsTheEarlierSessionInTheSameStep"},
	},
	{
		name: "a resume in grace is none",
		file: "presence/presencemem/arrive.go", old: "case over && lingers:", new: "case false:",
		tests: []string{"TestConformance/AResumeInGraceFindsEverythingAsBefore"},
	},
	{
		name: "sessions that lapsed are counted",
		file: "presence/presencemem/arrive.go", old: "len(t.devices()) >= limit", new: "len(t.sessions) >= limit",
		tests: []string{"TestConformance/SessionsOfATeammateAreCounted"},
	},
	{
		name: "a known session is one too many",
		file: "presence/presencemem/arrive.go", old: "if comes && s.tooMany(t) {", new: "if s.tooMany(t) {",
		tests: []string{"TestConformance/SessionsOfATeammateAreCounted"},
	},
	{
		name: "sessions arrive when the lease is over",
		file: "presence/presencemem/arrive.go", old: "if end <= s.now {", new: "if end == 0 {",
		tests: []string{"TestConformance/WithoutALeaseNobodyArrives"},
	},
	{
		name: "an older arrival undoes what was said since",
		file: "presence/presencemem/arrive.go", old: "comes || c.Seq > ses.seq", new: "true",
		tests: []string{"TestConformance/Promise4_AnArrivalSentAgainTellsWhatIs"},
	},
	{
		name: "an arrival that is sent again is an arrival",
		file: "presence/presencemem/arrive.go", old: "\tif comes {\n\t\ts.see", new: "\t{\n\t\ts.see",
		tests: []string{"TestConformance/Promise4_AnArrivalSentAgainTellsWhatIs"},
	},
	{
		name: "a connection begins in the future",
		file: "presence/presencemem/arrive.go", old: "!c.Since.IsZero() && c.Since.Before(since)", new: "!c.Since.IsZero()",
		tests: []string{"TestConformance/DevicesStandInTheOrderInWhichTheyCame"},
	},
	{
		name: "idleness is taken in any order",
		file: "presence/presencemem/choose.go", old: "if c.Seq > ses.seq {", new: "if true {",
		tests: []string{"TestConformance/Promise4_WhatASessionSaysIsTakenInItsOrder"},
	},
	{
		name: "a ghost delays who logs out",
		file: "presence/presencemem/end.go", old: "known || t.lingers(c.Session)", new: "known",
		tests: []string{"TestConformance/AGhostDelaysNothing"},
	},
	{
		name: "lapsed sessions are not expelled",
		file: "presence/presencemem/end.go", old: "\t\tall[ses.device.Session] = ses.device\n",
		new:   "\t\tif ses.live() {\n\t\t\tall[ses.device.Session] = ses.device\n\t\t}\n",
		tests: []string{"TestConformance/LapsedSessionsAreExpelledToo"},
	},
	{
		name: "who is in grace can't be expelled",
		file: "presence/presencemem/end.go", old: "\tif t.grace.set() {\n\t\tfor _, d", new: "\tif false {\n\t\tfor _, d",
		tests: []string{"TestConformance/WhoIsInGraceIsExpelledToo"},
	},
	{
		name: "a node is told of sessions that its clients ended",
		file: "presence/presencemem/session.go", old: "\tcase presence.CauseDeparted, presence.CauseDropped:\n",
		new:   "\tdefault:\n\t\ts.closing = append(s.closing, e.Ending)\n",
		tests: []string{"TestConformance/WhoLogsOutIsOfflineAtOnce"},
	},
}

// presenceMemShown are bugs in what is shown.
var presenceMemShown = []mutant{
	{
		name: "a drop is a logout",
		file: "presence/presencemem/show.go", old: "\t\ts.graces.put(&t.grace, s.at+s.config.Grace.Milliseconds())\n", new: "",
		tests: []string{"TestConformance/ADropChangesNothingButThatThereIsAGrace"},
	},
	{
		name: "a grace is begun again",
		file: "presence/presencemem/show.go", old: "if t.left == 0 && !t.live() {", new: "if !t.live() {",
		tests: []string{"TestConformance/AGraceIsNotProlonged"},
	},
	{
		name: "a grace goes on with who came back",
		file: "presence/presencemem/show.go", old: "\t\ts.graces.drop(&t.grace)\n\t\tt.left,", new: "\t\tt.left,",
		tests: []string{"TestConformance/AnybodyOfTheTeammateWhoArrivesEndsTheGrace"},
	},
	{
		name: "who went was last here when that was noticed",
		file: "presence/presencemem/show.go", old: "here := moment(cmp.Or(t.left, s.at))", new: "here := moment(s.at)",
		tests: []string{"TestConformance/AGraceEndsAtItsMomentHoweverLateThatIsNoticed"},
	},
	{
		name: "idle devices make nobody away",
		file: "presence/status.go", old: "\treturn Away\n", new: "\treturn chosen\n",
		tests: []string{"TestConformance/WhoseDevicesAreAllIdleIsAway"},
	},
	{
		name: "the invisible show up when they idle",
		file: "presence/status.go", old: "case chosen == Invisible:", new: "case false:",
		tests: []string{"TestConformance/AnIdleTeammateKeepsWhatTheyChose"},
	},
	{
		name: "colleagues see when the invisible arrive",
		file: "presence/presencemem/arrive.go", old: "\tif visible(e.Status) {\n\t\te.Seen.Shown", new: "\tif true {\n\t\te.Seen.Shown",
		tests: []string{"TestConformance/WhoLeavesAndComesUnseenIsNotSeen", "TestModel"},
	},
	{
		name: "who becomes invisible was last here when they came",
		file: "presence/presencemem/show.go", old: "e.Seen.Shown = later(e.Seen.Shown, here)", new: "_ = here",
		tests: []string{"TestConformance/TheInvisibleLookLikeThoseWhoLeft"},
	},
	{
		name: "who shows up again was here before",
		file: "presence/presencemem/show.go", old: "\t\t\te.VisibleSince = e.Since\n", new: "\t\t\te.VisibleSince = moment(1)\n",
		tests: []string{"TestConformance/WhoShowsUpAgainWasNotHereBefore"},
	},
	{
		name: "a status that lasts begins anew",
		file: "presence/presencemem/show.go", old: "\tif is == was {\n\t\treturn\n\t}\n", new: "",
		tests: []string{"TestConformance/AResumeEndsTheEarlierSessionInTheSameStep"},
	},
	{
		name: "what was shown before holds for another status",
		file: "presence/presencemem/arrive.go", old: "shown.Status == e.Status && ", new: "",
		tests: []string{"TestConformance/WhatWasShownBeforeAnEngineForgotHoldsSinceThen"},
	},
	{
		name: "an older choice is taken",
		file: "presence/presencemem/show.go", old: "c.Number > t.choice.Number", new: "c.Number != t.choice.Number",
		tests: []string{"TestConformance/Promise4_AChoiceReplacesEarlierOnesAlone"},
	},
	{
		name: "a timed choice stays",
		file: "presence/presencemem/show.go", old: "\t\ts.untils.put(&t.until, t.choice.Until.UnixMilli())\n", new: "",
		tests: []string{"TestConformance/ATimedChoiceIsOverAtItsMoment"},
	},
	{
		name: "a choice that was replaced returns",
		file: "presence/presencemem/show.go", old: "\ts.untils.drop(&t.until)\n\tif", new: "\tif",
		tests: []string{"TestConformance/AChoiceReplacesATimedOne"},
	},
	{
		name: "devices stand as they are found",
		file: "presence/presencemem/show.go", old: "\tsortDevices(all)\n", new: "",
		tests: []string{"TestConformance/DevicesStandInTheOrderInWhichTheyCame"},
	},
	{
		name: "every step is a change",
		file: "presence/presencemem/step.go", old: "!same(&was.entry, &is.entry)", new: "true",
		tests: []string{"TestConformance/WhatChangedBackDidNotChange"},
	},
	{
		name: "a large change is told",
		file: "presence/presencemem/step.go", old: "\t\tc.Large, c.Entries, c.Removed = true, nil, nil\n", new: "",
		tests: []string{"TestConformance/Promise9_ALargeChangeIsToldAndRead"},
	},
	{
		name: "a version is told twice",
		file: "presence/presencemem/step.go", old: "\ts.version++\n", new: "\ts.version = max(s.version, 1)\n",
		tests: []string{"TestConformance/Promise9_ChangesLeadToTheRosterThatIsRead", "TestModel"},
	},
	{
		name: "who has another epoch is told that nothing changed",
		file: "presence/presencemem/read.go", old: "c.Epoch == head.Epoch && ", new: "",
		tests: []string{"TestConformance/WhoHasTheRosterIsToldSo"},
	},
}

// presenceMemTruth are bugs in how the engine is told what is true.
var presenceMemTruth = []mutant{
	{
		name: "a license is opened again",
		file: "presence/presencemem/configure.go", old: "if s.opened() {", new: "if s.generation >= c.Generation {",
		tests: []string{"TestConformance/AGenerationOpensOnce"},
	},
	{
		name: "a revision is applied again",
		file: "presence/presencemem/configure.go", old: "case is == c.Config.Revision:", new: "case false:",
		tests: []string{"TestConformance/ARevisionIsAppliedOnce"},
	},
	{
		name: "changes are applied over a gap",
		file: "presence/presencemem/configure.go", old: "is < c.Base || ", new: "",
		tests: []string{"TestConformance/ARevisionIsAppliedOnce"},
	},
	{
		name: "an older revision is applied",
		file: "presence/presencemem/configure.go", old: " || is > c.Config.Revision:", new: ":",
		tests: []string{"TestConformance/ARevisionIsAppliedOnce"},
	},
	{
		name: "a restored database removes nobody",
		file: "presence/presencemem/configure.go", old: "if c.Whole {", new: "if false {",
		tests: []string{"TestConformance/ARestoredDatabaseIsApplied"},
	},
	{
		name: "sessions of who is removed stay",
		file: "presence/presencemem/configure.go", old: "for len(t.sessions) > 0 {", new: "for false {",
		tests: []string{"TestConformance/WhoIsRemovedGoesWithAllSessions"},
	},
	{
		name: "who is added was not heard of",
		file: "presence/presencemem/configure.go", old: "\t\t\ts.hear(s.teammates[m.Teammate])\n", new: "",
		tests: []string{"TestConformance/WhoIsAddedIsHeardOf"},
	},
	{
		name: "a sighting is taken back",
		file: "presence/presencemem/configure.go", old: "later(e.Seen.At, cut(m.Seen.At))", new: "cut(m.Seen.At)",
		tests: []string{"TestConformance/AChoiceAndASightingAreNeverTakenBack"},
	},
}

// presenceMemTime are bugs in what time brings about.
var presenceMemTime = []mutant{
	{
		name: "what is due happens when it is noticed",
		file: "presence/presencemem/pass.go", old: "\t\ts.at = at\n", new: "",
		tests: []string{
			"TestConformance/ATimedChoiceIsOverAtItsMoment", "TestConformance/ALeaseThatEndsBeginsAGraceAtThatMoment",
		},
	},
	{
		name: "timed choices are over before graces",
		file: "presence/presencemem/pass.go", old: "\tconsider(graceEnds, l.graces.at())\n\tconsider(choiceEnds, l.untils.at())\n",
		new:   "\tconsider(choiceEnds, l.untils.at())\n\tconsider(graceEnds, l.graces.at())\n",
		tests: []string{"TestConformance/AtOneMomentAGraceEndsBeforeATimedChoice"},
	},
	{
		name: "a window does not end",
		file: "presence/presencemem/pass.go", old: "\tconsider(windowEnds, l.window)\n", new: "",
		tests: []string{"TestConformance/InAWindowItIsToldOfWhomNothingWasHeard"},
	},
	{
		name: "in silence graces end",
		file: "presence/presencemem/pass.go", old: "e == graceEnds || ", new: "",
		tests: []string{"TestConformance/InSilenceWhatBecameDueComesAboutAtItsMoment"},
	},
	{
		name: "in silence nodes are forgotten",
		file: "presence/presencemem/pass.go", old: " || e == nodeForgotten)", new: ")",
		tests: []string{"TestConformance/InSilenceNoNodeIsForgotten"},
	},
	{
		name: "silence is not waited for",
		file: "presence/presencemem/lease.go", old: "!called && s.unwaited()", new: "!called && false",
		tests: []string{"TestConformance/SilenceIsWaitedForBeforeAnybodyLapses"},
	},
	{
		name: "silence never ends",
		file: "presence/presencemem/lease.go", old: "s.waited < a.at && ", new: "",
		tests: []string{"TestConformance/ASilenceIsWaitedForOnce"},
	},
	{
		name: "the first to call after an outage ends everybody else",
		file: "presence/presencemem/lease.go", old: "!called && s.unwaited()",
		new:   "!(called || s.serving.latest() > s.now) && s.unwaited()",
		tests: []string{"TestConformance/TheFirstToCallAfterAnOutageEndsNobodyElse"},
	},
	{
		name: "silence is waited for while nodes live",
		file: "presence/presencemem/lease.go", old: "called := s.serving.latest() > s.now", new: "called := false",
		tests: []string{"TestConformance/ANodeThatLivesBreaksNoSilence"},
	},
	{
		name: "a lapsed node is not heard again",
		file: "presence/presencemem/lease.go", old: "slices.Clone(s.lapsed)", new: "slices.Clone(s.lapsed[:0])",
		tests: []string{"TestConformance/WhoIsHeardAgainWithinGraceWasNeverAway"},
	},
	{
		name: "a lease that was renewed is over",
		file: "presence/presencemem/lease.go", old: "\t\tif a.at <= s.now {\n\t\t\ts.lookUp", new: "\t\tif false {\n\t\t\ts.lookUp",
		tests: []string{"TestConformance/ARenewedLeaseIsFoundWhenTheKnownEndHasCome"},
	},
	{
		name: "a node of which nothing is known has a lease",
		file: "presence/presencemem/lease.go", old: "\t\t\treturn 0\n", new: "\t\t\treturn never\n",
		tests: []string{"TestConformance/WithoutALeaseNobodyArrives"},
	},
	{
		name: "a lapsed node is remembered for longer than the grace",
		file: "presence/presencemem/lease.go", old: "n.end+s.config", new: "n.end+2*s.config",
		tests: []string{"TestConformance/AfterTheGraceALapsedNodeIsForgotten"},
	},
	{
		name: "a node without sessions is waited for",
		file: "presence/presencemem/session.go", old: "if len(n.sessions) > 0 {", new: "if true {",
		tests: []string{"TestConformance/ANodeWithoutSessionsIsNotWaitedFor"},
	},
	{
		name: "a session does not move to another node",
		file: "presence/presencemem/session.go", old: "if ses.node == n {", new: "if ses.node != nil {",
		tests: []string{"TestConformance/ALapsedSessionComesInAnewThroughAnotherNode"},
	},
	{
		name: "time goes back",
		file: "presence/presencemem/step.go", old: "l.now = max(l.now, now)", new: "l.now = now",
		tests: []string{"TestClockNeverGoesBack"},
	},
}
