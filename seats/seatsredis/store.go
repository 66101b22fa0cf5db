package seatsredis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/seats"
)

// ErrScript says that the script itself failed: a bug, or foreign data in its keys. It comes with
// [seats.ErrUnavailable], and should be logged.
var ErrScript = errors.New("seatsredis: the script failed")

// Options of a [Store]; zero values stand for the defaults.
type Options struct {
	Prefix string        // of all keys and channels; default "usher"
	Lease  time.Duration // of the nodes; only to check the servers' settings against. Default 15 s.
	Logger *slog.Logger  // default: none
}

const (
	defaultPrefix = "usher"
	defaultLease  = 15 * time.Second
)

// Store is the engine on Redis. It implements [seats.Store] and is safe for concurrent use.
type Store struct {
	client   redis.UniversalClient
	script   *redis.Script
	clock    clock
	listener *lease.Listener
	prefix   string
	log      *slog.Logger
}

var _ seats.Store = (*Store)(nil)

// New returns an engine on the servers of a client, which stays the caller's, to be closed after the Store. It
// asks the servers first whether an engine can work there; what makes a promise weaker is logged.
// Errors: a server can't be reached, or is not fit.
func New(ctx context.Context, client redis.UniversalClient, o Options) (*Store, error) {
	s := newStore(client, source(), &lease.ServerClock{Client: client}, o)
	if o.Lease == 0 {
		o.Lease = defaultLease
	}
	warnings, err := lease.Check(ctx, client, o.Lease)
	if err != nil {
		s.Close()
		return nil, err
	}
	for _, w := range warnings {
		s.log.Warn("Redis keeps less than is promised", "reason", w)
	}
	return s, nil
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
	if !b.Deadline.IsZero() {
		return s.send(ctx, b, args, b.Deadline)
	}
	out, err := s.sendNow(ctx, b, args)
	if errors.Is(err, seats.ErrLate) {
		// The estimate was off, since the server's clock was set or another master has another; by now the
		// reply has corrected it.
		out, err = s.sendNow(ctx, b, args)
	}
	return out, err
}

// sendNow sends a batch whose deadline counts from now on.
func (s *Store) sendNow(ctx context.Context, b seats.Batch, args arguments) (seats.Outcome, error) {
	now, err := s.clock.Now(ctx)
	if err != nil {
		return seats.Outcome{}, unavailable(err)
	}
	return s.send(ctx, b, args, now.Add(seats.CommandLife))
}

func (s *Store) send(ctx context.Context, b seats.Batch, args arguments, deadline time.Time) (seats.Outcome, error) {
	args[0] = deadline.UnixMilli()
	raw, err := s.script.Run(ctx, s.client, keysOf(s.prefix, b.License), args...).Slice()
	if err != nil {
		return seats.Outcome{}, unavailable(err)
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
		return fmt.Errorf("%w: %w: %w", seats.ErrUnavailable, ErrScript, err)
	}
	return fmt.Errorf("%w: %w", seats.ErrUnavailable, err)
}
