package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/seats"
)

// The way to the seats' engine.
type (
	seatLane = lane[seats.Command, seats.Reply, seats.Outcome]
	item     = errand[seats.Command, seats.Reply, seats.Outcome]
)

// seatsEnd is the engine as a seatLane knows it.
type seatsEnd struct{ *floor }

// submit puts an item into the queue.
func (f *floor) submit(it item) {
	f.lock()
	defer f.unlock()
	f.queue.put(it)
}

func (f seatsEnd) before(c seats.Command) {
	switch c.(type) {
	case seats.Take, seats.Claim: // which need a lease, and are worth as much as the node's own clock knows of it
		if f.lease.isOld(f.settings.Now(), f.settings.Lease/renewals) {
			f.renew()
		}
	}
}

func (f seatsEnd) batch(commands []seats.Command) func(context.Context) (seats.Outcome, error) {
	b := seats.Batch{License: f.id, Node: f.settings.Node, Commands: commands}
	for _, c := range commands {
		if _, ok := c.(seats.Renew); ok {
			// A renewal that is late is worth nothing, and must not prolong the lease of a node that died.
			b.Deadline = f.timers.engineTime(f.settings.Lease / renewals)
		}
	}
	return func(ctx context.Context) (seats.Outcome, error) { return f.admission.Do(ctx, b) }
}

func (f seatsEnd) answered(items []item, out *seats.Outcome, sent time.Time) {
	f.timers.heard(out.Now, out.Due)
	if out.Renewed {
		f.renewed(out, sent)
	}
	replies := make([]seats.Reply, len(items))
	n := 0
	for i, it := range items {
		if !it.isTick() {
			replies[i] = out.Replies[n]
			f.bookRefusal(it.command, replies[i], out.Now)
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
func (f seatsEnd) unhealed(it item, err error) {
	if errors.Is(err, seats.ErrNoLicense) {
		f.gone()
	} else if it.sticky && !f.closed {
		f.queue.later(it)
		return
	}
	f.queue.answerAll([]item{it}, err)
}

func (f seatsEnd) failed(_ int, err error) verdict {
	switch {
	case errors.Is(err, seats.ErrLate):
		f.timers.forgetEngineTime()
		return thisAlone
	case errors.Is(err, seats.ErrNoLicense):
		f.gone()
		return forGood
	case errors.Is(err, seats.ErrInvalid):
		return thisForGood
	}
	return comesAgain
}

func (seatsEnd) unavailable(cause error) error {
	return fmt.Errorf("%w: %w", seats.ErrUnavailable, cause)
}

// retry calls again soon after a failure, if somebody is here, or something is due or waits to be sent. It renews: after an outage the
// lease may be over, and the sooner it holds again the fewer seats run out of grace.
func (f seatsEnd) retry(tries int) {
	if len(f.sessions) == 0 && f.timers.due.IsZero() && len(f.queue.waiting) == 0 {
		return
	}
	f.timers.tryAgain(backOff(tries), func() {
		f.renew()
		f.queue.poke()
	})
}
