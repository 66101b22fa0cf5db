package presencetest

import (
	"testing"
	"time"

	"usher/presence"
)

// expulsions: what administrators end.
var expulsions = []promise{
	{"WhoIsExpelledIsOfflineAndToldToGo", expelsAll},
	{"OneSessionIsExpelledAlone", expelsOne},
	{"WhoIsInGraceIsExpelledToo", expelsGrace},
	{"LapsedSessionsAreExpelledToo", expelsLapsed},
	{"Promise4_WhoeverWasExpelledIsSoOnce", expelsTwice},
}

func expelled(t testing.TB, reply presence.Reply, want ...presence.SessionID) {
	t.Helper()
	r, ok := reply.(presence.Expelled)
	if !ok {
		t.Fatalf("answered with %#v, want expelled", reply)
	}
	var got []presence.SessionID
	for _, d := range r.Devices {
		got = append(got, d.Session)
	}
	equal(t, "expelled", got, want)
}

func expelsAll(t *testing.T, f Factory) {
	s := open(t, f, "ann", "meg")
	early := another("ann", "ses-2")
	early.Since = s.now().Add(-time.Minute)
	s.do(another("ann", "ses-1"), early)
	devices := s.entry("ann").Devices
	s.Advance(time.Second)
	out := s.do(presence.Expel{Teammate: "ann", By: "meg"})
	equal[presence.Reply](t, "reply", out.Replies[0], presence.Expelled{Devices: devices})
	equal(t, "to be closed", s.change(out).Ended, []presence.Ending{
		{Session: "ses-1", Cause: presence.CauseExpelled, By: "meg"},
		{Session: "ses-2", Cause: presence.CauseExpelled, By: "meg"},
	})
	s.status("ann", presence.Offline, s.now())
	present(t, s.reply(another("ann", "ses-3"))) // they may come again
}

func expelsOne(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.do(another("ann", "ses-1"), another("ann", "ses-2"))
	expelled(t, s.reply(presence.Expel{Teammate: "ann", Session: "ses-1"}), "ses-1")
	s.sessions("ann", "ses-2")
	expelled(t, s.reply(presence.Expel{Teammate: "ann", Session: "ses-2"}), "ses-2")
	s.status("ann", presence.Offline, s.now())
}

func expelsGrace(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob")
	for _, c := range []presence.Expel{{Teammate: "ann"}, {Teammate: "bob", Session: "ses-bob"}} {
		s.enter(c.Teammate)
		s.drop(c.Teammate)
		left := s.wait(time.Second)
		out := s.do(c)
		expelled(t, out.Replies[0], ses(c.Teammate))
		equal(t, "to be closed", s.change(out).Ended, nil) // the connection is lost
		s.status(c.Teammate, presence.Offline, left)
		equal(t, "due", out.Due, time.Time{})
		equal(t, "ended", answered[presence.Ended](t, s.reply(arrive(c.Teammate))).Ending.Cause, presence.CauseDropped)
	}
}

func expelsLapsed(t *testing.T, f Factory) {
	s := beside(t, f, "ann")
	s.enterBy(nodeB, "ann")
	lapsed := s.wait(LeaseTime + time.Second).Add(LeaseTime)
	out := s.do(presence.Expel{Teammate: "ann", Session: "ses-ann"})
	expelled(t, out.Replies[0], "ses-ann")
	equal(t, "to be closed", s.change(out).Ended, []presence.Ending{{Session: "ses-ann", Cause: presence.CauseExpelled}})
	s.status("ann", presence.Offline, lapsed)

	s.enterBy(nodeB, "zoe")
	s.by(nodeB, another("zoe", "ses-2"))
	s.Advance(LeaseTime) // her first one, by node A, lives
	expelled(t, s.reply(presence.Expel{Teammate: "zoe"}), "ses-zoe", "ses-2")
}

func expelsTwice(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob")
	s.enter("ann")
	s.do(presence.Expel{Teammate: "ann", By: "bob"})
	for _, c := range []presence.Expel{{Teammate: "ann"}, {Teammate: "ann", Session: "ses-ann"}, {Teammate: "bob"}} {
		out := s.do(c)
		expelled(t, out.Replies[0])
		s.quiet(out)
	}
}
