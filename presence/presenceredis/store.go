package presenceredis

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/presence"
)

// ErrScript says that the script itself failed: a bug, or foreign data in its keys. It comes with
// [presence.ErrUnavailable], and should be logged.
var ErrScript = lease.ErrScript

// Options of a [Store]; zero values stand for the defaults.
type Options struct {
	Prefix string        // of all keys and channels, the same as of the engine that renews leases; default "usher"
	Lease  time.Duration // of the nodes; a third of it is waited in silence. Default 15 s.
	Logger *slog.Logger  // default: none
}

const defaultLease = 15 * time.Second

// Store is the engine on Redis. It implements [presence.Store] and is safe for concurrent use.
type Store struct{ engine *lease.Engine }

var _ presence.Store = (*Store)(nil)

// New returns an engine on the servers of a client, which stays the caller's, to be closed after the Store. It
// asks the servers first whether an engine can work there; what makes a promise weaker is logged.
// Errors: a server can't be reached, or is not fit.
func New(ctx context.Context, client redis.UniversalClient, o Options) (*Store, error) {
	o.Lease = cmp.Or(o.Lease, defaultLease)
	s := newStore(client, lease.EngineOptions{Script: source(o.Lease), Prefix: o.Prefix, Logger: o.Logger})
	if err := s.engine.Check(ctx, o.Lease); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func newStore(client redis.UniversalClient, o lease.EngineOptions) *Store {
	o.Name, o.Keys = "presence", keyNames
	return &Store{lease.NewEngine(client, o)}
}

// Close ends all watches and waits for them.
func (s *Store) Close() { s.engine.Close() }

// Do implements [presence.Store].
func (s *Store) Do(ctx context.Context, b presence.Batch) (presence.Outcome, error) {
	if err := b.Validate(); err != nil {
		return presence.Outcome{}, err
	}
	if err := ctx.Err(); err != nil {
		return presence.Outcome{}, unavailable(err)
	}
	args, err := encode(b)
	if err != nil {
		return presence.Outcome{}, err
	}
	reply, err := s.engine.Call(ctx, string(b.License), args, b.Deadline, presence.CommandLife)
	if err != nil {
		return presence.Outcome{}, unavailable(err)
	}
	return decode(reply, len(b.Commands))
}

// Watch implements [presence.Store]. Changes of one license come one after another; after a time in which
// announcements could not be heard, and after one that this node can't read, notify is called with nil.
// stop returns when no call is running any more, so notify may not call it.
func (s *Store) Watch(ctx context.Context, license presence.LicenseID, notify func(*presence.Change)) (stop func(), err error) {
	if err := presence.ValidID(license); err != nil {
		return nil, unavailable(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, unavailable(err)
	}
	stop, err = lease.Watch(ctx, s.engine, string(license), decodeChange, notify)
	if err != nil {
		return nil, unavailable(err)
	}
	return stop, nil
}

// unavailable wraps an error of the engine.
func unavailable(err error) error { return fmt.Errorf("%w: %w", presence.ErrUnavailable, err) }
