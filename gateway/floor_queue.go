package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/seats"
)

// queue is what waits to be sent to the engine. One batch is under way at a time; what comes meanwhile leaves
// together with the next.
type queue struct {
	items   []item
	running bool
	waiting []item // failed, and to be sent again
	tries   int    // failed in a row
}

// item is one command on its way; without a command it is a tick.
type item struct {
	command seats.Command
	sticky  bool                                                   // sent until it arrives
	done    func(reply seats.Reply, out *seats.Outcome, err error) // called once, with mu held; or nil
}

const (
	// batchSize leaves room for what healing puts before a batch.
	batchSize = seats.MaxBatch / 2
	// queueSize bounds what may wait while an engine does not answer. Drops are beyond it: there is at most one
	// for each session, and losing it would keep a seat from its next holder.
	queueSize = 100_000

	resendFirst = 100 * time.Millisecond
	resendMost  = 5 * time.Second
)

func (q *queue) empty() bool { return len(q.items) == 0 && !q.running && len(q.waiting) == 0 }

// submit puts an item into the queue.
func (f *floor) submit(it item) {
	f.lock()
	defer f.unlock()
	switch {
	case f.closed, len(f.queue.items) >= queueSize && !it.sticky:
		if it.done != nil {
			it.done(nil, nil, fmt.Errorf("%w: %w", seats.ErrUnavailable, errFloorClosed))
		}
		return
	}
	f.queue.items = append(f.queue.items, it)
	f.run()
}

// run sees to it that the queue is worked on. The caller holds mu.
func (f *floor) run() {
	if f.queue.running || f.closed {
		return
	}
	f.queue.running = true
	f.tasks.Go(f.work)
}

// work sends batches until nothing waits.
func (f *floor) work() {
	for {
		f.lock()
		items := f.nextItems()
		if items == nil {
			f.queue.running = false
			f.unlock()
			return
		}
		b := f.batch(items)
		f.unlock()

		ctx, cancel := context.WithTimeout(context.Background(), f.settings.EngineTimeout)
		out, err := f.admission.Do(ctx, b)
		cancel()

		f.lock()
		if err != nil {
			f.failed(items, err)
		} else {
			f.answered(items, &out)
		}
		f.unlock()
	}
}

// nextItems takes the next batch out of the queue, or nil.
func (f *floor) nextItems() []item {
	n := min(len(f.queue.items), batchSize)
	if n == 0 {
		return nil
	}
	items := f.queue.items[:n:n]
	f.queue.items = f.queue.items[n:]
	return items
}

func (f *floor) batch(items []item) seats.Batch {
	b := seats.Batch{License: f.id, Node: f.settings.Node}
	for _, it := range items {
		if it.command == nil {
			continue
		}
		if _, ok := it.command.(seats.Renew); ok {
			// A renewal that is late is worth nothing, and must not prolong the lease of a node that died.
			b.Deadline = f.timers.engineTime(f.settings.Lease / renewals)
		}
		b.Commands = append(b.Commands, it.command)
	}
	return b
}

// answered takes what the engine did. The caller holds mu.
func (f *floor) answered(items []item, out *seats.Outcome) {
	if f.queue.tries > 0 {
		f.settings.Logger.Info("seats: the engine answers again", "license", f.id, "failures", f.queue.tries)
	}
	f.queue.tries = 0
	f.resend() // the engine is back: what waits need wait no longer
	f.timers.heard(out, f.settings.Now())
	replies := make([]seats.Reply, len(items))
	n := 0
	for i, it := range items {
		if it.command != nil {
			replies[i] = out.Replies[n]
			n++
		}
	}
	// A board that was read is of the version before its step, so it comes before the step's change.
	for _, r := range replies {
		if read, ok := r.(seats.BoardRead); ok {
			f.read(read.Board)
		}
	}
	f.absorb(out)
	for i, it := range items {
		if it.done != nil {
			it.done(replies[i], out, nil)
		}
	}
}

// failed takes that a batch's outcome is unknown. The caller holds mu.
func (f *floor) failed(items []item, err error) {
	if errors.Is(err, seats.ErrLate) {
		f.timers.forgetEngineTime()
	}
	if errors.Is(err, seats.ErrNoLicense) {
		f.gone()
	}
	f.queue.tries++
	if f.queue.tries == 1 { // an outage is said once for each license, not once for each try
		f.settings.Logger.Warn("seats: batch failed", "license", f.id, "commands", len(items), "error", err)
	}
	var again []item
	for _, it := range items {
		if it.sticky && !errors.Is(err, seats.ErrNoLicense) && !errors.Is(err, seats.ErrInvalid) {
			again = append(again, it)
			continue
		}
		if it.done != nil {
			it.done(nil, nil, err)
		}
	}
	f.timers.retry(f.queue.tries)
	f.later(again)
}

// later puts items aside, to be sent again after a while or as soon as the engine answers.
func (f *floor) later(items []item) {
	if len(items) == 0 || f.closed {
		return
	}
	f.queue.waiting = append(f.queue.waiting, items...)
	f.timers.afterFunc(min(resendFirst<<min(f.queue.tries, 10), resendMost), func() {
		f.lock()
		defer f.unlock()
		f.resend()
	})
}

// resend puts what waits back into the queue, before what came later. The caller holds mu.
func (f *floor) resend() {
	if len(f.queue.waiting) == 0 || f.closed {
		return
	}
	f.queue.items = append(f.queue.waiting, f.queue.items...)
	f.queue.waiting = nil
	f.run()
}
