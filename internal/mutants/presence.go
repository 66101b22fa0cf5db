package main

// presenceRules are bugs in what package presence does around every engine.
var presenceRules = []mutant{
	{
		name: "a later generation opens without a window",
		file: "presence/attendance.go", old: "if g > 1 && a.lease > 0 {", new: "if false {",
		tests: []string{"TestAttendanceOpensWithAWindow"},
	},
	{
		name: "the window is over before who was in grace would be offline",
		file: "presence/attendance.go", old: "a.lease + all.Config.Grace", new: "a.lease",
		tests: []string{"TestAttendanceOpensWithAWindow"},
	},
	{
		name: "strangers are not asked for",
		file: "presence/attendance.go", old: "len(strangers) > 0 && !asked", new: "len(strangers) < 0 && !asked",
		tests: []string{"TestAttendanceLearnsOfStrangers"},
	},
	{
		name: "a stranger is taken for nobody while the database is down",
		file: "presence/attendance.go", old: "replies[i] = Unhealed{err}", new: "replies[i] = NoTeammate{}",
		tests: []string{"TestAttendanceWithoutADatabase"},
	},
	{
		name: "what was done is done again with what was not",
		file: "presence/attendance.go", old: "\t\t\t\topen = strangers\n", new: "",
		tests: []string{"TestAttendanceLearnsOfStrangers"},
	},
	{
		name: "a restored database is not applied as a whole",
		file: "presence/attendance.go", old: "whole := err == nil && changed.Config.Revision < engine", new: "whole := false",
		tests: []string{"TestConfigureFromARestoredDatabase"},
	},
	{
		name: "changes of the steps that heal are lost",
		file: "presence/attendance.go", old: "\t\t\tchanges = append(changes, opened.Changes...)\n", new: "\t\t\t_ = opened\n",
		tests: []string{"TestAttendanceOpens"},
	},
	{
		name: "the devices of who shows up again tell of unseen times",
		file: "presence/roster.go", old: "d.Since.Before(e.VisibleSince)", new: "false",
		tests: []string{"TestForColleagues"},
	},
	{
		name: "colleagues are told when the unseen were last here",
		file: "presence/roster.go", old: "\te.Seen.At = e.Seen.Shown\n", new: "",
		tests: []string{"TestForColleagues"},
	},
	{
		name: "epochs are compared as texts",
		file: "presence/id.go", old: "if len(a) != len(b) {", new: "if false {",
		tests: []string{"TestEpochBefore"},
	},
	{
		name: "a timed choice is over a moment late",
		file: "presence/status.go", old: "now.Before(c.Until)", new: "!now.After(c.Until)",
		tests: []string{"TestChoiceAt"},
	},
}
