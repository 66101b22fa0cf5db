package seatsredis

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/seats"
)

// ErrScript says that the script itself failed: a bug, or foreign data in its keys. It comes with
// [seats.ErrUnavailable], and should be logged.
var ErrScript = lease.ErrScript

// Options of a [Store]; zero values stand for the defaults.
type Options struct {
	Prefix string        // of all keys and channels; default "usher"
	Lease  time.Duration // of the nodes; only to check the servers' settings against. Default 15 s.
	Logger *slog.Logger  // default: none
}

const defaultLease = 15 * time.Second

// Store is the engine on Redis. It implements [seats.Store] and is safe for concurrent use.
type Store struct{ engine *lease.Engine }

var _ seats.Store = (*Store)(nil)

// New returns an engine on the servers of a client, which stays the caller's, to be closed after the Store. It
// asks the servers first whether an engine can work there; what makes a promise weaker is logged.
// Errors: a server can't be reached, or is not fit.
func New(ctx context.Context, client redis.UniversalClient, o Options) (*Store, error) {
	s := newStore(client, lease.EngineOptions{Script: source(), Prefix: o.Prefix, Logger: o.Logger})
	if err := s.engine.Check(ctx, cmp.Or(o.Lease, defaultLease)); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func newStore(client redis.UniversalClient, o lease.EngineOptions) *Store {
	o.Name, o.Keys = "seats", keyNames
	return &Store{lease.NewEngine(client, o)}
}

// Close ends all watches and waits for them.
func (s *Store) Close() { s.engine.Close() }

// Do implements [seats.Store].
func (s *Store) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	if err := b.Validate(); err != nil {
		return seats.Outcome{}, err
	}
	if err := ctx.Err(); err != nil {
		return seats.Outcome{}, unavailable(err)
	}
	args, err := encode(b)
	if err != nil {
		return seats.Outcome{}, err
	}
	reply, err := s.engine.Call(ctx, string(b.License), args, b.Deadline, seats.CommandLife)
	if err != nil {
		return seats.Outcome{}, unavailable(err)
	}
	return decode(reply, len(b.Commands))
}

// unavailable wraps an error of the engine.
func unavailable(err error) error { return fmt.Errorf("%w: %w", seats.ErrUnavailable, err) }
