package presencetest

import (
	"errors"
	"testing"
	"time"

	"usher/presence"
)

// generations: how a license begins, and begins anew.
var generations = []promise{
	{"AnUnknownLicenseIsUnopened", unopenedLicense},
	{"ALicenseOpensWithAllOfItsTeammates", opensWithAll},
	{"AGenerationOpensOnce", opensOnce},
	{"InAWindowItIsToldOfWhomNothingWasHeard", windowTells},
	{"AWindowHoldsNothingBack", windowHoldsNothing},
}

func unopenedLicense(t *testing.T, f Factory) {
	s := unopened(t, f)
	for _, b := range []presence.Batch{s.batch(), s.batch(presence.Read{}), s.batch(arrive("ann"))} {
		_, err := s.try(b)
		var e *presence.UnopenedError
		if !errors.As(err, &e) || e.Last != 0 {
			t.Fatalf("Do(%+v): %v, want unopened after none", b.Commands, err)
		}
	}
	s.opens(1, 0)
	s.do()
}

func opensWithAll(t *testing.T, f Factory) {
	s := unopened(t, f)
	s.lease(nodeA, forever)
	ann := member("ann")
	ann.Choice = presence.Choice{Number: 2, Status: presence.Busy, Note: "two"}
	ann.Seen = presence.Seen{At: s.now().Add(-time.Hour), Shown: s.now().Add(-2 * time.Hour)}
	out := s.do(presence.Open{Generation: 3, Config: s.config, Members: []presence.Member{member("bob"), ann}}, arrive("bob"))
	bob := present(t, out.Replies[1]).Entry
	want := []presence.Entry{{
		Teammate: "ann", Name: "Name of ann", Operator: true, Status: presence.Offline, Note: "two", Since: ann.Seen.At, Seen: ann.Seen,
	}, bob}
	head := presence.Head{Epoch: presence.Generation(3).Epoch(), Version: 1, Revision: 1}
	equal(t, "change", s.change(out), presence.Change{Head: head, From: 0, Entries: want, Due: out.Due})
	equal(t, "at", [2]any{out.Epoch, out.Version}, [2]any{head.Epoch, head.Version})
	equal(t, "roster", s.roster(), presence.Roster{Head: head, Entries: want})
}

func opensOnce(t *testing.T, f Factory) {
	s := unopened(t, f)
	s.lease(nodeA, forever)
	s.opens(2, 0, "ann")
	s.enter("ann")
	for g := range presence.Generation(3) { // of a node, too, that found the license unopened as well and was slower
		out := s.opens(g+1, time.Minute, "bob")
		equal[presence.Reply](t, "reply", out.Replies[0], presence.Done{})
		s.quiet(out)
	}
	s.sessions("ann", ses("ann"))
}

func windowTells(t *testing.T, f Factory) {
	s := unopened(t, f)
	s.lease(nodeA, forever)
	ids := []presence.TeammateID{"ann", "bob", "cid", "dan", "eve", "fay"}
	until := s.now().Add(45 * time.Second)
	out := s.opens(2, 45*time.Second, ids...)
	equal(t, "window, due", [2]time.Time{s.change(out).WindowUntil, out.Due}, [2]time.Time{until, until})
	s.enter("ann")
	s.depart("bob")
	s.drop("cid")
	s.do(presence.Expel{Teammate: "dan", Session: "ses-dan"})
	s.do(presence.Expel{Teammate: "eve"}) // which ended none
	s.chooses("fay", presence.Choice{Status: presence.Busy})
	heard := map[presence.TeammateID]bool{}
	for _, e := range s.roster().Entries {
		heard[e.Teammate] = e.Heard
	}
	equal(t, "heard of", heard, map[presence.TeammateID]bool{
		"ann": true, "bob": true, "cid": true, "dan": true, "eve": false, "fay": false,
	})
	s.Advance(45*time.Second - time.Millisecond)
	s.quiet(s.do())
	s.Advance(time.Millisecond)
	change := s.change(s.do())
	equal(t, "window, entries", [2]any{change.WindowUntil, len(change.Entries)}, [2]any{time.Time{}, 0})
}

func windowHoldsNothing(t *testing.T, f Factory) {
	s := unopened(t, f)
	s.lease(nodeA, forever)
	s.opens(2, time.Hour, "ann", "bob", "zoe")
	s.enter("ann", "zoe")
	s.drop("ann")
	s.enterBy(nodeB, "bob")
	s.Advance(LeaseTime + grace)
	s.status("ann", presence.Offline, s.now().Add(-LeaseTime-grace))
	s.status("bob", presence.Offline, s.now().Add(-grace))
}
