package seatsredis

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/internal/lease/leasetest"
	"usher/seats"
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
	s := newStore(client, lease.EngineOptions{Script: leasetest.OnClock(t, source()), Time: c})
	t.Cleanup(s.Close)
	return &Timed{s, c, client}
}

// Do shows the script the time, then does the batch.
func (s *Timed) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	if b.Validate() == nil && ctx.Err() == nil {
		if err := s.Clock.Show(ctx, s.client, s.engine.Keys(string(b.License))); err != nil {
			return seats.Outcome{}, fmt.Errorf("setting the test's clock: %w", err)
		}
	}
	return s.Store.Do(ctx, b)
}

// Script is the engine's script.
func Script() leasetest.Script {
	texts := map[string]string{}
	for _, name := range slices.Concat(basics, modules, rarer, operations) {
		texts[name] = part(name)
	}
	return leasetest.Script{
		Source: source(), Keys: keyNames, Files: texts, Operations: operations, Pass: "expire.pass", Back: "clock.set_back",
	}
}

// KeyNames are the names of the keys in the scripts.
func KeyNames() []string { return keyNames }

// Keys are the keys of a license, without the channel.
func (s *Store) Keys(license seats.LicenseID) []string {
	keys := s.engine.Keys(string(license))
	return keys[:len(keys)-1]
}

// Encode is a command as it is sent.
func Encode(t testing.TB, c seats.Command) []any {
	t.Helper()
	args, err := encode(seats.Batch{Commands: []seats.Command{c}})
	if err != nil {
		t.Fatal(err)
	}
	return args[2:]
}

// sha names the script on a server.
var sha = sync.OnceValue(func() string { return redis.NewScript(source()).Hash() })

// Call is what a batch is sent as, with a deadline far away.
func Call(t testing.TB, s *Store, b seats.Batch) []any {
	t.Helper()
	args, err := encode(b)
	if err != nil {
		t.Fatal(err)
	}
	args[0] = time.Now().Add(time.Hour).UnixMilli()
	keys := s.engine.Keys(string(b.License))
	call := []any{"EVALSHA", sha(), len(keys)}
	for _, key := range keys {
		call = append(call, key)
	}
	return append(call, args...)
}

// Mislead has the store believe that the server shows another time.
func Mislead(s *Store, server time.Time) { s.engine.Learn(server) }
