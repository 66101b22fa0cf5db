package presenceredis_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/presence"
	"usher/presence/presenceredis"
)

const license presence.LicenseID = "lic_outage"

// own starts a server for the test and opens a license with ann, bob and cid on it.
func own(t *testing.T, args ...string) (*redistest.Server, *presenceredis.Store) {
	t.Helper()
	server := redistest.Start(t, args...)
	client := connect(t, server.URL())
	s := newStore(t, client)
	onServer(t, client).renew(license, node, time.Hour)
	do(t, s, batch(license, opening(1, "ann", "bob", "cid")))
	return server, s
}

func TestAServerThatForgotIsUnopened(t *testing.T) {
	t.Parallel()
	server, s := own(t)
	enter(t, s, license, "ann")
	if err := connect(t, server.URL()).FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	unopened(t, s, batch(license), 0)
	do(t, s, batch(license, opening(2, "ann")))
	if r := roster(t, s, license); r.Epoch != "2" || r.Version != 1 || len(r.Entries) != 1 || r.Entries[0].Status != presence.Offline {
		t.Errorf("roster of the new generation: %+v", r)
	}
}

// A server that kept its data may have forgotten some all the same. Who ended stays so.
func TestARestartedServerIsUnopened(t *testing.T) {
	t.Parallel()
	server, s := own(t, "--appendonly", "yes", "--appendfsync", "always")
	enter(t, s, license, "ann", "bob")
	do(t, s, batch(license, depart("bob"), presence.Choose{
		Teammate: "ann", Choice: presence.Choice{Number: 1, Status: presence.Busy, Until: time.Now().Add(time.Hour), Before: presence.Intent{Status: presence.Away}},
	}))
	server.Restart(t)
	// The pool still has connections of the server that is gone, one of which a call may meet.
	leasetest.Await(t, func() bool {
		_, err := s.Do(t.Context(), batch(license))
		return !errors.Is(err, presence.ErrUnavailable)
	})
	unopened(t, s, batch(license, arrive("ann")), 1)
	unopened(t, s, batch(license, opening(1, "ann", "bob")), 1)
	out := do(t, s, batch(license, opening(2, "ann", "bob"), arrive("bob"), presence.SetIdle{Teammate: "ann", Session: ses("ann"), Seq: 9}))
	if r := out.Replies[1]; r != any(presence.Ended{Ending: presence.Ending{Session: ses("bob"), Cause: presence.CauseDeparted}}) {
		t.Errorf("bob's session: %#v, want that it has ended", r)
	}
	if out.Replies[2] != any(presence.Unknown{}) || !out.Due.IsZero() {
		t.Errorf("ann's session: %#v, want unknown; due %s", out.Replies[2], out.Due)
	}
	for _, e := range roster(t, s, license).Entries {
		if e.Status != presence.Offline || e.Heard || !e.Until.IsZero() {
			t.Errorf("in the new generation: %+v", e)
		}
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

func demandUnavailable(ctx context.Context, t *testing.T, s *presenceredis.Store, within time.Duration) {
	t.Helper()
	start := time.Now()
	_, err := s.Do(ctx, batch(license, arrive("ann")))
	if !errors.Is(err, presence.ErrUnavailable) || errors.Is(err, presenceredis.ErrScript) {
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
		"out of memory":    {[]any{"CONFIG", "SET", "maxmemory", "1"}, []any{"CONFIG", "SET", "maxmemory", "0"}},
		"replica":          {[]any{"REPLICAOF", "127.0.0.1", "1"}, []any{"REPLICAOF", "NO", "ONE"}},
		"too few replicas": {[]any{"CONFIG", "SET", "min-replicas-to-write", "1"}, []any{"CONFIG", "SET", "min-replicas-to-write", "0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, s := own(t)
			enter(t, s, license, "bob")
			before := roster(t, s, license)
			client := connect(t, server.URL())
			if err := client.Do(t.Context(), tc.refuse...).Err(); err != nil {
				t.Fatal(err)
			}
			demandUnavailable(t.Context(), t, s, 10*time.Second)
			if err := client.Do(t.Context(), tc.recover...).Err(); err != nil {
				t.Fatal(err)
			}
			leasetest.Await(t, func() bool { _, err := s.Do(t.Context(), batch(license)); return err == nil })
			if diff := cmp.Diff(before, roster(t, s, license)); diff != "" {
				t.Errorf("the roster after a refusal:\n%s", diff)
			}
			enter(t, s, license, "cid")
		})
	}
}

func TestWrongEstimateOfEngineTimeIsCorrected(t *testing.T) {
	t.Parallel()
	_, s := own(t)
	for _, off := range []time.Duration{-time.Hour, time.Hour} {
		presenceredis.Mislead(s, time.Now().Add(off))
		do(t, s, batch(license))
	}
	late := batch(license)
	late.Deadline = time.Now().Add(-time.Second)
	if _, err := s.Do(t.Context(), late); !errors.Is(err, presence.ErrLate) {
		t.Errorf("%v, want ErrLate", err)
	}
}

func TestForeignDataIsToldApart(t *testing.T) {
	t.Parallel()
	server, s := own(t)
	if err := connect(t, server.URL()).Set(t.Context(), s.Keys(license)[1], "not ours", 0).Err(); err != nil {
		t.Fatal(err)
	}
	_, err := s.Do(t.Context(), batch(license, arrive("ann")))
	if !errors.Is(err, presenceredis.ErrScript) || !errors.Is(err, presence.ErrUnavailable) {
		t.Errorf("%v, want ErrScript with ErrUnavailable", err)
	}
}

func TestNewRefusesAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Kill()
	if s, err := presenceredis.New(t.Context(), connect(t, server.URL()), presenceredis.Options{}); err == nil {
		s.Close()
		t.Error("no error")
	}
}

func TestGenerationBeyondExactNumbersIsInvalid(t *testing.T) {
	t.Parallel()
	_, s := own(t)
	if _, err := s.Do(t.Context(), batch("lic_other", opening(1<<53+1))); !errors.Is(err, presence.ErrInvalid) {
		t.Errorf("%v, want ErrInvalid", err)
	}
}

func TestWatchersHearAgainAfterAnOutage(t *testing.T) {
	t.Parallel()
	server, s := own(t)
	client := connect(t, server.URL())
	heard := make(chan *presence.Change, 1000)
	stop, err := s.Watch(t.Context(), license, func(c *presence.Change) { heard <- c })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	missed(t, heard)
	client.ClientKillByFilter(t.Context(), "TYPE", "pubsub")
	missed(t, heard)
	enter(t, s, license, "ann")
	if c := next(t, heard); c == nil || len(c.Entries) != 1 || c.Entries[0].Teammate != "ann" {
		t.Fatalf("heard %+v", c)
	}
	server.Restart(t)
	missed(t, heard)
	leasetest.Await(t, func() bool { _, err := s.Do(t.Context(), batch(license, opening(2, "ann"))); return err == nil })
	if c := next(t, heard); c == nil || c.Epoch != "2" || c.From != 0 {
		t.Fatalf("heard %+v", c)
	}
}

// An announcement of a newer engine is one that was missed.
func TestWatchersMissWhatTheyCannotRead(t *testing.T) {
	t.Parallel()
	server, s := own(t)
	client := connect(t, server.URL())
	heard := make(chan *presence.Change, 1000)
	stop, err := s.Watch(t.Context(), license, func(c *presence.Change) { heard <- c })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	missed(t, heard)
	if err := client.SPublish(t.Context(), s.Channel(license), "*1;$1;9").Err(); err != nil {
		t.Fatal(err)
	}
	missed(t, heard)
	enter(t, s, license, "ann")
	if c := next(t, heard); c == nil || c.Entries[0].Teammate != "ann" {
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
	do(t, s, batch(license, opening(1, "ann")))
	if n, err := client.Do(t.Context(), "WAIT", 1, 1000).Int(); err != nil || n != 1 {
		t.Fatalf("replicated to %d: %v", n, err)
	}
	f.Promote(t)
	var u *presence.UnopenedError
	leasetest.Await(t, func() bool { _, err := s.Do(t.Context(), batch(license)); return errors.As(err, &u) })
	if u.Last != 1 {
		t.Errorf("the promoted replica knows generation %d, want 1", u.Last)
	}
	leasetest.Await(t, func() bool { _, err := s.Do(t.Context(), batch(license, opening(2, "ann"))); return err == nil })
	if r := roster(t, s, license); r.Epoch != "2" {
		t.Errorf("epoch %s", r.Epoch)
	}
}

func next(t *testing.T, heard <-chan *presence.Change) *presence.Change {
	t.Helper()
	select {
	case c := <-heard:
		return c
	case <-time.After(20 * time.Second):
		t.Fatal("nothing heard")
		return nil
	}
}

func missed(t *testing.T, heard <-chan *presence.Change) {
	t.Helper()
	if c := next(t, heard); c != nil {
		t.Fatalf("heard %+v, want that something may have been missed", c)
	}
}
