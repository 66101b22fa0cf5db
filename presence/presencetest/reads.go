package presencetest

import (
	"fmt"
	"testing"
	"time"

	"usher/presence"
)

// reads: what the roster is read for, and when it has to be.
var reads = []promise{
	{"ARosterIsReadInTheOrderOfIDs", readsInOrder},
	{"WhoHasTheRosterIsToldSo", readsUnchanged},
	{"Promise9_ALargeChangeIsToldAndRead", readsLarge},
}

func readsInOrder(t *testing.T, f Factory) {
	s := open(t, f, "bob", "a-2", "Zed", "a-10", "ann")
	var got []presence.TeammateID
	for _, e := range s.roster().Entries {
		got = append(got, e.Teammate)
	}
	equal(t, "order", got, []presence.TeammateID{"Zed", "a-10", "a-2", "ann", "bob"})
}

func readsUnchanged(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	s.enter("ann")
	out := s.do()
	has := presence.Read{Epoch: out.Epoch, Version: out.Version}
	equal[presence.Reply](t, "reply", s.reply(has), presence.Unchanged{})
	for _, c := range []presence.Read{
		{}, {Epoch: has.Epoch, Version: has.Version - 1}, {Epoch: has.Epoch, Version: has.Version + 1},
		{Epoch: presence.Generation(9).Epoch(), Version: has.Version},
	} {
		read, ok := s.reply(c).(presence.RosterRead)
		equal(t, "read, version", [2]any{ok, read.Roster.Version}, [2]any{true, has.Version})
	}
	s.drop("ann")
	s.Advance(grace) // which is in it
	read := answered[presence.RosterRead](t, s.reply(has)).Roster
	equal(t, "teammates", len(read.Entries), 1)
	equal(t, "ann", read.Entries[0].Status, presence.Offline)
}

func readsLarge(t *testing.T, f Factory) {
	s := unopened(t, f)
	s.lease(nodeA, forever)
	many := make([]presence.TeammateID, presence.MostAnnounced)
	for i := range many {
		many[i] = presence.TeammateID(fmt.Sprintf("tm-%03d", i))
	}
	exactly := s.change(s.opens(1, 0, many...))
	equal(t, "large, entries", [2]any{exactly.Large, len(exactly.Entries)}, [2]any{false, presence.MostAnnounced})
	s.enter("tm-000")
	e := s.watch()
	out := s.configure(func(c *presence.Configure) { // as many are removed as added, and one is changed besides
		for i := range presence.MostAnnounced/2 + 1 {
			c.Removed = append(c.Removed, many[i])
			if i > 0 {
				c.Members = append(c.Members, member(presence.TeammateID(fmt.Sprintf("new-%03d", i))))
			}
		}
	})
	change := s.change(out)
	want := presence.Change{
		Head: presence.Head{Epoch: out.Epoch, Version: out.Version, Revision: s.config.Revision}, From: out.Version - 1, Due: out.Due,
		Large: true, Ended: []presence.Ending{{Session: "ses-tm-000", Cause: presence.CauseRemoved}},
	}
	equal(t, "change", change, want)
	heard := e.until(t, out.Version)
	equal(t, "change heard", heard[len(heard)-1], want)
	equal(t, "entries", len(s.roster().Entries), presence.MostAnnounced-1)
	s.Advance(time.Second)
	s.quiet(s.do())
}
