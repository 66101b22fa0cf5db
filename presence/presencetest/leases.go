package presencetest

import (
	"testing"
	"time"

	"usher/presence"
)

// leases: nodes that die, and nodes that only seemed to. In these scenes zoe is here through node A, which lives.
var leases = []promise{
	{"ALeaseThatEndsBeginsAGraceAtThatMoment", lapses},
	{"OfTwoDevicesOneLapses", lapsesOne},
	{"ARenewedLeaseIsFoundWhenTheKnownEndHasCome", renewedInTime},
	{"WhoIsHeardAgainWithinGraceWasNeverAway", revives},
	{"ANodeThatWasHeardInBetweenLapsesAnew", revivedInBetween},
	{"AfterTheGraceALapsedNodeIsForgotten", lapsedForgotten},
	{"ALeaseOfWhichNothingIsKnownEndedWhenItWasToEnd", leaseForgotten},
	{"ALapsedSessionComesInAnewThroughAnotherNode", lapsedMoves},
	{"ANodeWithoutSessionsIsNotWaitedFor", nodeWithoutSessions},
}

func lapses(t *testing.T, f Factory) {
	for _, late := range []time.Duration{0, time.Second} {
		s := beside(t, f, "ann", "bob")
		s.enterBy(nodeB, "bob", "ann")
		before := s.entry("ann")
		until := s.now().Add(LeaseTime + grace)
		equal(t, "due", s.do().Due, s.now().Add(LeaseTime))
		s.Advance(LeaseTime - time.Millisecond)
		s.quiet(s.do())
		s.Advance(time.Millisecond + late)
		out := s.do()
		before.GraceUntil = until
		entries := s.change(out).Entries
		equal(t, "entries changed", len(entries), 2)
		equal(t, "ann", entries[0], before)
		equal(t, "due", out.Due, until)
		s.Advance(until.Sub(s.now()) - time.Millisecond)
		s.quiet(s.do())
		s.Advance(time.Millisecond + late)
		s.do()
		left := until.Add(-grace)
		s.status("ann", presence.Offline, left)
		equal(t, "seen", s.entry("ann").Seen, presence.Seen{At: left, Shown: left})
	}
	s := beside(t, f, "ann")
	s.enterBy(nodeB, "ann")
	lapsed := s.wait(time.Hour).Add(LeaseTime)
	equal(t, "versions of a step in which all is over", s.changed(s.do()).Since, lapsed)
}

func lapsesOne(t *testing.T, f Factory) {
	s := beside(t, f, "ann")
	s.enter("ann")
	s.idle("ann", "ses-ann", 2, true)
	s.lease(nodeB, LeaseTime)
	s.by(nodeB, another("ann", "ses-2"))
	s.status("ann", presence.Online, s.now())
	lapsed := s.wait(LeaseTime + time.Second).Add(LeaseTime)
	s.do()
	s.sessions("ann", "ses-ann")
	s.status("ann", presence.Away, lapsed)
	equal(t, "in grace", s.entry("ann").InGrace(), false)
	s.Advance(grace)
	s.status("ann", presence.Away, lapsed)
}

func renewedInTime(t *testing.T, f Factory) {
	s := beside(t, f, "ann")
	s.enterBy(nodeB, "ann")
	end := s.now().Add(LeaseTime)
	s.Advance(time.Second)
	s.lease(nodeB, LeaseTime)
	equal(t, "due", s.do().Due, end)
	s.Advance(LeaseTime - time.Second)
	out := s.do()
	s.quiet(out)
	equal(t, "due", out.Due, end.Add(time.Second))
	// An arrival looks it up too.
	s.Advance(500 * time.Millisecond)
	s.lease(nodeB, LeaseTime)
	equal(t, "due", s.by(nodeB, arrive("ann")).Due, s.now().Add(LeaseTime))
}

func revives(t *testing.T, f Factory) {
	for _, late := range []time.Duration{-time.Millisecond, time.Second} { // by which the call comes after the grace
		s := beside(t, f, "ann", "bob")
		s.enterBy(nodeB, "ann", "bob")
		before := s.entry("ann")
		s.Advance(LeaseTime)
		s.do()
		s.do(presence.Depart{Teammate: "bob", Session: "ses-bob"})
		s.Advance(grace - 2*time.Millisecond)
		s.lease(nodeB, LeaseTime)
		end := s.now().Add(LeaseTime)
		s.Advance(2*time.Millisecond + late)
		out := s.do()
		equal(t, "entries changed", s.change(out).Entries, []presence.Entry{before})
		equal(t, "due", out.Due, end)
	}
}

// revivedInBetween: the engine was not called while the node was heard.
func revivedInBetween(t *testing.T, f Factory) {
	s := beside(t, f, "ann")
	s.enterBy(nodeB, "ann")
	s.Advance(LeaseTime)
	s.do()
	s.Advance(time.Second)
	s.lease(nodeB, LeaseTime)
	end := s.now().Add(LeaseTime)
	s.Advance(LeaseTime + time.Second)
	s.do()
	equal(t, "grace", s.entry("ann").GraceUntil, end.Add(grace))
	// It is the same where the lapse went unnoticed.
	s.lease(nodeB, LeaseTime)
	s.do()
	s.Advance(LeaseTime + time.Second)
	s.lease(nodeB, time.Second)
	end = s.now().Add(time.Second)
	s.Advance(2 * time.Second)
	s.do()
	equal(t, "grace", s.entry("ann").GraceUntil, end.Add(grace))
}

func lapsedForgotten(t *testing.T, f Factory) {
	s := beside(t, f, "ann", "bob")
	s.enterBy(nodeB, "ann", "bob")
	s.Advance(LeaseTime + grace)
	s.do()
	s.lease(nodeB, LeaseTime)
	s.quiet(s.do())
	s.status("ann", presence.Offline, s.now().Add(-grace))
	unknown := s.by(nodeB, presence.SetIdle{Teammate: "ann", Session: "ses-ann", Seq: 2, Idle: true})
	equal[presence.Reply](t, "reply", unknown.Replies[0], presence.Unknown{})
	s.quiet(s.by(nodeB, presence.Drop{Teammate: "bob", Session: "ses-bob"}))
	present(t, s.by(nodeB, arrive("ann")).Replies[0])
	s.status("ann", presence.Online, s.now())
}

func leaseForgotten(t *testing.T, f Factory) {
	s := beside(t, f, "ann")
	s.enterBy(nodeB, "ann")
	until := s.now().Add(LeaseTime + grace)
	s.Advance(time.Second)
	s.lease(nodeB, time.Hour)
	s.Forget(s.license, nodeB)
	s.Advance(LeaseTime)
	s.do()
	equal(t, "grace", s.entry("ann").GraceUntil, until)
	s.lease(nodeB, LeaseTime)
	s.do()
	equal(t, "in grace", s.entry("ann").InGrace(), false)
}

func lapsedMoves(t *testing.T, f Factory) {
	s := beside(t, f, "ann")
	s.enterBy(nodeB, "ann")
	came := s.wait(LeaseTime + time.Second)
	c := arrive("ann") // no newer than before
	c.Device, c.Idle = "phone", true
	e := present(t, s.reply(c)).Entry
	equal(t, "devices", e.Devices, []presence.Device{{Session: "ses-ann", Name: "phone", Node: nodeA, Since: came, Idle: true}})
	equal(t, "status, seen", [2]any{e.Status, e.Seen.At}, [2]any{presence.Away, s.now()})
	s.Advance(grace)
	s.quiet(s.do())
	s.sessions("ann", "ses-ann")
}

func nodeWithoutSessions(t *testing.T, f Factory) {
	s := beside(t, f, "ann", "bob")
	s.enterBy(nodeB, "ann")
	live := s.do().Due
	s.depart("ann")
	equal(t, "due after "+live.String(), s.do().Due.After(live), true)
	s.enterBy(nodeC, "bob")
	s.Advance(LeaseTime)
	s.do()
	out := s.depart("bob")
	equal(t, "due", out.Due.After(s.now().Add(grace)), true)
}
