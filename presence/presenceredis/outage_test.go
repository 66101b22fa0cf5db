package presenceredis_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

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
	return server, opened(t, server)
}

func opened(t testing.TB, server *redistest.Server) *presenceredis.Store {
	t.Helper()
	client := connect(t, server.URL())
	s := newStore(t, client)
	onServer(t, client).renew(license, node, time.Hour)
	do(t, s, batch(license, opening(1, "ann", "bob", "cid")))
	return s
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

func TestOutages(t *testing.T) {
	t.Parallel()
	leasetest.RunOutages(t, func(t testing.TB, server *redistest.Server) leasetest.Victim {
		s, comers := opened(t, server), 0
		enter(t, s, license, "ann")
		return leasetest.Victim{
			Keys: s.Keys(license), Unavailable: presence.ErrUnavailable, Late: presence.ErrLate,
			Tick: func(ctx context.Context, deadline time.Time) error {
				b := batch(license)
				b.Deadline = deadline
				_, err := s.Do(ctx, b)
				return err
			},
			Enter: func(ctx context.Context) error {
				comers++
				a := arrive("bob")
				a.Session = presence.SessionID(fmt.Sprint("comer", comers))
				out, err := s.Do(ctx, batch(license, a))
				if err != nil {
					return err
				}
				if _, ok := out.Replies[0].(presence.Present); !ok {
					return fmt.Errorf("%#v, want that they are here", out.Replies[0])
				}
				return nil
			},
			Read:    func(t testing.TB) any { return roster(t, s, license) },
			Mislead: func(server time.Time) { presenceredis.Mislead(s, server) },
		}
	})
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

func watch(t testing.TB, s *presenceredis.Store) leasetest.Heard[presence.Change] {
	t.Helper()
	return leasetest.Watch(t, func(ctx context.Context, notify func(*presence.Change)) (func(), error) {
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
	enter(t, s, license, "ann")
	if c := heard.Next(t); c == nil || len(c.Entries) != 1 || c.Entries[0].Teammate != "ann" {
		t.Fatalf("heard %+v", c)
	}
	server.Restart(t)
	heard.Missed(t)
	leasetest.Await(t, func() bool { _, err := s.Do(t.Context(), batch(license, opening(2, "ann"))); return err == nil })
	if c := heard.Next(t); c == nil || c.Epoch != "2" || c.From != 0 {
		t.Fatalf("heard %+v", c)
	}
}

// An announcement of a newer engine is one that was missed.
func TestWatchersMissWhatTheyCannotRead(t *testing.T) {
	t.Parallel()
	server, s := own(t)
	client := connect(t, server.URL())
	heard := watch(t, s)
	if err := client.SPublish(t.Context(), s.Channel(license), "*1;$1;9").Err(); err != nil {
		t.Fatal(err)
	}
	heard.Missed(t)
	enter(t, s, license, "ann")
	if c := heard.Next(t); c == nil || c.Entries[0].Teammate != "ann" {
		t.Fatalf("heard %+v", c)
	}
}

// A replica that was promoted has most of what was acknowledged, but nobody knows which; it is not trusted.
func TestFailoverOpensANewGeneration(t *testing.T) {
	t.Parallel()
	f := redistest.StartFailover(t, 1)
	client := connect(t, f.URL())
	s := newStore(t, client)
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
