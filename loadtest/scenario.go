package loadtest

import (
	"context"
	"math/rand/v2"
	"time"

	"usher/gateway/client"
)

// scenes are what agents do in each scenario, from logging in until what is measured is over. Agents are connected then.
var scenes = map[Scenario]func(context.Context, *run) error{
	Storm: storm, Shift: shift, Churn: churn, ReconnectStorm: reconnectStorm, Steady: steady, Mixed: mixed,
}

// begin begins what is measured.
func (r *run) begin() {
	r.stage("measuring for " + r.plan.Duration.String())
	r.meter.begin()
	r.measured = r.now()
}

// warmUp waits, in what is not measured.
func (r *run) warmUp(ctx context.Context) error {
	if r.plan.Warmup == 0 {
		return context.Cause(ctx)
	}
	r.stage("warming up for " + r.plan.Warmup.String())
	return sleep(ctx, r.plan.Warmup)
}

// toTheEnd waits until what is measured is over.
func (r *run) toTheEnd(ctx context.Context) error { return r.until(ctx, r.measured+r.plan.Duration) }

// asks are what agents log in with: operators for a seat, or for a place in line, the others for neither.
func asks(operator client.Ask) func(*agent) client.Ask {
	return func(a *agent) client.Ask {
		if a.teammate.operator {
			return operator
		}
		return client.SeatNone
	}
}

// storm: all log in at once. While warming up one agent of each license is there already, so that no license has to be read.
func storm(ctx context.Context, r *run) error {
	first, others := r.agents[:0:0], r.agents
	if r.plan.Warmup > 0 {
		others = nil
		for _, a := range r.agents {
			if a.teammate.index == 0 && a.id.Device == 0 {
				first = append(first, a)
			} else {
				others = append(others, a)
			}
		}
		if err := r.enter(ctx, first, 0, asks(client.SeatAuto)); err != nil {
			return err
		}
	}
	if err := r.warmUp(ctx); err != nil {
		return err
	}
	r.begin()
	if err := r.enter(ctx, r.inTurn(others), r.plan.Ramp, asks(client.SeatAuto)); err != nil {
		return err
	}
	return r.toTheEnd(ctx)
}

// inTurn are agents in an order drawn for this run.
func (r *run) inTurn(agents []*agent) []*agent {
	random := drawn(r.plan.Seed, uint64(r.plan.Part)<<32)
	mixed := make([]*agent, len(agents))
	for i, from := range random.Perm(len(agents)) {
		mixed[i] = agents[from]
	}
	return mixed
}

// play logs some agents in, warms up with what is then measured, and measures.
func (r *run) enact(ctx context.Context, there []*agent, do act) error {
	r.stage("logging in")
	if err := r.enter(ctx, r.inTurn(there), r.plan.Ramp, asks(client.SeatWait)); err != nil {
		return err
	}
	acts := r.acting(r.agents, do)
	if r.plan.Warmup > 0 {
		r.stage("warming up for " + r.plan.Warmup.String())
		if err := acts.during(ctx, r.plan.Warmup); err != nil {
			return err
		}
	}
	r.begin()
	return acts.during(ctx, r.plan.Duration)
}

// churn: half of the agents are there; each time it is an agent's turn, who is there logs out and who is not logs in.
func churn(ctx context.Context, r *run) error {
	return r.enact(ctx, r.half(), func(ctx context.Context, a *agent, due time.Duration, _ *rand.Rand) { a.comeOrGo(ctx, due) })
}

// half is every second agent of each license.
func (r *run) half() []*agent {
	var there []*agent
	for _, a := range r.agents {
		if a.teammate.index%2 == 0 {
			there = append(there, a)
		}
	}
	return there
}

func (a *agent) comeOrGo(ctx context.Context, due time.Duration) {
	switch {
	case !a.isOnline():
		_ = a.enter(ctx, due, asks(client.SeatWait)(a)) // what goes wrong is counted
	case a.isUp():
		a.logOut(ctx, due)
	}
}

// steady: all agents stay; they choose statuses and are idle now and then.
func steady(ctx context.Context, r *run) error {
	return r.enact(ctx, r.agents, func(ctx context.Context, a *agent, due time.Duration, random *rand.Rand) {
		if !a.isUp() {
			return
		}
		if random.IntN(10) < 7 && a.maySetStatus() {
			a.setStatus(ctx, due, statuses[random.IntN(len(statuses))])
			return
		}
		a.setIdle(ctx, due, random.IntN(2) == 0)
	})
}

// reconnectStorm: all connections drop at once, and again when all are back. At a rate: one after another.
func reconnectStorm(ctx context.Context, r *run) error {
	if r.plan.Rate > 0 {
		return r.enact(ctx, r.agents, func(ctx context.Context, a *agent, due time.Duration, _ *rand.Rand) { a.reconnect(ctx, due) })
	}
	r.stage("logging in")
	if err := r.enter(ctx, r.inTurn(r.agents), r.plan.Ramp, asks(client.SeatWait)); err != nil {
		return err
	}
	if err := r.warmUp(ctx); err != nil {
		return err
	}
	r.begin()
	for r.now() < r.measured+r.plan.Duration {
		now := r.now()
		for _, a := range r.agents {
			a.cut(now)
		}
		if err := r.allBack(ctx); err != nil {
			return err
		}
	}
	return nil
}

// calm is how long all agents are left connected between two storms, and how often it is looked whether they are.
const calm = 100 * time.Millisecond

// allBack waits until all agents that are online are connected, or have had their time.
func (r *run) allBack(ctx context.Context) error {
	end := r.now() + patience
	for _, a := range r.agents {
		for a.isOnline() && !a.isUp() && r.now() < end {
			if err := sleep(ctx, calm); err != nil {
				return err
			}
		}
	}
	return sleep(ctx, calm)
}

// reconnect drops the connection, and waits until there is one again.
func (a *agent) reconnect(ctx context.Context, due time.Duration) {
	if due == 0 {
		due = a.run.now()
	}
	a.cut(due)
	for end := a.run.now() + patience; a.isOnline() && a.isAway() && a.run.now() < end; {
		if sleep(ctx, calm) != nil {
			return
		}
	}
}
