package presencetest

import (
	"testing"
	"time"

	"usher/presence"
)

// arrivals: how sessions come in.
var arrivals = []promise{
	{"WhoArrivesIsOnlineSinceThen", arrivesOnline},
	{"Promise4_AnArrivalSentAgainTellsWhatIs", arrivesAgain},
	{"ANewerArrivalOfALiveSessionChangesWhatItSaysOfItself", arrivesNewer},
	{"DevicesStandInTheOrderInWhichTheyCame", devicesInOrder},
	{"WhatWasShownBeforeAnEngineForgotHoldsSinceThen", shownBefore},
	{"AnArrivalBringsANewerChoice", arrivesWithChoice},
	{"SessionsOfATeammateAreCounted", tooManySessions},
	{"ALoweredLimitEndsNoSession", loweredLimit},
	{"WhoIsNotOnTheLicenseCannotArrive", stranger},
	{"WithoutALeaseNobodyArrives", arrivesWithoutLease},
	{"ASessionIsItsTeammatesAlone", othersSession},
}

func arrivesOnline(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob")
	out := s.do(arrive("ann"))
	want := presence.Entry{
		Teammate: "ann", Name: "Name of ann", Operator: true, Status: presence.Online, Since: s.now(), VisibleSince: s.now(),
		Devices: []presence.Device{{Session: "ses-ann", Name: "web", Node: nodeA, Since: s.now()}},
		Seen:    presence.Seen{At: s.now(), Shown: s.now()}, Heard: true,
	}
	equal[presence.Reply](t, "reply", out.Replies[0], presence.Present{Entry: want})
	equal(t, "entries changed", s.change(out).Entries, []presence.Entry{want})
	equal(t, "ann", s.entry("ann"), want)
	equal(t, "bob", s.entry("bob"), presence.Entry{
		Teammate: "bob", Name: "Name of bob", Operator: true, Status: presence.Offline,
	})
}

func arrivesAgain(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	first := s.do(arrive("ann"))
	s.Advance(time.Second)
	again := s.do(arrive("ann"))
	equal(t, "reply", again.Replies, first.Replies)
	s.quiet(again)
	s.do(presence.SetIdle{Teammate: "ann", Session: "ses-ann", Seq: 2, Idle: true})
	s.quiet(s.do(arrive("ann"))) // older than that nobody works there
	s.status("ann", presence.Away, s.now())
}

func arrivesNewer(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	came := s.wait(time.Second)
	s.lease(nodeB, LeaseTime)
	c := arrive("ann")
	c.Seq, c.Device, c.Idle, c.Since = 2, "phone", true, came.Add(-time.Hour)
	got := present(t, s.by(nodeB, c).Replies[0]).Entry
	equal(t, "devices", got.Devices, []presence.Device{
		{Session: "ses-ann", Name: "phone", Node: nodeB, Since: came, Idle: true},
	})
	equal(t, "seen", got.Seen, presence.Seen{At: came, Shown: came}) // they did not come anew
	equal(t, "status", got.Status, presence.Away)
	c.Seq, c.Idle = 1, false
	s.quiet(s.by(nodeB, c))
}

func devicesInOrder(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	now := s.now()
	before, later := another("ann", "ses-3"), another("ann", "ses-2")
	before.Since, later.Since = now.Add(-time.Minute), now.Add(time.Minute)
	s.do(another("ann", "ses-4"), later, before)
	s.sessions("ann", "ses-3", "ses-2", "ses-4")
	devices := s.entry("ann").Devices
	equal(t, "since", [3]time.Time{devices[0].Since, devices[1].Since, devices[2].Since}, [3]time.Time{before.Since, now, now})
	s.status("ann", presence.Online, now)
}

func shownBefore(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob", "cid", "dan")
	now := s.now()
	before := now.Add(-time.Hour)
	for _, tc := range []struct {
		teammate presence.TeammateID
		was      presence.Was
		since    time.Time
	}{
		{"ann", presence.Was{Status: presence.Online, Since: before}, before},
		{"bob", presence.Was{Status: presence.Busy, Since: before}, now},
		{"cid", presence.Was{Status: presence.Online, Since: now.Add(time.Hour)}, now},
		{"dan", presence.Was{}, now},
	} {
		c := arrive(tc.teammate)
		c.Was = tc.was
		e := present(t, s.reply(c)).Entry
		equal(t, "since", [2]time.Time{e.Since, e.VisibleSince}, [2]time.Time{tc.since, tc.since})
		equal(t, "seen", e.Seen, presence.Seen{At: now, Shown: now})
	}
	second := another("dan", "ses-2") // who is not brought from offline
	second.Was = presence.Was{Status: presence.Online, Since: before}
	equal(t, "since", present(t, s.reply(second)).Entry.Since, now)
}

func arrivesWithChoice(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	c := arrive("ann")
	c.Choice = presence.Choice{Number: 5, Status: presence.Busy, Note: "five"}
	e := present(t, s.reply(c)).Entry
	equal(t, "note", e.Note, "five")
	s.status("ann", presence.Busy, s.now())
	c.Choice = presence.Choice{Number: 4, Status: presence.Away}
	s.quiet(s.do(c))
	c.Choice.Number = 6 // of an arrival that is no news besides
	s.do(c)
	s.status("ann", presence.Away, s.now())
}

func tooManySessions(t *testing.T, f Factory) {
	s := beside(t, f, "ann")
	s.configure(func(c *presence.Configure) { c.Config.SessionsPerTeammate = 2 })
	s.do(another("ann", "ses-1"), another("ann", "ses-2"))
	out := s.do(another("ann", "ses-3"))
	equal[presence.Reply](t, "third", out.Replies[0], presence.TooManySessions{Limit: 2})
	s.quiet(out)
	present(t, s.reply(another("ann", "ses-2"))) // is one of the two
	resume := another("ann", "ses-3")
	resume.Resumes = "ses-1"
	present(t, s.reply(resume))
	s.sessions("ann", "ses-2", "ses-3")

	s.do(presence.Depart{Teammate: "ann", Session: "ses-2"})
	s.lease(nodeB, LeaseTime)
	s.by(nodeB, another("ann", "ses-4"))
	s.Advance(LeaseTime)
	present(t, s.reply(another("ann", "ses-5"))) // one that lapsed is not live
}

func loweredLimit(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.do(another("ann", "ses-1"), another("ann", "ses-2"), another("ann", "ses-3"))
	s.configure(func(c *presence.Configure) { c.Config.SessionsPerTeammate = 1 })
	s.sessions("ann", "ses-1", "ses-2", "ses-3")
	resume := another("ann", "ses-4")
	resume.Resumes = "ses-1"
	out := s.do(resume)
	equal[presence.Reply](t, "reply", out.Replies[0], presence.TooManySessions{Limit: 1})
	s.sessions("ann", "ses-2", "ses-3") // its client has given it up
	equal(t, "ended", s.change(out).Ended, []presence.Ending{{Session: "ses-1", Cause: presence.CauseResumed}})
}

func stranger(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	for _, c := range []presence.Command{
		arrive("bob"), presence.SetIdle{Teammate: "bob", Session: "ses-bob", Seq: 1},
		presence.Choose{Teammate: "bob", Choice: presence.Choice{Number: 1, Status: presence.Busy}},
		presence.Expel{Teammate: "bob"},
	} {
		out := s.do(c)
		equal[presence.Reply](t, "reply", out.Replies[0], presence.NoTeammate{})
		s.quiet(out)
	}
}

func arrivesWithoutLease(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	resume := another("ann", "ses-2")
	resume.Resumes, resume.Choice = "ses-ann", presence.Choice{Number: 1, Status: presence.Busy}
	refused := func() {
		t.Helper()
		out := s.by(nodeB, resume)
		equal[presence.Reply](t, "reply", out.Replies[0], presence.NoLease{})
		s.quiet(out)
	}
	refused() // never had one
	s.lease(nodeB, LeaseTime)
	s.Advance(LeaseTime)
	refused() // it is over
	s.lease(nodeB, LeaseTime)
	s.Forget(s.license, nodeB)
	refused()
	s.lease(nodeB, LeaseTime)
	s.Advance(LeaseTime - time.Millisecond)
	present(t, s.by(nodeB, resume).Replies[0])
}

func othersSession(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob")
	s.enter("ann")
	theirs := another("bob", "ses-ann")
	theirs.Seq = 9
	for _, c := range []presence.Command{theirs, presence.SetIdle{Teammate: "bob", Session: "ses-ann", Seq: 9, Idle: true}} {
		out := s.do(c)
		equal[presence.Reply](t, "reply", out.Replies[0], presence.NoTeammate{})
		s.quiet(out)
	}
	for _, c := range []presence.Command{
		presence.Depart{Teammate: "bob", Session: "ses-ann"}, presence.Drop{Teammate: "bob", Session: "ses-ann"},
		presence.Drop{Teammate: "nobody", Session: "ses-ann"},
	} {
		out := s.do(c)
		equal[presence.Reply](t, "reply", out.Replies[0], presence.Done{})
		s.quiet(out)
	}
	out := s.do(presence.Expel{Teammate: "bob", Session: "ses-ann"})
	equal[presence.Reply](t, "reply", out.Replies[0], presence.NoTeammate{})
	s.sessions("ann", "ses-ann")
}
