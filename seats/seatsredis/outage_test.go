package seatsredis_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/seats"
	"usher/seats/seatsredis"
)

const license seats.LicenseID = "lic_outage"

// own starts a server for the test and opens a license of two seats on it.
func own(t *testing.T, args ...string) (*redistest.Server, *seatsredis.Store) {
	t.Helper()
	server := redistest.Start(t, args...)
	return server, opened(t, server)
}

func opened(t testing.TB, server *redistest.Server) *seatsredis.Store {
	t.Helper()
	s := newStore(t, connect(t, server.URL()))
	do(t, s, openBatch(license, 1, 2))
	return s
}

// unopened demands that the license is not open, and which generation is known.
func unopened(t *testing.T, s *seatsredis.Store, b seats.Batch, last seats.Generation) {
	t.Helper()
	_, err := s.Do(t.Context(), b)
	var u *seats.UnopenedError
	if !errors.As(err, &u) || u.Last != last {
		t.Fatalf("%v, want an UnopenedError with generation %d", err, last)
	}
}

func TestPromise3_FencesGrowThroughLossOfAllData(t *testing.T) {
	t.Parallel()
	server, s := own(t)
	before := seat(t, s, license, "ann")
	if err := connect(t, server.URL()).FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	unopened(t, s, batch(license), 0)
	do(t, s, openBatch(license, 2, 2))
	if after := seat(t, s, license, "bob"); after.Fence <= before.Fence {
		t.Errorf("fence %d after %d", after.Fence, before.Fence)
	}
}

func TestPromise3_FencesGrowThroughARestartThatKeptData(t *testing.T) {
	t.Parallel()
	server, s := own(t, "--appendonly", "yes", "--appendfsync", "always")
	before := seat(t, s, license, "ann")
	server.Restart(t)
	// The pool still has connections of the server that is gone, one of which a call may meet.
	leasetest.Await(t, func() bool { _, err := s.Do(t.Context(), batch(license)); return !errors.Is(err, seats.ErrUnavailable) })
	unopened(t, s, batch(license, take("bob", "s", 1)), 1)
	unopened(t, s, openBatch(license, 1, 2), 1)
	do(t, s, openBatch(license, 2, 2))
	if b := board(t, s, license); len(b.Holders) > 0 || b.Epoch != "2" {
		t.Errorf("board of the new generation: %+v", b)
	}
	if after := seat(t, s, license, "bob"); after.Fence <= before.Fence {
		t.Errorf("fence %d after %d", after.Fence, before.Fence)
	}
}

func TestOutages(t *testing.T) {
	t.Parallel()
	leasetest.RunOutages(t, func(t testing.TB, server *redistest.Server) leasetest.Victim {
		s, comers := opened(t, server), 0
		seat(t, s, license, "ann")
		return leasetest.Victim{
			Keys: s.Keys(license), Unavailable: seats.ErrUnavailable, Late: seats.ErrLate,
			Tick: func(ctx context.Context, deadline time.Time) error {
				b := batch(license)
				b.Deadline = deadline
				_, err := s.Do(ctx, b)
				return err
			},
			Enter: func(ctx context.Context) error {
				comers++
				id := fmt.Sprint("comer", comers)
				out, err := s.Do(ctx, batch(license, take(seats.TeammateID(id), seats.SessionID(id), 1)))
				if err != nil {
					return err
				}
				if _, ok := out.Replies[0].(seats.Granted); !ok {
					return fmt.Errorf("%#v, want a seat", out.Replies[0])
				}
				return nil
			},
			Read:    func(t testing.TB) any { return board(t, s, license) },
			Mislead: func(server time.Time) { seatsredis.Mislead(s, server) },
		}
	})
}

func TestNewRefusesAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Kill()
	if s, err := seatsredis.New(t.Context(), connect(t, server.URL()), seatsredis.Options{}); err == nil {
		s.Close()
		t.Error("no error")
	}
}

func TestGenerationBeyondExactNumbersIsInvalid(t *testing.T) {
	t.Parallel()
	_, s := own(t)
	if _, err := s.Do(t.Context(), openBatch("lic_other", 1<<40, 1)); !errors.Is(err, seats.ErrInvalid) {
		t.Errorf("%v, want ErrInvalid", err)
	}
}

func watch(t testing.TB, s *seatsredis.Store) leasetest.Heard[seats.Change] {
	t.Helper()
	return leasetest.Watch(t, func(ctx context.Context, notify func(*seats.Change)) (func(), error) {
		return s.Watch(ctx, license, notify)
	})
}

func TestWatchersHearAgainAfterAnOutage(t *testing.T) {
	t.Parallel()
	server, s := own(t)
	client := connect(t, server.URL())
	heard := watch(t, s)
	client.ClientKillByFilter(t.Context(), "TYPE", "pubsub")
	heard.Missed(t)
	seat(t, s, license, "ann")
	if c := heard.Next(t); c == nil || len(c.Holders) != 1 || c.Holders[0].Teammate != "ann" {
		t.Fatalf("heard %+v", c)
	}
	server.Restart(t)
	heard.Missed(t)
	leasetest.Await(t, func() bool { _, err := s.Do(t.Context(), openBatch(license, 2, 2)); return err == nil })
	if c := heard.Next(t); c == nil || c.Epoch != "2" || c.From != 0 {
		t.Fatalf("heard %+v", c)
	}
}

// A replica that was promoted has most of what was acknowledged, but nobody knows which; it is not trusted.
func TestFailoverOpensANewGeneration(t *testing.T) {
	t.Parallel()
	f := redistest.StartFailover(t, 1)
	client := connect(t, f.URL())
	s := newStore(t, client)
	do(t, s, openBatch(license, 1, 2))
	before := seat(t, s, license, "ann")
	if n, err := client.Do(t.Context(), "WAIT", 1, 1000).Int(); err != nil || n != 1 {
		t.Fatalf("replicated to %d: %v", n, err)
	}
	heard := watch(t, s)
	f.Promote(t)
	var u *seats.UnopenedError
	leasetest.Await(t, func() bool { _, err := s.Do(t.Context(), batch(license)); return errors.As(err, &u) })
	if u.Last != 1 {
		t.Errorf("the promoted replica knows generation %d, want 1", u.Last)
	}
	heard.Missed(t)
	leasetest.Await(t, func() bool { _, err := s.Do(t.Context(), openBatch(license, 2, 2)); return err == nil })
	if after := seat(t, s, license, "bob"); after.Fence <= before.Fence {
		t.Errorf("fence %d after %d", after.Fence, before.Fence)
	}
	for c := heard.Next(t); c == nil || c.Epoch != "2"; c = heard.Next(t) {
		t.Logf("passed over %+v", c)
	}
}
