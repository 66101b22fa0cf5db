package presenceredis_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/presence"
)

// many are so many teammates, with numbers from 1 on.
func many(n int) []presence.TeammateID {
	ids := make([]presence.TeammateID, n)
	for i := range ids {
		ids[i] = presence.TeammateID(fmt.Sprintf("tm_%05d", i+1))
	}
	return ids
}

// A license of 5,000, and one as large as any may be, is opened, read and applied as a whole; of which no more is announced
// than is told at most.
func TestLargeRosters(t *testing.T) {
	t.Parallel()
	sizes := []int{5000, presence.MaxMembers}
	if testing.Short() {
		sizes = sizes[:1]
	}
	for _, size := range sizes {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			l := newTimed(t)
			l.lease(node, time.Hour)
			open := opening(1, many(size)...)
			for i := range open.Members {
				open.Members[i].Name = strings.Repeat("n", 40)
			}
			large := func(what string, out presence.Outcome) {
				t.Helper()
				if c := only(t, out); !c.Large || len(c.Entries)+len(c.Removed) > 0 {
					t.Errorf("%s: announced large %t, %d entries, %d removed", what, c.Large, len(c.Entries), len(c.Removed))
				}
			}
			large("open", l.do(open))
			if r := l.roster(); len(r.Entries) != size || r.Entries[size-1].Teammate != open.Members[size-1].Teammate {
				t.Errorf("%d entries", len(r.Entries))
			}
			l.do(arrive("tm_00001"))
			whole := presence.Configure{Config: open.Config, Whole: true, Members: open.Members[:size-presence.MostAnnounced-1]}
			whole.Config.Revision = 2
			large("whole", l.do(whole))
			r := l.roster()
			if len(r.Entries) != len(whole.Members) {
				t.Fatalf("%d entries", len(r.Entries))
			}
			if e := r.Entries[0]; e.Status != presence.Online {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestAsManyAsAreAnnounced(t *testing.T) {
	t.Parallel()
	l := newTimed(t)
	out := l.do(opening(1, many(presence.MostAnnounced)...))
	if c := only(t, out); c.Large || len(c.Entries) != presence.MostAnnounced || c.Entries[0].Teammate != "tm_00001" {
		t.Errorf("large %t, %d entries", c.Large, len(c.Entries))
	}
	c := presence.Configure{Base: 1, Config: presence.Config{Revision: 2, Grace: grace}, Removed: many(presence.MostAnnounced)}
	if c := only(t, l.do(c)); c.Large || len(c.Removed) != presence.MostAnnounced {
		t.Errorf("large %t, %d removed", c.Large, len(c.Removed))
	}
}

// only is the one change that a batch came to.
func only(t testing.TB, out presence.Outcome) presence.Change {
	t.Helper()
	if len(out.Changes) != 1 {
		t.Fatalf("%d changes, want 1", len(out.Changes))
	}
	return out.Changes[0]
}

// Of those with 500 sessions on a node that dies all lapse in one step, and are offline in one.
func TestManyLapseAtOnce(t *testing.T) {
	t.Parallel()
	l := newTimed(t)
	ids := many(2000)
	l.lease(node, time.Hour)
	l.lease("node-b", 15*time.Second)
	l.do(opening(1, ids...), arrive(ids[0]))
	for at := 1; at < len(ids); at += 200 {
		var all []presence.Command
		for _, id := range ids[at:min(at+200, len(ids))] {
			all = append(all, arrive(id))
		}
		l.by("node-b", all...)
	}
	l.Timed.Clock.Advance(15 * time.Second)
	out := l.do()
	if c := only(t, out); !c.Large || !out.Due.Equal(l.now().Add(grace)) {
		t.Errorf("large %t, due %s", c.Large, out.Due)
	}
	l.Timed.Clock.Advance(grace)
	l.do()
	for i, e := range l.roster().Entries {
		if want := i == 0; (e.Status == presence.Online) != want {
			t.Fatalf("%+v", e)
		}
	}
}

// Sequence numbers that doubles can't tell apart are told apart.
func TestSequenceNumbersAreExact(t *testing.T) {
	t.Parallel()
	l := newTimed(t)
	l.lease(node, time.Hour)
	first := arrive("ann")
	first.Seq = 1<<63 + 1
	l.do(opening(1, "ann"), first)
	for _, tc := range []struct {
		seq  uint64
		want presence.Status
	}{{1<<63 + 1, presence.Online}, {1<<63 + 2, presence.Away}} {
		l.do(presence.SetIdle{Teammate: "ann", Session: ses("ann"), Seq: tc.seq, Idle: true})
		if all := l.roster().Entries; len(all) != 1 || all[0].Status != tc.want {
			t.Errorf("%+v after %d, want %s", all, tc.seq, tc.want)
		}
	}
}
