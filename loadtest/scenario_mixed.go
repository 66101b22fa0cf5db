package loadtest

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"usher/gateway/client"
)

// mixed: of everything something.
func mixed(ctx context.Context, r *run) error {
	return r.enact(ctx, r.half(), func(ctx context.Context, a *agent, due time.Duration, random *rand.Rand) {
		if !a.isOnline() {
			a.comeOrGo(ctx, due)
			return
		}
		if !a.isUp() {
			return
		}
		switch n := random.IntN(100); {
		case n < 30 && a.maySetStatus():
			a.setStatus(ctx, due, statuses[random.IntN(len(statuses))])
		case n < 50:
			a.setIdle(ctx, due, random.IntN(2) == 0)
		case n < 65:
			a.comeOrGo(ctx, due)
		case n < 75:
			a.reconnect(ctx, due)
		default:
			a.changeSeats(ctx, due, random)
		}
	})
}

// changeSeats gives a seat or a place back, hands it over, or asks for one.
func (a *agent) changeSeats(ctx context.Context, due time.Duration, random *rand.Rand) {
	switch a.holds().State {
	case SeatHeld:
		if to := a.successor(); to != nil && random.IntN(2) == 0 {
			a.handOver(ctx, due, to)
			return
		}
		a.leave(ctx, due)
	case SeatWaiting:
		a.unwait(ctx, due)
	case SeatNone, SeatRefused:
		if random.IntN(2) == 0 {
			a.take(ctx, due)
			return
		}
		a.wait(ctx, due)
	case SeatSuspended:
	}
}

// successor is a colleague who waits, the one first who stands first; nil: nobody does.
func (a *agent) successor() *agent {
	var first *agent
	place := int32(0)
	for _, c := range a.license.agents {
		if s := c.holds(); c.teammate != a.teammate && s.State == SeatWaiting && (first == nil || s.Place < place) {
			first, place = c, s.Place
		}
	}
	return first
}

// shift: who begins logs in and waits for the seats of those whose shift ends, who hand them over, leave them or log out.
func shift(ctx context.Context, r *run) error {
	var ends, begins []*agent
	for _, a := range r.agents {
		if a.teammate.index%2 == 0 {
			ends = append(ends, a)
		} else {
			begins = append(begins, a)
		}
	}
	ends, begins = r.inTurn(ends), r.inTurn(begins)
	r.stage("logging in")
	if err := r.enter(ctx, ends, r.plan.Ramp, asks(client.SeatWait)); err != nil {
		return err
	}
	if err := r.warmUp(ctx); err != nil {
		return err
	}
	r.begin()
	// The shifts overlap: the first seats are given back when a tenth of the time is over.
	turns := spread(r, begins, 0)
	turns = append(turns, spread(r, ends, r.plan.Duration/10)...)
	slices.SortFunc(turns, func(a, b turn) int { return cmp.Compare(a.due, b.due) })
	random := drawn(r.plan.Seed, uint64(r.plan.Part)<<33)
	var busy sync.WaitGroup
	defer busy.Wait()
	for _, c := range turns {
		if err := r.until(ctx, c.due); err != nil {
			return err
		}
		choice := random.IntN(3)
		busy.Go(func() { c.agent.change(ctx, c.due, choice) })
	}
	return r.toTheEnd(ctx)
}

// turn is an agent's, of the shift.
type turn struct {
	agent *agent
	due   time.Duration
}

// spread has agents change over four fifths of what is measured.
func spread(r *run, agents []*agent, after time.Duration) []turn {
	all := make([]turn, len(agents))
	for i, a := range agents {
		all[i] = turn{a, r.measured + after + r.plan.Duration*4/5*time.Duration(i)/time.Duration(len(agents))}
	}
	return all
}

// change begins or ends an agent's shift.
func (a *agent) change(ctx context.Context, due time.Duration, choice int) {
	if !a.isOnline() {
		_ = a.enter(ctx, due, asks(client.SeatWait)(a)) // what goes wrong is counted
		return
	}
	if a.holds().State == SeatHeld {
		to := a.successor()
		switch {
		case choice == 0 && to != nil:
			a.handOver(ctx, due, to)
			return
		case choice == 1:
			a.leave(ctx, due)
			return
		}
	}
	a.logOut(ctx, due)
}
