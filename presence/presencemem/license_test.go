package presencemem

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"usher/presence"
)

const testLicense presence.LicenseID = "lic_test"

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func do(t *testing.T, s *Store, commands ...presence.Command) presence.Outcome {
	t.Helper()
	out, err := s.Do(t.Context(), presence.Batch{License: testLicense, Node: "node-a", Commands: commands})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func opened(t *testing.T, s *Store, teammates ...presence.TeammateID) *license {
	t.Helper()
	o := presence.Open{Generation: 1, Config: presence.Config{Revision: 1, Grace: 30 * time.Second}}
	for _, id := range teammates {
		o.Members = append(o.Members, presence.Member{Teammate: id})
	}
	do(t, s, o)
	l, _ := s.licenses.Load(testLicense)
	return l.(*license)
}

func arrive(teammate presence.TeammateID, session presence.SessionID) presence.Arrive {
	return presence.Arrive{Teammate: teammate, Session: session, Seq: 1}
}

func status(t *testing.T, s *Store, id presence.TeammateID) presence.Status {
	t.Helper()
	for _, e := range do(t, s, presence.Read{}).Replies[0].(presence.RosterRead).Roster.Entries {
		if e.Teammate == id {
			return e.Status
		}
	}
	t.Fatalf("%s is not on the roster", id)
	return ""
}

// TestPromise12_NothingIsLeftBehind: what is over is forgotten, so that a license's memory follows its use.
func TestPromise12_NothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	now := start
	s := New(Options{
		Now:    func() time.Time { return now },
		Leases: func(presence.LicenseID, presence.NodeID) (time.Time, bool) { return now.Add(15 * time.Second), true },
	})
	teammates := make([]presence.TeammateID, 50)
	for i := range teammates {
		teammates[i] = presence.TeammateID(fmt.Sprintf("tm%d", i))
	}
	l := opened(t, s, teammates...)
	var removed []presence.TeammateID
	for i, teammate := range teammates {
		session := presence.SessionID("ses-" + string(teammate))
		do(t, s, arrive(teammate, session), presence.Choose{Teammate: teammate, Choice: presence.Choice{
			Number: 1, Status: presence.Busy, Until: now.Add(time.Hour), Before: presence.Intent{Status: presence.Online},
		}})
		switch i % 6 {
		case 0:
			do(t, s, presence.Depart{Teammate: teammate, Session: session})
		case 1:
			do(t, s, presence.Drop{Teammate: teammate, Session: session})
		case 2:
			do(t, s, presence.Expel{Teammate: teammate})
		case 3:
			removed = append(removed, teammate)
		case 4:
			c := arrive(teammate, session+"-2")
			c.Resumes = session
			do(t, s, c)
		}
		now = now.Add(10 * time.Second)
	}
	s.options.Leases = func(presence.LicenseID, presence.NodeID) (time.Time, bool) { return time.Time{}, false }
	do(t, s, presence.Configure{Config: presence.Config{Revision: 2, Grace: time.Second}, Base: 1, Removed: removed})
	for range 4 { // the first one finds silence
		now = now.Add(time.Hour)
		do(t, s)
	}
	if want := len(teammates) - len(removed); len(l.teammates) != want {
		t.Errorf("%d teammates, want %d", len(l.teammates), want)
	}
	for _, tm := range l.teammates {
		if len(tm.sessions) > 0 || tm.entry.Status != presence.Offline {
			t.Errorf("%+v", tm)
		}
	}
	left := []int{
		len(l.sessions), len(l.nodes), len(l.memory.ended), len(l.memory.order),
		len(l.serving), len(l.lapsed), len(l.graces), len(l.untils),
	}
	for i, n := range left {
		if n != 0 {
			t.Errorf("list %d of %v still holds something", i, left)
		}
	}
}

// TestUnknownLicensesLeaveNothing: calls for licenses that were never opened cost no memory.
func TestUnknownLicensesLeaveNothing(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	var e *presence.UnopenedError
	if _, err := s.Do(t.Context(), presence.Batch{License: testLicense}); !errors.As(err, &e) {
		t.Fatalf("Do: %v, want unopened", err)
	}
	if _, there := s.licenses.Load(testLicense); there {
		t.Fatal("a tick for an unknown license left a record")
	}
}

// TestClockNeverGoesBack: a clock set back does not run a license's time backwards.
func TestClockNeverGoesBack(t *testing.T) {
	t.Parallel()
	now := start
	s := New(Options{Now: func() time.Time { return now }})
	opened(t, s, "ann")
	do(t, s, arrive("ann", "ses-1"), presence.Drop{Teammate: "ann", Session: "ses-1"})
	now = start.Add(29 * time.Second)
	do(t, s)
	now = start.Add(-time.Hour)
	if out := do(t, s, arrive("ann", "ses-2")); !out.Now.Equal(start.Add(29 * time.Second)) {
		t.Fatalf("now is %s after it was %s", out.Now, start.Add(29*time.Second))
	}
}

// TestOwnNodesNeverLapse: without a keeper of leases every node is this process, and there is nothing to wait for.
func TestOwnNodesNeverLapse(t *testing.T) {
	t.Parallel()
	now := start
	s := New(Options{Now: func() time.Time { return now }})
	opened(t, s, "ann", "bob")
	if out := do(t, s, arrive("ann", "ses-ann")); !out.Due.IsZero() {
		t.Fatalf("due at %s with nothing to come", out.Due)
	}
	now = now.Add(1000 * time.Hour)
	if got := status(t, s, "ann"); got != presence.Online {
		t.Fatalf("ann is %s", got)
	}
	do(t, s, arrive("bob", "ses-bob"), presence.Drop{Teammate: "bob", Session: "ses-bob"})
	now = now.Add(30 * time.Second)
	if got := status(t, s, "bob"); got != presence.Offline {
		t.Fatalf("bob is %s", got)
	}
}

// TestALeaseRenewedWithinAStep: the keeper of leases does not wait for the step's end.
func TestALeaseRenewedWithinAStep(t *testing.T) {
	t.Parallel()
	now, end, renewed := start, start.Add(15*time.Second), false
	s := New(Options{
		Now: func() time.Time { return now },
		Leases: func(_ presence.LicenseID, node presence.NodeID) (time.Time, bool) {
			if node == "node-b" {
				return start.Add(time.Hour), true
			}
			if renewed {
				end = now.Add(15 * time.Second)
			}
			renewed = !now.Equal(start) // at the next look
			return end, true
		},
	})
	l := opened(t, s, "ann", "bob", "cid")
	do(t, s, arrive("ann", "ses-ann"))
	if _, err := s.Do(t.Context(), presence.Batch{License: testLicense, Node: "node-b", Commands: []presence.Command{arrive("bob", "ses-bob")}}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(20 * time.Second)
	out := do(t, s, arrive("cid", "ses-cid")) // looked up first as over, then as renewed
	if n := l.nodes["node-a"]; n.lapsed || len(n.sessions) != 2 {
		t.Fatalf("node %+v, after %+v", n, out.Replies[0])
	}
	if e := l.teammates["ann"].entry; e.InGrace() {
		t.Fatalf("in grace on a live node: %+v", e)
	}
}

// TestDefaultClock runs the engine on virtual real time.
func TestDefaultClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		opened(t, s, "ann")
		p := do(t, s, arrive("ann", "ses-1")).Replies[0].(presence.Present)
		if !p.Entry.Since.Equal(time.Now()) {
			t.Fatalf("since %s at %s", p.Entry.Since, time.Now())
		}
		do(t, s, presence.Drop{Teammate: "ann", Session: "ses-1"})
		time.Sleep(30*time.Second - time.Millisecond)
		if got := status(t, s, "ann"); got != presence.Online {
			t.Fatalf("ann is %s just before the grace is over", got)
		}
		time.Sleep(time.Millisecond)
		if got := status(t, s, "ann"); got != presence.Offline {
			t.Fatalf("ann is %s when the grace is over", got)
		}
	})
}

// TestDefaultLease: a third of 15 s is waited in silence.
func TestDefaultLease(t *testing.T) {
	t.Parallel()
	now, end := start, start.Add(time.Second)
	s := New(Options{
		Now:    func() time.Time { return now },
		Leases: func(presence.LicenseID, presence.NodeID) (time.Time, bool) { return end, true },
	})
	opened(t, s, "ann")
	do(t, s, arrive("ann", "ses-1"))
	now = end
	if due := do(t, s).Due; !due.Equal(end.Add(5 * time.Second)) {
		t.Fatalf("due at %s, want 5 s after %s", due, end)
	}
}
