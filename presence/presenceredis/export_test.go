package presenceredis

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/internal/lease/leasetest"
	"usher/presence"
)

func init() { files = leasetest.Planted(files) }

// Timed is a Store on a clock that a test moves.
type Timed struct {
	*Store
	Clock  *leasetest.Clock
	client redis.UniversalClient
}

// NewTimed returns a Store whose script reads a test's clock instead of the server's.
func NewTimed(t testing.TB, client redis.UniversalClient, c *leasetest.Clock) *Timed {
	t.Helper()
	s := newStore(client, lease.EngineOptions{Script: leasetest.OnClock(t, source(defaultLease)), Time: c})
	t.Cleanup(s.Close)
	return &Timed{s, c, client}
}

// Do shows the script the time, then does the batch.
func (s *Timed) Do(ctx context.Context, b presence.Batch) (presence.Outcome, error) {
	if b.Validate() == nil && ctx.Err() == nil {
		if err := s.Clock.Show(ctx, s.client, s.engine.Keys(string(b.License))); err != nil {
			return presence.Outcome{}, fmt.Errorf("setting the test's clock: %w", err)
		}
	}
	return s.Store.Do(ctx, b)
}

// Keys are the keys of a license.
func (s *Store) Keys(license presence.LicenseID) []string {
	return s.engine.Keys(string(license))
}

// Script is the engine's script.
func Script() leasetest.Script {
	texts := map[string]string{}
	for _, name := range slices.Concat(basics, modules, operations) {
		texts[name] = part(name)
	}
	return leasetest.Script{
		Source: source(defaultLease), Keys: keyNames, Files: texts, Operations: operations, Pass: "pass.pass",
		Back: "clock.set_back",
	}
}

// KeyNames are the names of the keys in the scripts.
func KeyNames() []string { return keyNames }

// Encode is a command as it is sent.
func Encode(t testing.TB, c presence.Command) []any {
	t.Helper()
	args, err := encode(presence.Batch{Commands: []presence.Command{c}})
	if err != nil {
		t.Fatal(err)
	}
	return args[2:]
}

// DecodeChange reads an announcement.
func DecodeChange(packed string) (presence.Change, error) { return decodeChange(packed) }

// Mislead has the store believe that the server shows another time.
func Mislead(s *Store, server time.Time) { s.engine.Learn(server) }

// Channel is where a license's changes are announced.
func (s *Store) Channel(license presence.LicenseID) string {
	return s.engine.Keys(string(license))[0]
}
