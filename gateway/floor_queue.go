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
	waiting []item // failed, and to be sent again once the engine answers
	tries   int    // failed in a row
}

// item is one command on its way; without a command it is a tick.
type item struct {
	command seats.Command
	sticky  bool                                                   // sent until it arrives
	ctx     context.Context                                        // of a caller who may stop waiting, upon which it is not sent any more; or nil
	done    func(reply seats.Reply, out *seats.Outcome, err error) // called once, with mu held; or nil
}

const (
	// batchSize leaves room for what healing puts before a batch.
	batchSize = seats.MaxBatch / 2
	// queueSize bounds what may wait while an engine does not answer. Drops are beyond it: there is at most one
	// for each session, and losing it would keep a seat from its next holder.
	queueSize = 100_000

	// askAgain is how long a command waits that the directory could not be asked for.
	askAgain = time.Second

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
	switch it.command.(type) {
	case seats.Take, seats.Claim: // which need a lease, and are worth as much as the node's own clock knows of it
		if f.lease.isOld(f.settings.Now(), f.settings.Lease/renewals) {
			f.renew()
		}
	}
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
		sent := f.settings.Now()
		f.unlock()

		ctx, cancel := context.WithTimeout(f.ctx, f.settings.EngineTimeout)
		out, err := f.admission.Do(ctx, b)
		cancel()

		f.lock()
		if err != nil {
			f.failed(items, err)
		} else {
			f.answered(items, &out, sent)
		}
		f.unlock()
	}
}

// nextItems takes the next batch out of the queue, or nil. What nobody waits for any more is left out.
func (f *floor) nextItems() []item {
	if f.closed {
		f.answerAll(f.queue.drain(), fmt.Errorf("%w: %w", seats.ErrUnavailable, errFloorClosed))
		return nil
	}
	var next []item
	for len(next) < batchSize && len(f.queue.items) > 0 {
		it := f.queue.items[0]
		f.queue.items = f.queue.items[1:]
		if it.ctx != nil && it.ctx.Err() != nil {
			f.answerAll([]item{it}, fmt.Errorf("%w: %w", seats.ErrUnavailable, it.ctx.Err()))
			continue
		}
		next = append(next, it)
	}
	return next
}

// drain takes all out of the queue that waits to be sent.
func (q *queue) drain() []item {
	all := q.items
	q.items = nil
	return all
}

// answerAll tells that these were not done, or that it is not known. The caller holds mu.
func (f *floor) answerAll(items []item, err error) {
	for _, it := range items {
		if it.done != nil {
			it.done(nil, nil, err)
		}
	}
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

// answered takes what the engine did with a batch that was sent at that time. The caller holds mu.
func (f *floor) answered(items []item, out *seats.Outcome, sent time.Time) {
	if f.queue.tries > 0 {
		f.settings.Logger.Info("seats: the engine answers again", "license", f.id, "failures", f.queue.tries)
	}
	f.queue.tries = 0
	f.resend() // the engine is back: what waits need wait no longer
	f.timers.heard(out, f.settings.Now())
	if out.Renewed {
		f.renewed(out, sent)
	}
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
		if u, ok := replies[i].(seats.Unhealed); ok {
			f.unhealed(it, u.Err)
		} else if it.done != nil {
			it.done(replies[i], out, nil)
		}
	}
}

// unhealed takes that the directory could not be asked for what a command needs.
func (f *floor) unhealed(it item, err error) {
	if errors.Is(err, seats.ErrNoLicense) {
		f.gone()
	} else if it.sticky && !f.closed {
		f.queue.waiting = append(f.queue.waiting, it)
		f.timers.afterFunc(askAgain, func() {
			f.lock()
			defer f.unlock()
			f.resend()
		})
		return
	}
	f.answerAll([]item{it}, err)
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
	if !errors.Is(err, seats.ErrInvalid) && !errors.Is(err, seats.ErrLate) {
		// What came meanwhile would wait for as long, and for nothing: whoever asked may ask again. One batch at a
		// time finds out whether the engine is back.
		items = append(items, f.queue.drain()...)
	}
	lasting := errors.Is(err, seats.ErrNoLicense) || errors.Is(err, seats.ErrInvalid)
	for _, it := range items {
		if it.sticky && !lasting {
			f.queue.waiting = append(f.queue.waiting, it)
		} else {
			f.answerAll([]item{it}, err)
		}
	}
	f.timers.retry(f.queue.tries)
}

// resend puts what waits for the engine into the queue, behind what came since: that somebody waits for. The
// caller holds mu.
func (f *floor) resend() {
	if len(f.queue.waiting) == 0 || f.closed {
		return
	}
	f.queue.items = append(f.queue.items, f.queue.waiting...)
	f.queue.waiting = nil
	f.run()
}
