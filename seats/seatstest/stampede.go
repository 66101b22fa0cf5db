package seatstest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"usher/seats"
)

const (
	stampedeTakers      = 1000
	stampedeSeats       = 10
	stampedeRounds      = 100
	stampedeRoundsShort = 10
)

// RunStampede has 1,000 teammates take at the same moment on a license with 10 seats, 100 times over (10 under
// -short). In each round exactly 10 are granted, under the numbers 1 to 10, with fences above all earlier ones.
// It needs no clock that the test moves: Engine.Now and Engine.Advance may be nil.
func RunStampede(t *testing.T, f Factory) {
	rounds := stampedeRounds
	if testing.Short() {
		rounds = stampedeRoundsShort
	}
	e := f(t)
	license := NewLicense()
	setUp := seats.Batch{License: license, Node: "node-a", Commands: []seats.Command{
		seats.Open{Generation: 1},
		seats.Configure{Config: seats.Config{Revision: 1, Status: seats.Active, Cap: stampedeSeats, Grace: 30 * time.Second}},
	}}
	if _, err := e.Store.Do(t.Context(), setUp); err != nil {
		t.Fatalf("setting up: %v", err)
	}
	var last seats.Fence
	for round := range rounds {
		// A round on a slow machine may be long; the lease must not be what ends it.
		renew := seats.Batch{License: license, Node: "node-a", Commands: []seats.Command{seats.Renew{Lease: time.Hour}}}
		if _, err := e.Store.Do(t.Context(), renew); err != nil {
			t.Fatalf("round %d: renewing: %v", round, err)
		}
		replies := stampede(t, e.Store, license, round)
		last = checkStampede(t, round, replies, last)
		goHome(t, e.Store, license, round)
	}
}

func stampedeTeammate(i int) seats.TeammateID {
	return seats.TeammateID(fmt.Sprintf("tm_%d", i))
}

func stampedeSession(round, i int) seats.SessionID {
	return seats.SessionID(fmt.Sprintf("ses_%d_%d", round, i))
}

// stampede lets all takers go at once and returns what each was answered with.
func stampede(t *testing.T, store seats.Store, license seats.LicenseID, round int) []seats.Reply {
	t.Helper()
	replies := make([]seats.Reply, stampedeTakers)
	errs := make([]error, stampedeTakers)
	gun := make(chan struct{})
	var runners sync.WaitGroup
	for i := range stampedeTakers {
		runners.Go(func() {
			<-gun
			out, err := store.Do(t.Context(), seats.Batch{License: license, Node: "node-a", Commands: []seats.Command{seats.Take{
				Member:   seats.Member{Teammate: stampedeTeammate(i), Operator: true},
				Revision: 1, Session: stampedeSession(round, i), Seq: 1,
			}}})
			if errs[i] = err; err == nil {
				replies[i] = out.Replies[0]
			}
		})
	}
	close(gun)
	runners.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("round %d: take of %s: %v", round, stampedeTeammate(i), err)
		}
	}
	return replies
}

// checkStampede holds a round's replies against the promise and returns the highest fence so far.
func checkStampede(t *testing.T, round int, replies []seats.Reply, last seats.Fence) seats.Fence {
	t.Helper()
	numbers := map[int]bool{}
	fences := map[seats.Fence]bool{}
	highest := last
	for i, reply := range replies {
		switch reply := reply.(type) {
		case seats.Granted:
			h := reply.Holder
			if h.Number < 1 || h.Number > stampedeSeats || numbers[h.Number] {
				t.Errorf("round %d: %s got number %d: out of range or granted twice", round, h.Teammate, h.Number)
			}
			if h.Fence <= last || fences[h.Fence] {
				t.Errorf("round %d: %s got fence %d: not above %d or granted twice", round, h.Teammate, h.Fence, last)
			}
			numbers[h.Number], fences[h.Fence] = true, true
			highest = max(highest, h.Fence)
		case seats.Refused:
			if reply.Code != seats.SeatsFull {
				t.Errorf("round %d: taker %d refused with %s, want %s", round, i, reply.Code, seats.SeatsFull)
			}
		default:
			t.Errorf("round %d: taker %d answered with %#v", round, i, reply)
		}
	}
	if len(fences) != stampedeSeats {
		t.Fatalf("round %d: %d granted, want exactly %d", round, len(fences), stampedeSeats)
	}
	return highest
}

// goHome logs everybody out, so that the next round finds all seats free.
func goHome(t *testing.T, store seats.Store, license seats.LicenseID, round int) {
	t.Helper()
	for from := 0; from < stampedeTakers; from += seats.MaxBatch {
		b := seats.Batch{License: license, Node: "node-a"}
		for i := from; i < min(from+seats.MaxBatch, stampedeTakers); i++ {
			b.Commands = append(b.Commands, seats.Logout{Teammate: stampedeTeammate(i), Session: stampedeSession(round, i)})
		}
		if _, err := store.Do(t.Context(), b); err != nil {
			t.Fatalf("round %d: logging out: %v", round, err)
		}
	}
}
