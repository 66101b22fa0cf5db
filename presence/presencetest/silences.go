package presencetest

import (
	"testing"
	"time"

	"usher/presence"
)

// silences: nobody was heard of for a while.
var silences = []promise{
	{"SilenceIsWaitedForBeforeAnybodyLapses", silenceWaited},
	{"WhoRenewsInSilenceWasNeverAway", silenceRenewed},
	{"TheFirstToCallAfterAnOutageEndsNobodyElse", silenceFirstCall},
	{"ASilenceIsWaitedForOnce", silenceOnce},
	{"ASilenceAfterALeaseWasRenewedIsWaitedForToo", silenceAgain},
	{"InSilenceWhatBecameDueComesAboutAtItsMoment", silenceMoments},
	{"InSilenceNoNodeIsForgotten", silenceForgetsNone},
	{"InSilenceAllElseGoesOn", silenceElse},
	{"ANodeThatLivesBreaksNoSilence", noSilence},
}

// third is what is waited.
const third = LeaseTime / 3

// lonely is a scene in which all who are here are so through node B, which has a lease.
func lonely(t *testing.T, f Factory, teammates ...presence.TeammateID) *scene {
	t.Helper()
	s := open(t, f, teammates...)
	s.enterBy(nodeB, teammates...)
	return s
}

func silenceWaited(t *testing.T, f Factory) {
	for _, late := range []time.Duration{0, time.Second, time.Hour} {
		s := lonely(t, f, "ann")
		until := s.now().Add(LeaseTime + grace)
		s.Advance(LeaseTime + late)
		out := s.do()
		s.quiet(out)
		equal(t, "due", out.Due, s.now().Add(third))
		s.Advance(third - time.Millisecond)
		s.quiet(s.do())
		s.Advance(time.Millisecond)
		if e := s.changed(s.do()); late < time.Hour {
			equal(t, "grace", e.GraceUntil, until)
		} else {
			equal(t, "since", e.Since, until.Add(-grace))
		}
	}
}

func silenceRenewed(t *testing.T, f Factory) {
	s := lonely(t, f, "ann")
	s.Advance(time.Hour)
	s.quiet(s.do())
	s.Advance(third - time.Millisecond)
	s.lease(nodeB, LeaseTime)
	end := s.now().Add(LeaseTime)
	s.Advance(time.Millisecond)
	out := s.do()
	s.quiet(out)
	equal(t, "due", out.Due, end)
}

// silenceFirstCall: node A renews first, and calls; node B has had no time to yet.
func silenceFirstCall(t *testing.T, f Factory) {
	s := unopened(t, f)
	s.opens(1, 0, "ann", "bob", "cid")
	s.enterBy(nodeB, "bob")
	s.enterBy(nodeC, "cid")
	s.lease(nodeA, LeaseTime)
	s.enter("ann")
	s.Advance(time.Hour)
	s.lease(nodeA, LeaseTime)
	s.quiet(s.do())
	s.Advance(third - time.Millisecond)
	s.lease(nodeB, LeaseTime)
	s.quiet(s.do())
	s.Advance(time.Millisecond)
	equal(t, "changed", s.changed(s.do()).Teammate, "cid")
	s.sessions("bob", ses("bob"))
	s.sessions("cid")
}

func silenceOnce(t *testing.T, f Factory) {
	s := lonely(t, f, "ann")
	s.Advance(LeaseTime)
	s.quiet(s.do())
	s.Advance(third)
	s.do()
	equal(t, "in grace", s.entry("ann").InGrace(), true)
	s.Advance(grace)
	s.do()
	s.sessions("ann")
}

func silenceAgain(t *testing.T, f Factory) {
	s := lonely(t, f, "ann")
	for range 3 {
		s.Advance(LeaseTime)
		out := s.do()
		s.quiet(out)
		equal(t, "due", out.Due, s.now().Add(third))
		s.Advance(third)
		s.lease(nodeB, LeaseTime)
		s.quiet(s.do())
	}
}

func silenceMoments(t *testing.T, f Factory) {
	s := lonely(t, f, "ann", "bob")
	s.configure(func(c *presence.Configure) { c.Config.Grace = time.Second })
	lapsed := s.now().Add(LeaseTime)
	s.chooses("ann", presence.Choice{Status: presence.Busy, Until: lapsed.Add(2 * time.Second), Before: presence.Intent{Status: presence.Online}})
	s.Advance(LeaseTime)
	s.do()
	s.Advance(time.Second)
	s.do(presence.Drop{Teammate: "bob", Session: ses("bob")})
	dropped := s.wait(time.Second)
	s.do() // ann's choice is over
	s.Advance(time.Second)
	s.quiet(s.do()) // bob's grace is, but not in silence
	s.sessions("bob", ses("bob"))
	s.Advance(third - 3*time.Second)
	s.do()
	s.status("ann", presence.Offline, lapsed)
	s.status("bob", presence.Offline, dropped)
}

func silenceForgetsNone(t *testing.T, f Factory) {
	s := unopened(t, f)
	s.opens(1, 0, "ann", "zoe")
	s.lease(nodeC, LeaseTime+grace-time.Second)
	s.by(nodeC, arrive("zoe"))
	s.enterBy(nodeB, "ann")
	came := s.wait(LeaseTime)
	s.do()
	equal(t, "in grace", s.entry("ann").InGrace(), true)
	s.Advance(grace - time.Second)
	s.quiet(s.do()) // zoe's lease is over: silence
	s.Advance(2 * time.Second)
	s.quiet(s.do())
	s.lease(nodeB, LeaseTime)
	s.do()
	equal(t, "in grace", s.entry("ann").InGrace(), false)
	s.status("ann", presence.Online, came)
}

func silenceElse(t *testing.T, f Factory) {
	s := unopened(t, f)
	s.lease(nodeA, forever)
	s.opens(2, LeaseTime+2*time.Second, "ann", "bob", "cid")
	s.enterBy(nodeB, "ann", "bob")
	until := s.now().Add(LeaseTime + time.Second)
	s.chooses("ann", presence.Choice{Status: presence.Busy, Until: until, Before: presence.Intent{Status: presence.Away}})
	s.Advance(LeaseTime)
	equal(t, "due", s.do().Due, until)
	equal[presence.Reply](t, "an arrival", s.by(nodeB, another("ann", "ses-2")).Replies[0], presence.NoLease{})
	s.Advance(time.Second)
	equal(t, "due", s.do().Due, until.Add(time.Second))
	s.status("ann", presence.Away, until)
	s.Advance(time.Second)
	equal(t, "due", s.do().Due, until.Add(third-time.Second))
	equal(t, "window", s.roster().WindowUntil, time.Time{})
	s.enter("cid")
	s.do(presence.Depart{Teammate: "bob", Session: ses("bob")})
	s.status("cid", presence.Online, s.now())
	s.status("bob", presence.Offline, s.now())
}

func noSilence(t *testing.T, f Factory) {
	s := beside(t, f, "ann")
	s.enterBy(nodeB, "ann")
	s.Advance(LeaseTime)
	equal(t, "in grace", s.changed(s.do()).InGrace(), true)
}
