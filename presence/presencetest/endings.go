package presencetest

import (
	"testing"
	"time"

	"usher/presence"
)

// endings: how sessions end, and that they stay so.
var endings = []promise{
	{"WhoLogsOutIsOfflineAtOnce", logsOut},
	{"WhoLogsOutOfOneOfTwoDevicesStays", logsOutOfOne},
	{"AGhostDelaysNothing", ghost},
	{"Promise4_EndedSessionsStayEnded", staysEnded},
	{"Promise4_AnUnknownSessionIsEndedTooAndNothingElse", endsUnknown},
	{"Promise4_EndedSessionsAreForgottenInTheEnd", endedForgotten},
}

func logsOut(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.Advance(time.Second)
	out := s.depart("ann")
	change := s.change(out)
	equal(t, "to be closed", change.Ended, nil) // its client knows
	equal(t, "entry", s.changed(out), presence.Entry{
		Teammate: "ann", Name: "Name of ann", Operator: true, Status: presence.Offline, Since: s.now(),
		Seen: presence.Seen{At: s.now(), Shown: s.now()}, Heard: true,
	})
	equal(t, "due", out.Due, time.Time{})
	s.Advance(time.Second)
	s.quiet(s.depart("ann"))
}

func logsOutOfOne(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.do(another("ann", "ses-2"))
	came := s.wait(time.Second)
	s.depart("ann")
	s.status("ann", presence.Online, came)
	s.sessions("ann", "ses-2")
	s.do(presence.Drop{Teammate: "ann", Session: "ses-2"})
	equal(t, "in grace", s.entry("ann").GraceUntil, s.now().Add(grace))
}

func ghost(t *testing.T, f Factory) {
	s := beside(t, f, "ann", "bob", "cid")
	offline := func(id presence.TeammateID, since time.Time) {
		t.Helper()
		s.status(id, presence.Offline, since)
		s.sessions(id)
	}
	// A session that was dropped while another one lived.
	s.enter("ann")
	s.do(another("ann", "ses-2"))
	s.drop("ann")
	s.do(presence.Depart{Teammate: "ann", Session: "ses-2"})
	offline("ann", s.now())
	// The logout comes after the connection was lost.
	s.enter("bob")
	s.drop("bob")
	left := s.wait(time.Second)
	s.depart("bob")
	offline("bob", left)
	// One of two that lapsed together.
	s.enterBy(nodeB, "cid")
	s.by(nodeB, another("cid", "ses-cid2"))
	lapsed := s.wait(LeaseTime + time.Second).Add(LeaseTime)
	s.do(presence.Depart{Teammate: "cid", Session: "ses-cid2"})
	offline("cid", lapsed)
	// The other one was not: when its node is heard again, it is here.
	s.lease(nodeB, LeaseTime)
	s.sessions("cid", ses("cid"))
	s.status("cid", presence.Online, s.now())
	equal(t, "seen", s.entry("cid").Seen, presence.Seen{At: s.now(), Shown: s.now()})
}

func staysEnded(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob")
	for _, tc := range []struct {
		cause presence.Cause
		end   presence.Command
	}{
		{presence.CauseDeparted, presence.Depart{Teammate: "ann", Session: "ses-departed"}},
		{presence.CauseDropped, presence.Drop{Teammate: "ann", Session: "ses-dropped"}},
		{presence.CauseResumed, resume("ann", "ses-resuming", "ses-resumed")},
		{presence.CauseExpelled, presence.Expel{Teammate: "ann", Session: "ses-expelled", By: "bob"}},
	} {
		id := presence.SessionID("ses-" + string(tc.cause))
		s.do(another("ann", id))
		s.do(tc.end)
		s.enter("ann")
		want := presence.Ended{Ending: presence.Ending{Session: id, Cause: tc.cause}}
		if tc.cause == presence.CauseExpelled {
			want.Ending.By = "bob"
		}
		for _, other := range []presence.Command{ // the first ending stays
			presence.Drop{Teammate: "ann", Session: id}, presence.Depart{Teammate: "ann", Session: id},
			presence.Expel{Teammate: "ann", Session: id}, resume("ann", ses("ann"), id),
		} {
			s.quiet(s.do(other))
		}
		late := another("ann", id)
		late.Seq = 7
		s.Advance(presence.EndedMemory - time.Millisecond)
		for _, c := range []presence.Command{late, presence.SetIdle{Teammate: "ann", Session: id, Seq: 8, Idle: true}} {
			out := s.do(c)
			equal[presence.Reply](t, "reply", out.Replies[0], want)
			s.quiet(out)
		}
	}
}

func endsUnknown(t *testing.T, f Factory) {
	for _, end := range []presence.Command{
		presence.Depart{Teammate: "ann", Session: "ses-ann"}, presence.Drop{Teammate: "ann", Session: "ses-ann"},
		presence.Expel{Teammate: "ann", Session: "ses-ann"},
	} {
		s := open(t, f, "ann", "bob")
		s.enter("bob")
		s.drop("bob") // whose grace is nobody else's
		s.do(end)
		equal(t, "ann", s.entry("ann"), presence.Entry{
			Teammate: "ann", Name: "Name of ann", Operator: true, Status: presence.Offline, Heard: true,
		})
		_, ended := s.reply(arrive("ann")).(presence.Ended)
		equal(t, "ended", ended, true)
		s.sessions("ann")
	}
	s := open(t, f, "ann")
	s.enter("ann")
	s.drop("ann")
	s.do(presence.Depart{Teammate: "ann", Session: "ses-unknown"})
	equal(t, "still in grace", s.entry("ann").InGrace(), true)
	s.do(presence.Drop{Teammate: "nobody", Session: "ses-later"})
	s.configure(func(c *presence.Configure) { c.Members = []presence.Member{member("nobody")} })
	_, ended := s.reply(another("nobody", "ses-later")).(presence.Ended)
	equal(t, "ended before its teammate was known", ended, true)
}

func endedForgotten(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.depart("ann")
	s.Advance(presence.EndedMemory - time.Millisecond)
	_, ended := s.reply(arrive("ann")).(presence.Ended)
	equal(t, "ended just before", ended, true)
	s.Advance(time.Millisecond)
	present(t, s.reply(arrive("ann")))
}
