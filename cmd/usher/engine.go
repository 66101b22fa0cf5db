package main

import (
	"context"
	"log/slog"

	"usher/internal/lease"
	"usher/seats"
	"usher/seats/seatsmem"
	"usher/seats/seatsredis"
)

// engine is what keeps the live seats.
type engine struct {
	store seats.Store
	about string // for the start-up line; without secrets
	ping  func(context.Context) error
	close func() error
}

// openEngine returns the in-process engine, or the one on Redis where that is set. A Redis that does not answer
// at the start is an error: the node would admit nobody.
func openEngine(ctx context.Context, s *settings, log *slog.Logger) (engine, error) {
	if s.RedisURL == "" {
		return engine{
			store: seatsmem.New(seatsmem.Options{}),
			about: "in this process",
			ping:  func(context.Context) error { return nil },
			close: func() error { return nil },
		}, nil
	}
	lease.LogTo(log) // for the whole process, which has one engine
	client, err := lease.Connect(s.RedisURL)
	if err != nil {
		return engine{}, err
	}
	warnings, err := lease.Check(ctx, client, s.Lease)
	if err != nil {
		_ = client.Close()
		return engine{}, err
	}
	for _, w := range warnings {
		log.Warn("redis keeps a weaker promise than it could", "why", w)
	}
	store, err := seatsredis.New(ctx, client, seatsredis.Options{Logger: log})
	if err != nil {
		_ = client.Close()
		return engine{}, err
	}
	return engine{
		store: store,
		about: lease.Redact(s.RedisURL),
		ping:  func(ctx context.Context) error { return client.Ping(ctx).Err() },
		close: func() error { store.Close(); return client.Close() },
	}, nil
}
