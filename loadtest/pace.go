package loadtest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"usher/gateway/client"
)

// breath is how long an agent does nothing after it has done something: a server closes who asks too often.
const breath = 100 * time.Millisecond

// until waits for a moment of the run. Errors: ctx ended.
func (r *run) until(ctx context.Context, at time.Duration) error {
	if wait := at - r.now(); wait > 0 {
		return sleep(ctx, wait)
	}
	return context.Cause(ctx)
}

// over does something with each of some agents, at moments that are spread evenly; d 0: with all at once. It does not wait for what
// takes its time: do must return at once.
func (r *run) over(ctx context.Context, agents []*agent, d time.Duration, do func(a *agent, due time.Duration)) error {
	began := r.now()
	for i, a := range agents {
		due := began + d*time.Duration(i)/time.Duration(len(agents))
		if err := r.until(ctx, due); err != nil {
			return err
		}
		do(a, due)
	}
	return nil
}

// enter logs agents in and waits until they are, or have had their time.
func (r *run) enter(ctx context.Context, agents []*agent, d time.Duration, ask func(*agent) client.Ask) error {
	var failed error
	err := r.over(ctx, agents, d, func(a *agent, due time.Duration) {
		if err := a.start(due, ask(a)); err != nil {
			failed = errors.Join(failed, err)
		}
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	timed, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, a := range agents {
		if err := a.await(timed); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			r.meter.failed("not_logged_in")
		}
	}
	return nil
}

// act is one thing that an agent does. It returns when it is done. due is when it should have begun, since the run began; 0: now.
type act func(ctx context.Context, a *agent, due time.Duration, random *rand.Rand)

// acts has agents act for a time, one after another in turn: at the plan's rate, or as fast as its workers are answered.
type acts struct {
	run    *run
	act    act
	idle   chan *agent // who does nothing now, the one first that has done nothing for longest
	random *rand.Rand
}

func (r *run) acting(agents []*agent, do act) *acts {
	a := &acts{run: r, act: do, idle: make(chan *agent, len(agents)), random: drawn(r.plan.Seed, uint64(r.plan.Part))}
	for _, i := range a.random.Perm(len(agents)) {
		a.idle <- agents[i]
	}
	return a
}

// during acts until that much time is over, and returns when all is done that was begun.
func (a *acts) during(ctx context.Context, d time.Duration) error {
	end := a.run.now() + d
	var busy sync.WaitGroup
	defer busy.Wait()
	if a.run.plan.Rate > 0 {
		return a.open(ctx, end, &busy)
	}
	timed, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	for range a.run.plan.Workers {
		random := drawn(a.random.Uint64(), a.random.Uint64())
		busy.Go(func() {
			for timed.Err() == nil {
				select {
				case agent := <-a.idle:
					a.do(ctx, timed, agent, 0, random)
				case <-timed.Done():
				}
			}
		})
	}
	busy.Wait()
	return context.Cause(ctx)
}

// open begins acts at random moments, as many a second as the rate says, whether or not those before are done.
func (a *acts) open(ctx context.Context, end time.Duration, busy *sync.WaitGroup) error {
	rate := a.run.plan.rate()
	for due := a.run.now(); ; {
		due += time.Duration(a.random.ExpFloat64() / rate * float64(time.Second))
		if due >= end {
			return a.run.until(ctx, end)
		}
		if err := a.run.until(ctx, due); err != nil {
			return err
		}
		random := drawn(a.random.Uint64(), a.random.Uint64())
		select {
		case agent := <-a.idle:
			busy.Go(func() { a.do(ctx, ctx, agent, due, random) })
			continue
		default:
		}
		a.run.meter.count(tallyLate)
		select {
		case agent := <-a.idle:
			busy.Go(func() { a.do(ctx, ctx, agent, due, random) })
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// do has an agent act, once it has taken breath, unless timed ends before.
func (a *acts) do(ctx, timed context.Context, agent *agent, due time.Duration, random *rand.Rand) {
	if agent.acted == 0 || a.run.until(timed, agent.acted+breath) == nil {
		a.act(ctx, agent, due, random)
		agent.acted = a.run.now()
	}
	a.idle <- agent
}

// drawn are random numbers that are the same in each run with that seed.
func drawn(seed, stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, stream)) //nolint:gosec // it is for drawing lots, not for secrets
}
