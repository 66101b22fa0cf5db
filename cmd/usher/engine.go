package main

import (
	"context"
	"time"

	"usher/internal/lease"
	"usher/presence"
	"usher/presence/presencemem"
	"usher/presence/presenceredis"
	"usher/seats"
	"usher/seats/seatsmem"
	"usher/seats/seatsredis"
)

// engine is what keeps the live seats and rosters.
type engine struct {
	store  seats.Store
	roster presence.Store
	lease  time.Duration // of nodes that may outlive what the engine knows; 0: it ends with this one
	about  string        // for the start-up line; without secrets
	keeper string        // who saves what a restart has to find; "": the engine outlives the process
	window time.Duration // see truth
	ping   func(context.Context) error
	close  func(context.Context) error
}

// newEngine returns the in-process engine, or the one on Redis where that is set. A Redis that does not answer
// at the start is an error: the node would admit nobody.
func (n *node) newEngine(ctx context.Context) (engine, error) {
	if n.settings.RedisURL == "" {
		return n.engineInProcess(), nil
	}
	return n.engineOnRedis(ctx)
}

// engineInProcess forgets with the process. What a restart has to find it saves to the database, under the name of this
// process, and at its end tells that this was all. Where that is missing, tickets of seats that were granted last and
// not saved may be about for as long as a ticket lives.
func (n *node) engineInProcess() engine {
	keeper := string(n.name)
	store := seatsmem.New(seatsmem.Options{Save: func(ctx context.Context, boards []seatsmem.Saved) error {
		return n.directory.SaveBoards(ctx, keeper, savedBoards(boards))
	}})
	return engine{
		store:  store,
		roster: presencemem.New(presencemem.Options{}), // the only node is this process
		about:  "in this process",
		keeper: keeper,
		window: n.settings.TicketTTL,
		ping:   func(context.Context) error { return nil },
		close: func(ctx context.Context) error {
			if err := store.Close(ctx); err != nil {
				return err
			}
			return n.directory.CompleteBoards(ctx, keeper)
		},
	}
}

// engineOnRedis is shared by all nodes. When Redis forgot, they have a lease's time and, where a master that was cut off
// from its replicas may have gone on for a while, that time too, to claim what their sessions held; and the tickets of
// those who could not claim are over by then.
func (n *node) engineOnRedis(ctx context.Context) (engine, error) {
	s := n.settings
	lease.LogTo(n.log) // for the whole process, which has one engine
	client, err := lease.Connect(s.RedisURL)
	if err != nil {
		return engine{}, err
	}
	if err := lease.CountCommands(client, n.telemetry.Meters()); err != nil {
		_ = client.Close()
		return engine{}, err
	}
	store, err := seatsredis.New(ctx, client, seatsredis.Options{Lease: s.Lease, Logger: n.log})
	if err != nil {
		_ = client.Close()
		return engine{}, err
	}
	lag, err := lease.ReplicaLag(ctx, client)
	if err != nil {
		store.Close()
		_ = client.Close()
		return engine{}, err
	}
	roster, err := presenceredis.New(ctx, client, presenceredis.Options{Lease: s.Lease, Logger: n.log})
	if err != nil {
		store.Close()
		_ = client.Close()
		return engine{}, err
	}
	return engine{
		store:  store,
		roster: roster,
		lease:  s.Lease,
		about:  lease.Redact(s.RedisURL),
		window: s.Lease + s.TicketTTL + lag,
		ping:   func(ctx context.Context) error { return client.Ping(ctx).Err() },
		close:  func(context.Context) error { roster.Close(); store.Close(); return client.Close() },
	}, nil
}
