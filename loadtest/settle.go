package loadtest

import (
	"context"
	"slices"
	"sync"
	"time"

	"usher/gateway/wire"
)

const (
	quiet    = time.Second      // without a frame: nothing goes on any more
	noisy    = 10 * time.Second // something always goes on
	caughtUp = 40 * time.Second // a replica equals the engine within one resync, of 30 s
)

// settle waits until nothing goes on any more, and reads the licenses' boards as of then: those of whom an agent is behind
// again and again, until it has had the time that a server takes at most. The licenses that can't be read are left out.
func (r *run) settle(ctx context.Context) []Ending {
	r.stage("waiting until all is quiet")
	_ = r.allBack(ctx)
	for end := r.now() + noisy; r.now() < end; {
		wait := quiet - (r.now() - time.Duration(r.meter.heard.Load()))
		if wait <= 0 || sleep(ctx, wait) != nil {
			break
		}
	}
	r.stage("reading the boards")
	ends := make([]*Ending, len(r.licenses))
	var mu sync.Mutex
	_ = each(ctx, r.licenses, func(ctx context.Context, l *license) error {
		for deadline := r.now() + caughtUp; ; {
			board, at, err := r.node(l).board(ctx, l.id)
			if err == nil {
				mu.Lock()
				ends[l.index] = &Ending{License: l.index, Board: board, BoardAt: at}
				mu.Unlock()
			}
			if err == nil && l.allAt(at) || r.now() >= deadline {
				return nil
			}
			if err := sleep(ctx, quiet/2); err != nil {
				return err
			}
		}
	})
	var read []Ending
	for _, e := range ends {
		if e != nil {
			read = append(read, *e)
		}
	}
	return read
}

// allAt tells whether all agents of a license that are connected were shown the board as of then.
func (l *license) allAt(at wire.Position) bool {
	return !slices.ContainsFunc(l.agents, func(a *agent) bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.up && (a.board == nil || a.board.at != at)
	})
}
