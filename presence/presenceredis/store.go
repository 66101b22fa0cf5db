package presenceredis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/presence"
)

// ErrScript says that the script itself failed: a bug, or foreign data in its keys. It comes with
// [presence.ErrUnavailable], and should be logged.
var ErrScript = errors.New("presenceredis: the script failed")

// Options of a [Store]; zero values stand for the defaults.
type Options struct {
	Prefix string        // of all keys and channels; default "usher"
	Lease  time.Duration // how long leases of nodes last; a third of it is waited in silence. Default 15 s.
	Logger *slog.Logger  // default: none
}

const (
	defaultPrefix = "usher"
	defaultLease  = 15 * time.Second
)

// Store is the engine on Redis. It implements [presence.Store] and is safe for concurrent use.
type Store struct {
	client   redis.UniversalClient
	script   *redis.Script
	clock    clock
	listener *lease.Listener
	prefix   string
	log      *slog.Logger
}

var _ presence.Store = (*Store)(nil)

// New returns an engine on the servers of a client, which stays the caller's, to be closed after the Store. Whether engines
// can work there, [lease.Check] tells; package seatsredis asks it. Errors: no server answers.
func New(ctx context.Context, client redis.UniversalClient, o Options) (*Store, error) {
	if o.Lease == 0 {
		o.Lease = defaultLease
	}
	clock := &lease.ServerClock{Client: client}
	if _, err := clock.Now(ctx); err != nil {
		return nil, fmt.Errorf("redis: can't be reached: %w", err)
	}
	return newStore(client, source(o.Lease), clock, o), nil
}

// clock estimates engine time before a reply has told it.
type clock interface {
	Now(ctx context.Context) (time.Time, error)
	Learn(now time.Time)
}

func newStore(client redis.UniversalClient, source string, c clock, o Options) *Store {
	if o.Prefix == "" {
		o.Prefix = defaultPrefix
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Store{
		client: client, script: redis.NewScript(source), clock: c,
		listener: lease.NewListener(client, lease.ListenerOptions{Logger: o.Logger}), prefix: o.Prefix, log: o.Logger,
	}
}

// Close ends all watches and waits for them.
func (s *Store) Close() { s.listener.Close() }

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
	if !b.Deadline.IsZero() {
		return s.send(ctx, b, args, b.Deadline)
	}
	out, err := s.sendNow(ctx, b, args)
	if errors.Is(err, presence.ErrLate) {
		// The estimate was off, since the server's clock was set or another master has another; by now the
		// reply has corrected it.
		out, err = s.sendNow(ctx, b, args)
	}
	return out, err
}

// sendNow sends a batch whose deadline counts from now on.
func (s *Store) sendNow(ctx context.Context, b presence.Batch, args arguments) (presence.Outcome, error) {
	now, err := s.clock.Now(ctx)
	if err != nil {
		return presence.Outcome{}, unavailable(err)
	}
	return s.send(ctx, b, args, now.Add(presence.CommandLife))
}

func (s *Store) send(ctx context.Context, b presence.Batch, args arguments, deadline time.Time) (presence.Outcome, error) {
	args[0] = deadline.UnixMilli()
	raw, err := s.script.Run(ctx, s.client, keysOf(s.prefix, b.License), args...).Slice()
	if err != nil {
		return presence.Outcome{}, unavailable(err)
	}
	out, now, err := decode(raw, len(b.Commands))
	if !now.IsZero() {
		s.clock.Learn(now)
	}
	return out, err
}

// unavailable wraps an error of the client.
func unavailable(err error) error {
	if !lease.Unavailable(err) {
		return fmt.Errorf("%w: %w: %w", presence.ErrUnavailable, ErrScript, err)
	}
	return fmt.Errorf("%w: %w", presence.ErrUnavailable, err)
}
