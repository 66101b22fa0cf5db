package main

import (
	"context"
	"sync"
	"time"

	"usher/seats"
)

// chore is what has to be looked for now and then, by any node: what is found is done once, whichever finds it first.
type chore struct {
	what  string
	every time.Duration
	do    func(context.Context) (more bool, err error) // more: it is to be done again at once
}

func (n *node) chores() []chore {
	return []chore{
		{"look for invitations that nobody picked up", 10 * time.Second, n.tellStale},
		{"look for those who wait for long", 15 * time.Second, n.tellWaits},
		{"look for licenses whose time has come", 10 * time.Second, n.expire},
		{"purge licenses that were deleted long ago", time.Minute, n.directory.PurgeDeleted},
	}
}

// openChores has them done from here until the node is closed.
func (n *node) openChores(context.Context) error {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	n.onClose(func(context.Context) error {
		stop()
		running.Wait()
		return nil
	})
	for _, c := range n.chores() {
		running.Go(func() { n.keepDoing(ctx, c) })
	}
	return nil
}

func (n *node) keepDoing(ctx context.Context, c chore) {
	tick := time.NewTicker(c.every)
	defer tick.Stop()
	for {
		for more := true; more && ctx.Err() == nil; {
			again, err := c.do(ctx)
			if err != nil && ctx.Err() == nil {
				n.log.Warn("a chore failed, and is tried again", "chore", c.what, "error", err)
			}
			more = again && err == nil
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (n *node) tellStale(ctx context.Context) (more bool, err error) {
	told, more, err := n.directory.TellStale(ctx)
	if told > 0 {
		n.wakeMail()
	}
	return more, err
}

func (n *node) tellWaits(ctx context.Context) (more bool, err error) {
	told, err := n.ledger.AlertWaits(ctx, time.Now())
	if told > 0 {
		n.wakeMail()
	}
	return false, err
}

// expire ends licenses, and tells the engine.
func (n *node) expire(ctx context.Context) (more bool, err error) {
	ended, more, err := n.directory.ExpireLicenses(ctx)
	for _, l := range ended {
		n.log.Info("a license has expired", "license", l.ID)
		if _, err := n.gateway.Configure(ctx, seats.LicenseID(l.ID)); err != nil && ctx.Err() == nil {
			n.log.Warn("a license has expired, and the engine does not know yet", "license", l.ID, "error", err)
		}
	}
	return more, err
}
