package presenceredis_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/redis/go-redis/v9"

	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/presence"
	"usher/presence/presenceredis"
	"usher/presence/presencetest"
)

var equateEmpty = cmpopts.EquateEmpty()

const (
	node  presence.NodeID = "node-a"
	grace                 = 30 * time.Second
)

func newStore(t testing.TB, client redis.UniversalClient) *presenceredis.Store {
	t.Helper()
	s, err := presenceredis.New(t.Context(), client, presenceredis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func batch(license presence.LicenseID, commands ...presence.Command) presence.Batch {
	return presence.Batch{License: license, Node: node, Commands: commands}
}

// opening opens a license with teammates.
func opening(generation presence.Generation, teammates ...presence.TeammateID) presence.Open {
	o := presence.Open{Generation: generation, Config: presence.Config{Revision: 1, Grace: grace}}
	for _, id := range teammates {
		o.Members = append(o.Members, presence.Member{Teammate: id, Name: "Name of " + string(id), Operator: true})
	}
	return o
}

// arrive is the first arrival of a teammate's usual session.
func arrive(teammate presence.TeammateID) presence.Arrive {
	return presence.Arrive{Teammate: teammate, Session: ses(teammate), Seq: 1, Device: "web"}
}

func ses(teammate presence.TeammateID) presence.SessionID {
	return "ses-" + presence.SessionID(teammate)
}

func drop(teammate presence.TeammateID) presence.Drop {
	return presence.Drop{Teammate: teammate, Session: ses(teammate)}
}

func depart(teammate presence.TeammateID) presence.Depart {
	return presence.Depart{Teammate: teammate, Session: ses(teammate)}
}

// do sends a batch that may not fail.
func do(t testing.TB, s presence.Store, b presence.Batch) presence.Outcome {
	t.Helper()
	out, err := s.Do(t.Context(), b)
	if err != nil {
		t.Fatalf("%+v: %v", b.Commands, err)
	}
	return out
}

// enter has teammates' usual sessions arrive.
func enter(t testing.TB, s presence.Store, license presence.LicenseID, teammates ...presence.TeammateID) {
	t.Helper()
	for _, id := range teammates {
		if r, ok := do(t, s, batch(license, arrive(id))).Replies[0].(presence.Present); !ok {
			t.Fatalf("arrival of %s: %#v", id, r)
		}
	}
}

func roster(t testing.TB, s presence.Store, license presence.LicenseID) presence.Roster {
	t.Helper()
	reply := do(t, s, batch(license, presence.Read{})).Replies[0]
	read, ok := reply.(presence.RosterRead)
	if !ok {
		t.Fatalf("read: %#v", reply)
	}
	return read.Roster
}

// unopened demands that the license is not open, and which generation is known.
func unopened(t *testing.T, s presence.Store, b presence.Batch, last presence.Generation) {
	t.Helper()
	_, err := s.Do(t.Context(), b)
	var u *presence.UnopenedError
	if !errors.As(err, &u) || u.Last != last {
		t.Fatalf("%v, want an UnopenedError with generation %d", err, last)
	}
}

// timedLicense is a license on a clock that the test moves.
type timedLicense struct {
	*presenceredis.Timed
	*testing.T
	keeper
	license presence.LicenseID
}

// newTimed is a license that is not open yet, on a server that tests share.
func newTimed(t *testing.T) timedLicense {
	t.Helper()
	client, clock := connect(t, redistest.URL(t)+patient), leasetest.NewClock()
	return timedLicense{presenceredis.NewTimed(t, client, clock), t, keeper{t, client, clock.Time}, presencetest.NewLicense()}
}

func (l timedLicense) lease(n presence.NodeID, d time.Duration) { l.renew(l.license, n, d) }

func (l timedLicense) do(commands ...presence.Command) presence.Outcome {
	l.Helper()
	return do(l.T, l.Timed, batch(l.license, commands...))
}

func (l timedLicense) by(n presence.NodeID, commands ...presence.Command) {
	l.Helper()
	b := batch(l.license, commands...)
	b.Node = n
	do(l.T, l.Timed, b)
}

func (l timedLicense) roster() presence.Roster {
	l.Helper()
	return roster(l.T, l.Timed, l.license)
}

// now is the engine's time as outcomes tell it.
func (l timedLicense) now() time.Time { return l.Timed.Clock.Time().Truncate(time.Millisecond) }
