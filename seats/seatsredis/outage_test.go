package seatsredis_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	s := newStore(t, connect(t, server.URL()))
	do(t, s, openBatch(license, 1, 2))
	return server, s
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

func TestServerGoneIsUnavailableInTime(t *testing.T) {
	t.Parallel()
	server, s := own(t)
	server.Pause(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	demandUnavailable(ctx, t, s, time.Second)
	demandUnavailable(t.Context(), t, s, 6*time.Second) // by the client's own time-outs
	server.Kill()
	demandUnavailable(t.Context(), t, s, 6*time.Second)
}

func demandUnavailable(ctx context.Context, t *testing.T, s *seatsredis.Store, within time.Duration) {
	t.Helper()
	start := time.Now()
	_, err := s.Do(ctx, batch(license, take("ann", "s", 1)))
	if !errors.Is(err, seats.ErrUnavailable) || errors.Is(err, seatsredis.ErrScript) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
	if took := time.Since(start); took > within {
		t.Errorf("told after %s", took)
	}
}

// What a server answers when it can't serve is unavailability, and nothing is done in part.
func TestRefusingServerIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ refuse, recover []any }{
		"out of memory":         {[]any{"CONFIG", "SET", "maxmemory", "1"}, []any{"CONFIG", "SET", "maxmemory", "0"}},
		"replica":               {[]any{"REPLICAOF", "127.0.0.1", "1"}, []any{"REPLICAOF", "NO", "ONE"}},
		"too few replicas":      {[]any{"CONFIG", "SET", "min-replicas-to-write", "1"}, []any{"CONFIG", "SET", "min-replicas-to-write", "0"}},
		"password set":          {[]any{"CONFIG", "SET", "requirepass", "x"}, nil},
		"scripts not allowed":   {[]any{"ACL", "SETUSER", "default", "-evalsha"}, []any{"ACL", "SETUSER", "default", "+evalsha"}},
		"a script that is busy": {[]any{"CONFIG", "SET", "busy-reply-threshold", "1"}, []any{"SCRIPT", "KILL"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, s := own(t)
			seat(t, s, license, "bob")
			before := board(t, s, license)
			client := connect(t, server.URL())
			if err := client.Do(t.Context(), tc.refuse...).Err(); err != nil {
				t.Fatal(err)
			}
			if name == "a script that is busy" {
				busy := connect(t, server.URL()+"?timeout=1h")
				go busy.Eval(t.Context(), "while true do end", nil)
				leasetest.Await(t, func() bool { return client.Ping(t.Context()).Err() != nil })
			}
			if name == "password set" { // connections that are open stay good
				client.ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes")
			}
			demandUnavailable(t.Context(), t, s, 10*time.Second)
			if tc.recover == nil {
				return
			}
			if err := client.Do(t.Context(), tc.recover...).Err(); err != nil {
				t.Fatal(err)
			}
			leasetest.Await(t, func() bool { _, err := s.Do(t.Context(), batch(license)); return err == nil })
			if diff := cmp.Diff(before, board(t, s, license)); diff != "" {
				t.Errorf("the board after a refusal:\n%s", diff)
			}
			seat(t, s, license, "cid")
		})
	}
}

func TestWrongEstimateOfEngineTimeIsCorrected(t *testing.T) {
	t.Parallel()
	_, s := own(t)
	for _, off := range []time.Duration{-time.Hour, time.Hour} {
		seatsredis.Mislead(s, time.Now().Add(off))
		do(t, s, batch(license))
	}
	late := batch(license)
	late.Deadline = time.Now().Add(-time.Second)
	if _, err := s.Do(t.Context(), late); !errors.Is(err, seats.ErrLate) {
		t.Errorf("%v, want ErrLate", err)
	}
}

func TestForeignDataIsToldApart(t *testing.T) {
	t.Parallel()
	server, s := own(t)
	client := connect(t, server.URL())
	key := s.Keys(license)[1]
	if err := client.Set(t.Context(), key, "not ours", 0).Err(); err != nil {
		t.Fatal(err)
	}
	_, err := s.Do(t.Context(), batch(license, take("ann", "s", 1)))
	if !errors.Is(err, seatsredis.ErrScript) || !errors.Is(err, seats.ErrUnavailable) {
		t.Errorf("%v, want ErrScript with ErrUnavailable", err)
	}
}

func TestScriptIsLoadedAgain(t *testing.T) {
	t.Parallel()
	server, s := own(t)
	if err := connect(t, server.URL()).ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	seat(t, s, license, "ann")
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

func TestWatchersHearAgainAfterAnOutage(t *testing.T) {
	t.Parallel()
	server, s := own(t)
	client := connect(t, server.URL())
	heard := make(chan *seats.Change, 1000)
	stop, err := s.Watch(t.Context(), license, func(c *seats.Change) { heard <- c })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	missed(t, heard)
	client.ClientKillByFilter(t.Context(), "TYPE", "pubsub")
	missed(t, heard)
	seat(t, s, license, "ann")
	if c := next(t, heard); c == nil || len(c.Holders) != 1 || c.Holders[0].Teammate != "ann" {
		t.Fatalf("heard %+v", c)
	}
	server.Restart(t)
	missed(t, heard)
	leasetest.Await(t, func() bool { _, err := s.Do(t.Context(), openBatch(license, 2, 2)); return err == nil })
	if c := next(t, heard); c == nil || c.Epoch != "2" || c.From != 0 {
		t.Fatalf("heard %+v", c)
	}
}

// A replica that was promoted has most of what was acknowledged, but nobody knows which; it is not trusted.
func TestFailoverOpensANewGeneration(t *testing.T) {
	t.Parallel()
	f := redistest.StartFailover(t, 1)
	client := connect(t, f.URL())
	s := newStore(t, client)
	leasetest.Await(t, func() bool { // until the replica follows
		info, err := client.Info(t.Context(), "replication").Result()
		return err == nil && strings.Contains(info, "state=online")
	})
	do(t, s, openBatch(license, 1, 2))
	before := seat(t, s, license, "ann")
	if n, err := client.Do(t.Context(), "WAIT", 1, 1000).Int(); err != nil || n != 1 {
		t.Fatalf("replicated to %d: %v", n, err)
	}
	heard := make(chan *seats.Change, 1000)
	stop, err := s.Watch(t.Context(), license, func(c *seats.Change) { heard <- c })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	missed(t, heard)
	f.Promote(t)
	var u *seats.UnopenedError
	leasetest.Await(t, func() bool { _, err := s.Do(t.Context(), batch(license)); return errors.As(err, &u) })
	if u.Last != 1 {
		t.Errorf("the promoted replica knows generation %d, want 1", u.Last)
	}
	missed(t, heard)
	leasetest.Await(t, func() bool { _, err := s.Do(t.Context(), openBatch(license, 2, 2)); return err == nil })
	if after := seat(t, s, license, "bob"); after.Fence <= before.Fence {
		t.Errorf("fence %d after %d", after.Fence, before.Fence)
	}
	for c := next(t, heard); c == nil || c.Epoch != "2"; c = next(t, heard) {
		t.Logf("passed over %+v", c)
	}
}

func next(t *testing.T, heard <-chan *seats.Change) *seats.Change {
	t.Helper()
	select {
	case c := <-heard:
		return c
	case <-time.After(20 * time.Second):
		t.Fatal("nothing heard")
		return nil
	}
}

func missed(t *testing.T, heard <-chan *seats.Change) {
	t.Helper()
	if c := next(t, heard); c != nil {
		t.Fatalf("heard %+v, want that something may have been missed", c)
	}
}
