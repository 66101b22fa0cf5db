package loadtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

// patience is how long an agent waits for anything. It bounds what hangs, and measures nothing.
const patience = time.Minute

// ErrBroken says that the oracle saw a promise broken, which ends a run. The result has the verdict.
var ErrBroken = errors.New("loadtest: a promise was broken")

// ErrInterrupted says that the run's context ended before the run did.
var ErrInterrupted = errors.New("loadtest: interrupted: the result is what was measured until then")

// Options are what a run is made of.
type Options struct {
	Plan   Plan
	Target Target

	// Progress is told each second what happened in it, and Stage what the run does next. nil: nobody is told.
	Progress func(Second)
	Stage    func(string)
	// Name is a part of the ids of the run's licenses; no two runs on a deployment may have the same. "": random.
	Name string
	// Now defaults to time.Now.
	Now func() time.Time
}

// run is one that is under way.
type run struct {
	plan     Plan
	target   Target
	clock    func() time.Time
	name     string
	ttl      time.Duration // of the agents' tokens
	apis     []api
	signer   *signer
	dialer   *dialer
	meter    *meter
	names    names
	stage    func(string)
	progress func(Second)

	licenses []*license
	agents   []*agent
	oracle   *Oracle
	listener *ear // the oracle's

	began    time.Time       // of the run's clock
	measured time.Duration   // when what is measured began; 0: not yet
	living   context.Context // the agents'
	clients  sync.WaitGroup
}

// now is the time since the run began.
func (r *run) now() time.Duration { return r.clock().Sub(r.began) }

// Run carries out a plan on a target, and removes what it made there, whatever happens. It ends early when ctx does or a promise is
// broken, and then returns what was measured until then with the error. Errors: of the plan or the target; of the API, with nothing
// measured; [ErrInterrupted]; [ErrBroken]; a license that could not be removed.
func Run(ctx context.Context, o Options) (result Result, err error) {
	if err := errors.Join(o.Plan.Validate(), o.Target.Validate()); err != nil {
		return Result{}, err
	}
	r, idle := newRun(o)
	defer idle()
	defer func() {
		r.stage("removing the licenses")
		if gone := r.purge(context.WithoutCancel(ctx)); gone != nil {
			err = errors.Join(err, gone)
		}
	}()
	if err := r.prepare(ctx); err != nil {
		return Result{}, err
	}
	result, err = r.play(ctx)
	if ctx.Err() != nil && !errors.Is(err, ErrBroken) {
		err = ErrInterrupted
	}
	return result, err
}

func newRun(o Options) (r *run, idle func()) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Stage == nil {
		o.Stage = func(string) {}
	}
	if o.Progress == nil {
		o.Progress = func(Second) {}
	}
	if o.Name == "" {
		var b [5]byte
		_, _ = rand.Read(b[:]) // never fails
		o.Name = hex.EncodeToString(b[:])
	}
	m := newMeter()
	r = &run{
		plan: o.Plan, target: o.Target, clock: o.Now, name: o.Name, meter: m, stage: o.Stage, progress: o.Progress,
		ttl: tokenLife, dialer: &dialer{read: &m.read, written: &m.written},
	}
	r.apis, idle = o.Target.apis()
	if o.Target.Secret != nil {
		r.signer = &signer{secret: o.Target.Secret, issuer: o.Target.Issuer, audience: o.Target.Audience, run: o.Name}
	}
	return r, idle
}

// play has the agents do what the plan says, judges it and puts the result together.
func (r *run) play(ctx context.Context) (Result, error) {
	living, end := context.WithCancel(context.WithoutCancel(ctx)) // agents stay connected until the boards were read
	defer end()
	r.living, r.began = living, r.clock()
	result := Result{Format: resultFormat, Plan: r.plan, Parts: 1, Began: r.began.UTC()}
	watch := r.watch(living)

	acting, broken := context.WithCancelCause(ctx)
	defer broken(nil)
	stop := make(chan struct{})
	var oracle sync.WaitGroup
	oracle.Go(func() {
		select {
		case <-r.oracle.Broken():
			broken(ErrBroken)
		case <-stop:
		}
	})
	err := scenes[r.plan.Scenario](acting, r)
	if r.measured > 0 {
		result.Seconds = (r.now() - r.measured).Seconds()
	}
	r.meter.result(&result)
	var ends []Ending
	if err == nil {
		ends = r.settle(acting)
		err = context.Cause(acting)
	}
	close(stop)
	oracle.Wait()
	r.listener.shut()
	result.Verdict = r.oracle.Finish(ctx, ends)
	if len(result.Verdict.Violations) > 0 {
		err = ErrBroken
	}

	r.stage("disconnecting")
	for _, a := range r.agents {
		a.stop()
	}
	end()
	r.clients.Wait()
	watch.finish(&result)
	return result, err
}

// ear lets a listener hear what is told, until it is shut: what agents are told after that is not part of what is judged.
type ear struct {
	to Listener

	mu   sync.RWMutex
	over bool
}

func (e *ear) Hear(t Told) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if !e.over {
		e.to.Hear(t)
	}
}

// shut returns when nothing is heard any more.
func (e *ear) shut() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
}

// names are strings that many agents keep, each kept once.
type names struct{ known sync.Map }

func (n *names) intern(name []byte) string {
	if s, ok := n.known.Load(string(name)); ok {
		return s.(string) //nolint:forcetypeassert // there is nothing else in it
	}
	s := string(name)
	n.known.Store(s, s)
	return s
}

// licenseID is that of one of the run's licenses, of all its parts.
func (r *run) licenseID(number int) string { return fmt.Sprintf("load_%s_%d", r.name, number) }
