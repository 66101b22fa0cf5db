package seatsmem

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"usher/seats"
)

const testLicense seats.LicenseID = "lic_test"

func do(t *testing.T, s *Store, commands ...seats.Command) seats.Outcome {
	t.Helper()
	out, err := s.Do(t.Context(), seats.Batch{License: testLicense, Node: "node-a", Commands: commands})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func opened(t *testing.T, s *Store, generation seats.Generation) *license {
	t.Helper()
	do(t, s, seats.Open{Generation: generation},
		seats.Configure{Config: seats.Config{Revision: 1, Status: seats.Active, Cap: 2, Grace: 30 * time.Second}},
		seats.Renew{Lease: 15 * time.Second})
	l, _ := s.licenses.Load(testLicense)
	return l.(*license)
}

func take(teammate seats.TeammateID, session seats.SessionID) seats.Take {
	return seats.Take{Member: seats.Member{Teammate: teammate, Operator: true}, Revision: 1, Session: session, Seq: 1}
}

// TestGenerationRunsOut: fences may not run into the next generation's, so a generation ends before they do.
func TestGenerationRunsOut(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	l := opened(t, s, 4)
	l.granted = seats.FencesPerGeneration - seats.MaxBatch - 1
	last := do(t, s, take("ann", "ses-1")).Replies[0].(seats.Granted).Holder.Fence
	if limit := seats.Fence(5 * seats.FencesPerGeneration); last >= limit {
		t.Fatalf("fence %d, which belongs to a later generation", last)
	}
	for _, generation := range []seats.Generation{3, 4} {
		_, err := s.Do(t.Context(), seats.Batch{License: testLicense, Commands: []seats.Command{seats.Open{Generation: generation}}})
		var e *seats.UnopenedError
		if !errors.As(err, &e) || e.Last != 4 {
			t.Fatalf("opening generation %d: %v, want unopened after 4", generation, err)
		}
	}
	opened(t, s, 5)
	again := do(t, s, take("ann", "ses-1")).Replies[0].(seats.Granted)
	if want := seats.Fence(5*seats.FencesPerGeneration + 1); !again.New || again.Holder.Fence != want {
		t.Fatalf("granted %+v, want a new seat with fence %d", again, want)
	}
}

// TestNothingIsLeftBehind: what is over is forgotten, so that a license's memory follows its use.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	s := New(Options{Now: func() time.Time { return now }})
	l := opened(t, s, 1)
	for i := range 50 {
		teammate, session := seats.TeammateID(fmt.Sprintf("tm%d", i)), seats.SessionID(fmt.Sprintf("ses%d", i))
		do(t, s, seats.Renew{Lease: 15 * time.Second}, take(teammate, session))
		switch i % 4 {
		case 0:
			do(t, s, seats.Logout{Teammate: teammate, Session: session})
		case 1:
			do(t, s, seats.Drop{Teammate: teammate, Session: session})
		case 2:
			do(t, s, seats.Free{Teammate: teammate, Fence: l.teammates[teammate].holder.fence, Cooldown: time.Minute})
		}
		now = now.Add(31 * time.Second)
	}
	for range 4 { // the first ones find silence, and wait for nodes to renew; what one ends is remembered for a while from then on
		now = now.Add(time.Hour)
		do(t, s)
	}
	left := []int{
		len(l.teammates), l.used(), len(l.sessions), len(l.nodes), len(l.endings.items) - l.endings.head,
		l.serving.len(), l.vacant.len(), l.lapsed.len(), l.graces.len(), l.losses.len(), l.cooldowns.len(),
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
	var e *seats.UnopenedError
	if _, err := s.Do(t.Context(), seats.Batch{License: testLicense}); !errors.As(err, &e) {
		t.Fatalf("Do: %v, want unopened", err)
	}
	if _, there := s.licenses.Load(testLicense); there {
		t.Fatal("a tick for an unknown license left a record")
	}
}

// TestClockNeverGoesBack: a clock set back neither prolongs a lease nor runs a license's time backwards.
func TestClockNeverGoesBack(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	now := start
	s := New(Options{Now: func() time.Time { return now }})
	opened(t, s, 1)
	do(t, s, take("ann", "ses-1"))
	now = start.Add(15 * time.Second)
	do(t, s)
	now = start.Add(-time.Hour)
	out := do(t, s, take("bob", "ses-2"))
	if !out.Now.Equal(start.Add(15 * time.Second)) {
		t.Fatalf("now is %s after it was %s", out.Now, start.Add(15*time.Second))
	}
	if _, ok := out.Replies[0].(seats.NoLease); !ok {
		t.Fatalf("answered with %#v, want no lease", out.Replies[0])
	}
}

// TestDefaultClock runs the engine on virtual real time.
func TestDefaultClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		opened(t, s, 1)
		witness := seats.Batch{License: testLicense, Node: "witness", Commands: []seats.Command{seats.Renew{Lease: time.Hour}}}
		if _, err := s.Do(t.Context(), witness); err != nil { // else silence is waited for
			t.Fatal(err)
		}
		h := do(t, s, take("ann", "ses-1")).Replies[0].(seats.Granted).Holder
		if !h.Since.Equal(time.Now()) {
			t.Fatalf("since %s at %s", h.Since, time.Now())
		}
		time.Sleep(45*time.Second - time.Millisecond)
		if used := do(t, s, seats.Read{}).Replies[0].(seats.BoardRead).Board.Used; used != 1 {
			t.Fatalf("%d seats used just before lease and grace are over, want 1", used)
		}
		time.Sleep(time.Millisecond)
		if used := do(t, s, seats.Read{}).Replies[0].(seats.BoardRead).Board.Used; used != 0 {
			t.Fatalf("%d seats used when lease and grace are over, want 0", used)
		}
	})
}
