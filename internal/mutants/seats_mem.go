package main

import "slices"

// seatsMem are bugs in the in-process engine, and in the rules that it shares with package seats.
var seatsMem = slices.Concat(memCore, memLine, memPolicies, memHalts)

// memCore are bugs in how seats are taken, kept and given back.
var memCore = []mutant{
	{
		name: "a lease is told to have ended when that was noticed",
		file: "seats/seatsmem/lease.go", old: "s.over[n.id] = n.alarm.at", new: "s.over[n.id] = s.now",
		tests: []string{"TestConformance/OthersCanReadWhenALeaseEndedHoweverLateThatIsNoticed"},
	},
	{
		name: "the end of a lease without sessions is not told",
		file: "seats/seatsmem/expire.go", old: "\t\ts.leaseOver(n)\n\t\ts.forgetNode(n)", new: "\t\ts.forgetNode(n)",
		tests: []string{"TestConformance/OthersCanReadWhenALeaseEndedHoweverLateThatIsNoticed"},
	},
	{
		name: "one seat more than the total",
		file: "seats/decide.go", old: "o.Used < o.Total-", new: "o.Used <= o.Total-",
		tests: []string{"TestConformance/Promise1_NeverMoreSeatsThanTheTotal", "TestModel", "TestStampede"},
	},
	{
		name: "a counter instead of a count",
		file: "seats/seatsmem/license.go", old: "return l.numbers.used", new: "return int(l.granted) - l.losses.len()",
		tests: []string{"TestConformance/Promise3_FencesStrictlyGrow", "TestModel"},
	},
	{
		name: "seats in grace are not counted",
		file: "seats/seatsmem/license.go", old: "return l.numbers.used", new: "return l.numbers.used - l.graces.len()",
		tests: []string{"TestConformance/ASeatInGraceIsUsed", "TestModel"},
	},
	{
		name: "leave does not look at the fence",
		file: "seats/seatsmem/leave.go", old: "t.seated && t.holder.fence == c.Fence", new: "t.seated",
		tests: []string{"TestConformance/LeaveOfAnotherFenceGivesNothingBack"},
	},
	{
		name: "leave detaches no other device",
		file: "seats/board.go", old: "LostHandedOver, LostLeft,", new: "LostHandedOver,",
		tests: []string{"TestConformance/LeaveGivesTheSeatBackAndDetachesAllDevices"},
	},
	{
		name: "a session that asks no longer stays attached",
		file: "seats/seatsmem/leave.go", old: "\tsession.attached = false\n", new: "",
		tests: []string{"TestConformance/LeaveOfOneWhoWasRefusedDetachesTheSession"},
	},
	{
		name: "a device that asks no longer is detached from the seat of another",
		file: "seats/seatsmem/leave.go", old: " || session.owner.seated || session.owner.waiting", new: "",
		tests: []string{"TestConformance/LeaveOfOneWhoWasRefusedDetachesTheSession"},
	},
	{
		name: "free does not look at the fence",
		file: "seats/seatsmem/free.go", old: "case t != nil && t.seated && t.holder.fence == c.Fence:", new: "case t != nil && t.seated:",
		tests: []string{"TestConformance/Promise3_FreeOfAnotherFenceTakesNothing"},
	},
	{
		name: "a repeated free is not recognized",
		file: "seats/seatsmem/free.go", old: "t.forget.set() && t.lost.Fence == c.Fence", new: "t.lost.Fence < 0",
		tests: []string{"TestConformance/FreeRepeatedIsAnsweredAlikeWithoutEffect"},
	},
	{
		name: "a late heartbeat revives",
		file: "seats/seatsmem/step.go", old: "\tif l.opened() {\n\t\ts.pass()",
		new: "\tif l.opened() && len(b.Commands) == 0 {\n\t\ts.pass()",
		tests: []string{
			"TestConformance/LateHeartbeatRevivesNoLostSeat",
			"TestConformance/Promise7_ACrashedNodesSeatsAreFreeAfterLeaseAndGrace",
		},
	},
	{
		name: "a lapsed node's sessions stay live",
		file: "seats/seatsmem/license.go", old: "s.attached && s.node.live", new: "s.attached",
		tests: []string{"TestConformance/Promise7_ACrashedNodesSeatsAreFreeAfterLeaseAndGrace", "TestConformance/LogoutIgnoresDevicesThatAreNotLive"},
	},
	{
		name: "grace counts from when the lapse was noticed",
		file: "seats/seatsmem/expire.go", old: "forget := n.alarm.at + ", new: "forget := s.now + ",
		tests: []string{"TestConformance/DelayedTickAppliesDeadlinesAtTheirMoments"},
	},
	{
		name: "a stay is lost when that was noticed",
		file: "seats/seatsmem/release.go", old: "t.holder.fence, moment(s.at)", new: "t.holder.fence, moment(s.now)",
		tests: []string{"TestConformance/DelayedTickAppliesDeadlinesAtTheirMoments"},
	},
	{
		name: "a shorter renewal shortens the lease",
		file: "seats/seatsmem/renew.go", old: "max(n.alarm.at, end)", new: "end",
		tests: []string{"TestConformance/RenewNeverShortens"},
	},
	{
		name: "take does not know ended sessions",
		file: "seats/seatsmem/take.go", old: "\tsession := s.sessions[id]\n\tswitch {\n",
		new:   "\tsession := s.sessions[id]\n\tif session == &ended {\n\t\tsession = nil\n\t}\n\tswitch {\n",
		tests: []string{"TestConformance/Promise4_ATakeBehindItsLogoutIsEnded", "TestConformance/ResumeIsOneStepWithoutGrace"},
	},
	{
		name: "a session that was resumed unseen is not ended",
		file: "seats/seatsmem/take.go", old: "\t\ts.bury(id)\n", new: "",
		tests: []string{"TestConformance/ResumeOfASessionNotYetSeenEndsIt"},
	},
	{
		name: "repeated takes are not told by their number",
		file: "seats/seatsmem/take.go", old: "c.Seq <= session.seq", new: "c.Seq == 0",
		tests: []string{
			"TestConformance/Promise4_ARepeatedTakeTakesNoSeatThatBecameFree",
			"TestConformance/Promise4_ATakeBehindItsLeaveBringsNothingBack",
		},
	},
	{
		name: "a take of any revision will do",
		file: "seats/seatsmem/take.go", old: "s.config.Revision != r:", new: "s.config.Revision == 0:",
		tests: []string{"TestConformance/TakeOfAnotherRevisionIsStale"},
	},
	{
		name: "the fence is made of the seat's number",
		file: "seats/seatsmem/release.go", old: "seats.FencesPerGeneration + s.granted", new: "seats.FencesPerGeneration + int64(s.used())",
		tests: []string{"TestConformance/Promise3_FencesStrictlyGrow", "TestModel"},
	},
	{
		name: "the highest free number is taken",
		file: "seats/seatsmem/numbers.go", old: "bits.TrailingZeros64(s.levels[level][i])", new: "63 - bits.LeadingZeros64(s.levels[level][i])",
		tests: []string{"TestConformance/LowestFreeNumberIsTaken", "TestNumbers"},
	},
	{
		name: "logout ignores other devices",
		file: "seats/seatsmem/logout.go", old: "case !attached || t.live() > 0:", new: "case !attached:",
		tests: []string{"TestConformance/LogoutOfOneDeviceKeepsTheSeat", "TestConformance/Promise5_ASecondDeviceGetsTheSameSeat"},
	},
	{
		name: "a second drop prolongs the grace",
		file: "seats/seatsmem/expire.go", old: "t.live() > 0 || t.grace.set()", new: "t.live() > 0",
		tests: []string{"TestConformance/GraceIsNotProlongedByASecondDrop"},
	},
	{
		name: "the deadline is ignored",
		file: "seats/seatsmem/step.go", old: "now >= b.Deadline.UnixMilli()", new: "now < 0",
		tests: []string{"TestConformance/Promise4_ABatchAfterItsDeadlineDoesNothing"},
	},
	{
		name: "the same revision is applied again",
		file: "seats/seatsmem/configure.go", old: "s.config.Revision >= c.Revision", new: "s.config.Revision > c.Revision",
		tests: []string{"TestConformance/RevisionOlderOrEqualChangesNothing"},
	},
	{
		name: "those no longer seated are not announced",
		file: "seats/seatsmem/step.go", old: "was.seated && !is.seated", new: "was.seated && is.seated",
		tests: []string{"TestConformance/Promise9_ChangesLeadToTheBoardThatIsRead", "TestModel"},
	},
	{
		name: "ended sessions are forgotten before commands are void",
		file: "seats/seatsmem/session.go", old: "seats.EndedMemory.Milliseconds()", new: "seats.CommandLife.Milliseconds()/2",
		tests: []string{"TestConformance/Promise4_EndedSessionsOutliveCommands"},
	},
}
