package presencetest

import (
	"testing"
	"time"

	"usher/presence"
)

// colleagues: what is not for them to see.
var colleagues = []promise{
	{"TheInvisibleLookLikeThoseWhoLeft", invisibleLooksOffline},
	{"WhoLeavesAndComesUnseenIsNotSeen", unseen},
	{"WhoShowsUpAgainWasNotHereBefore", showsUp},
	{"WhoBecomesInvisibleInGraceWasLastHereWhenItBegan", invisibleInGrace},
	{"AtOneMomentAGraceEndsBeforeATimedChoice", graceBeforeChoice},
	{"NodesAndDeadlinesAreNotForColleagues", colleaguesView},
}

var invisible = presence.Choice{Status: presence.Invisible}

// like is how colleagues see a teammate, under another one's name.
func (s *scene) like(teammate, other presence.TeammateID) presence.Entry {
	s.Helper()
	e := s.entry(teammate).ForColleagues()
	e.Teammate, e.Name = other, member(other).Name
	return e
}

// invisibleLooksOffline has bob do all that one can do unseen.
func invisibleLooksOffline(t *testing.T, f Factory) {
	s := beside(t, f, "ann", "bob")
	s.enter("ann", "bob")
	s.Advance(time.Second)
	s.depart("ann")
	hidden := invisible
	hidden.Until, hidden.Before = s.now().Add(time.Hour), presence.Intent{Status: presence.Invisible}
	s.chooses("bob", hidden)
	left := s.now()
	same := func(what string) {
		t.Helper()
		equal(t, "bob, after "+what, s.like("bob", "ann"), s.entry("ann").ForColleagues())
		s.Advance(time.Second)
	}
	same("choosing")
	s.do(another("bob", "ses-2"))
	same("another device")
	s.idle("bob", "ses-2", 2, true)
	same("idling")
	s.do(resume("bob", "ses-3", "ses-bob"))
	same("a resume")
	s.do(presence.Depart{Teammate: "bob", Session: "ses-2"}, presence.Drop{Teammate: "bob", Session: "ses-3"})
	same("a drop")
	s.Advance(grace)
	same("the grace")
	s.do(another("bob", "ses-4"))
	same("coming back")
	s.chooses("bob", presence.Choice{Status: presence.Invisible, Note: "still"})
	same("another choice")
	s.lease(nodeB, LeaseTime)
	s.by(nodeB, another("bob", "ses-5"))
	same("one more device")
	s.Advance(LeaseTime)
	same("a lapse")
	s.do(presence.Expel{Teammate: "bob"})
	same("an expulsion")
	equal(t, "since", s.like("bob", "ann").Since, left)
}

func unseen(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob")
	s.chooses("ann", invisible)
	for range 2 {
		s.enter("ann")
		s.Advance(time.Second)
		s.depart("ann")
		s.Advance(presence.EndedMemory)
		equal(t, "ann", s.like("ann", "bob"), s.entry("bob").ForColleagues())
	}
	equal(t, "seen", s.entry("ann").Seen, presence.Seen{At: s.now().Add(-presence.EndedMemory)})
}

func showsUp(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.Advance(time.Second)
	s.chooses("ann", invisible)
	hid := s.wait(time.Hour)
	equal(t, "seen", s.entry("ann").Seen, presence.Seen{At: hid, Shown: hid})
	s.do(another("ann", "ses-2"))
	s.Advance(time.Hour)
	s.chooses("ann", presence.Choice{Status: presence.Busy})
	up := s.wait(time.Second)
	s.chooses("ann", presence.Choice{Status: presence.Online})
	s.do(another("ann", "ses-3"))
	e := s.entry("ann").ForColleagues()
	equal(t, "since", e.Since, s.now())
	equal(t, "seen", e.Seen, presence.Seen{At: s.now(), Shown: s.now()})
	var since []time.Time
	for _, d := range e.Devices {
		since = append(since, d.Since)
	}
	equal(t, "devices since", since, []time.Time{up, up, s.now()})
}

func invisibleInGrace(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.Advance(time.Second)
	s.drop("ann")
	left := s.wait(time.Second)
	s.chooses("ann", invisible)
	s.status("ann", presence.Invisible, s.now())
	before := s.entry("ann").ForColleagues()
	equal(t, "since", before.Since, left)
	s.Advance(grace)
	s.status("ann", presence.Offline, left)
	equal(t, "after the grace", s.entry("ann").ForColleagues(), before)
}

// graceBeforeChoice: who is offline at the moment at which they would have been visible again, never was.
func graceBeforeChoice(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	hidden := invisible
	hidden.Until, hidden.Before = s.now().Add(time.Second+grace), presence.Intent{Status: presence.Online}
	s.chooses("ann", hidden)
	s.enter("ann")
	s.Advance(time.Second)
	s.drop("ann")
	left := s.wait(grace)
	equal(t, "seen", s.entry("ann").Seen, presence.Seen{At: left})
}

func colleaguesView(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	s.chooses("ann", presence.Choice{
		Status: presence.Busy, Note: "lunch", Until: s.now().Add(time.Minute), Before: presence.Intent{Status: presence.Online},
	})
	s.drop("ann")
	equal(t, "ann", s.entry("ann").ForColleagues(), presence.Entry{
		Teammate: "ann", Name: "Name of ann", Operator: true, Status: presence.Busy, Note: "lunch", Since: s.now(),
		Devices:      []presence.Device{{Session: "ses-ann", Name: "web", Since: s.now()}},
		VisibleSince: s.now(), Seen: presence.Seen{At: s.now(), Shown: s.now()},
	})
}
