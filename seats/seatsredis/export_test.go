package seatsredis

import (
	"context"
	"fmt"
	"slices"
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
	for _, name := range slices.Concat(basics, modules, operations) {
		texts[name] = part(name)
	}
	var kinds []string
	for name := range recordKinds {
		kinds = append(kinds, "R."+name)
	}
	for name := range indexKinds {
		kinds = append(kinds, "I."+name)
	}
	return leasetest.Script{
		Source: lease.Assemble(keyNames, parts()...), Keys: keyNames, Kinds: kinds, Files: texts, Operations: operations,
		Pass: "expire.pass", Back: "clock.set_back",
	}
}

// RecordKinds are the kinds of records by name, and IndexKinds those of the index's members: with what they begin.
func RecordKinds() map[string]string { return recordKinds }

// IndexKinds see RecordKinds.
func IndexKinds() map[string]string { return indexKinds }

// KeyNames are the names of the keys in the scripts.
func KeyNames() []string { return keyNames }

// Keys are the keys of a license.
func (s *Store) Keys(license seats.LicenseID) []string {
	return s.engine.Keys(string(license))
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

// Call is what a batch is sent as, with a deadline far away.
func Call(t testing.TB, s *Store, b seats.Batch) []any {
	t.Helper()
	args, err := encode(b)
	if err != nil {
		t.Fatal(err)
	}
	args[0] = time.Now().Add(time.Hour).UnixMilli()
	return s.engine.Command(t.Context(), string(b.License), args).Args()
}

// Decode reads the reply to a call of so many commands.
func Decode(cmd *redis.Cmd, commands int) (seats.Outcome, error) {
	raw, err := cmd.Slice()
	if err != nil {
		return seats.Outcome{}, err
	}
	f := lease.FieldsOf(raw)
	return decode(lease.Reply{Tag: f.Text(), Now: f.Moment(), Fields: f}, commands)
}

// Mislead has the store believe that the server shows another time.
func Mislead(s *Store, server time.Time) { s.engine.Learn(server) }
