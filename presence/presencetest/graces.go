package presencetest

import (
	"testing"
	"time"

	"usher/presence"
)

// graces: what is shown of who was dropped.
var graces = []promise{
	{"ADropChangesNothingButThatThereIsAGrace", dropShows},
	{"AGraceEndsAtItsMomentHoweverLateThatIsNoticed", graceEnds},
	{"AGraceIsNotProlonged", graceNotProlonged},
	{"AnybodyOfTheTeammateWhoArrivesEndsTheGrace", graceOver},
	{"AChangedGraceMovesNoGraceThatRuns", graceConfigured},
}

func dropShows(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.do(another("ann", "ses-2"))
	s.drop("ann")
	before := s.entry("ann")
	s.Advance(time.Second)
	out := s.do(presence.Drop{Teammate: "ann", Session: "ses-2"})
	before.GraceUntil = s.now().Add(grace)
	equal(t, "entry", s.change(out).Entries, []presence.Entry{before})
	equal(t, "due", [2]time.Time{out.Due, out.Changes[0].Due}, [2]time.Time{before.GraceUntil, before.GraceUntil})
}

func graceEnds(t *testing.T, f Factory) {
	for _, late := range []time.Duration{0, time.Hour} {
		s := open(t, f, "ann")
		s.enter("ann")
		s.Advance(time.Second)
		s.drop("ann")
		left := s.wait(grace - time.Millisecond)
		s.quiet(s.do())
		s.Advance(time.Millisecond + late)
		equal(t, "entry", s.change(s.do()).Entries, []presence.Entry{{
			Teammate: "ann", Name: "Name of ann", Operator: true, Status: presence.Offline, Since: left,
			Seen: presence.Seen{At: left, Shown: left}, Heard: true,
		}})
	}
}

func graceNotProlonged(t *testing.T, f Factory) {
	s := beside(t, f, "ann")
	s.enterBy(nodeB, "ann")
	until := s.now().Add(LeaseTime + grace)
	s.Advance(LeaseTime + time.Second)
	s.drop("ann") // which lapsed
	equal(t, "grace", s.entry("ann").GraceUntil, until)
	s.do(presence.Drop{Teammate: "ann", Session: "ses-unknown"})
	equal(t, "grace", s.entry("ann").GraceUntil, until)
	s.Advance(until.Sub(s.now()))
	s.status("ann", presence.Offline, until.Add(-grace))
}

func graceOver(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.do(another("ann", "ses-1"), another("ann", "ses-2"))
	s.do(presence.Drop{Teammate: "ann", Session: "ses-1"}, presence.Drop{Teammate: "ann", Session: "ses-2"})
	came := s.wait(time.Second)
	s.sessions("ann", "ses-2")
	s.do(another("ann", "ses-3"))
	s.sessions("ann", "ses-3")
	equal(t, "in grace", s.entry("ann").InGrace(), false)
	s.status("ann", presence.Online, came)
	equal(t, "seen", s.entry("ann").Seen, presence.Seen{At: s.now(), Shown: s.now()})
	// Another grace counts anew.
	s.do(presence.Drop{Teammate: "ann", Session: "ses-3"})
	equal(t, "grace", s.entry("ann").GraceUntil, s.now().Add(grace))
}

func graceConfigured(t *testing.T, f Factory) {
	for _, other := range []time.Duration{time.Second, time.Hour} {
		s := beside(t, f, "ann", "bob", "cid")
		s.enter("ann", "bob")
		s.enterBy(nodeB, "cid")
		s.drop("ann")
		s.Advance(LeaseTime)
		s.do() // cid lapses
		s.configure(func(c *presence.Configure) { c.Config.Grace = other })
		s.drop("bob")
		equal(t, "graces", [3]time.Time{s.entry("ann").GraceUntil, s.entry("cid").GraceUntil, s.entry("bob").GraceUntil},
			[3]time.Time{s.now().Add(grace - LeaseTime), s.now().Add(grace), s.now().Add(other)})
	}
}
