package gateway

import (
	"context"
	"time"
)

// lane is a floor's way to one of its engines. One batch is under way at a time; what comes meanwhile leaves together
// with the next. C is the engine's command, R its reply, O the outcome of a batch. Guarded by the floor's mu.
type lane[C, R, O any] struct {
	floor *floor
	end   laneEnd[C, R, O]

	items   []errand[C, R, O]
	running bool
	waiting []errand[C, R, O] // failed, and to be sent again once the engine answers
	tries   int               // failed in a row
}

// errand is one command on its way; without a command it is a tick.
type errand[C, R, O any] struct {
	command C
	sticky  bool                             // sent until it arrives
	ctx     context.Context                  // of a caller who may stop waiting, upon which it is not sent any more; or nil
	done    func(reply R, out *O, err error) // called once, with mu held; or nil
}

func (e errand[C, R, O]) isTick() bool { return any(e.command) == nil }

// laneEnd is what a lane has to know of its engine. All is called with mu held.
type laneEnd[C, R, O any] interface {
	// before is told of a command that is about to wait.
	before(command C)
	// batch returns what sends commands, which is called without mu.
	batch(commands []C) func(context.Context) (O, error)
	// answered takes what the engine did with errands that were sent at that time, and tells their callers.
	answered(errands []errand[C, R, O], out *O, sent time.Time)
	// failed takes that the outcome of n commands is not known.
	failed(n int, err error) verdict
	// unavailable is the error of what was not sent.
	unavailable(cause error) error
	// retry has the engine tried again after so many failures.
	retry(tries int)
}

// verdict is what a failure says of what to do next.
type verdict int

const (
	comesAgain verdict = iota // the engine can't be reached now
	thisAlone                 // the failure was the batch's: what came meanwhile goes on its way
	forGood                   // the same will fail again
	thisForGood
)

const (
	// batchSize leaves room for what healing puts before a batch.
	batchSize = 128
	// queueSize bounds what may wait while an engine does not answer. Drops are beyond it: there is at most one
	// for each session, and losing it would keep a seat from its next holder.
	queueSize = 100_000

	// askAgain is how long a command waits that the directory could not be asked for.
	askAgain = time.Second

	resendFirst = 100 * time.Millisecond
	resendMost  = 5 * time.Second
)

// backOff is how long to wait after so many failures.
func backOff(tries int) time.Duration { return min(resendFirst<<min(tries, 10), resendMost) }

func (l *lane[C, R, O]) empty() bool { return len(l.items) == 0 && !l.running && len(l.waiting) == 0 }

// put puts an errand into the lane.
func (l *lane[C, R, O]) put(e errand[C, R, O]) {
	if l.floor.closed || len(l.items) >= queueSize && !e.sticky {
		if e.done != nil {
			var none R
			e.done(none, nil, l.end.unavailable(errFloorClosed))
		}
		return
	}
	if !e.isTick() {
		l.end.before(e.command)
	}
	l.items = append(l.items, e)
	l.run()
}

// poke has the engine let pass what is due.
func (l *lane[C, R, O]) poke() {
	if !l.floor.closed {
		l.put(errand[C, R, O]{})
	}
}

// run sees to it that the lane is worked on.
func (l *lane[C, R, O]) run() {
	if l.running || l.floor.closed {
		return
	}
	l.running = true
	l.floor.tasks.Go(l.work)
}

// work sends batches until nothing waits.
func (l *lane[C, R, O]) work() {
	f := l.floor
	for {
		f.lock()
		errands := l.next()
		if errands == nil {
			l.running = false
			f.unlock()
			return
		}
		commands := make([]C, 0, len(errands))
		for _, e := range errands {
			if !e.isTick() {
				commands = append(commands, e.command)
			}
		}
		send := l.end.batch(commands)
		sent := f.settings.Now()
		f.unlock()

		ctx, cancel := context.WithTimeout(f.ctx, f.settings.EngineTimeout)
		out, err := send(ctx)
		cancel()

		f.lock()
		if err != nil {
			l.failed(errands, err)
		} else {
			if l.tries > 0 {
				f.settings.Logger.Info("the engine answers again", "license", f.id, "failures", l.tries)
			}
			l.tries = 0
			l.resend() // what waits need wait no longer
			l.end.answered(errands, &out, sent)
		}
		f.unlock()
	}
}

// next takes the next batch out of the lane, or nil. What nobody waits for any more is left out.
func (l *lane[C, R, O]) next() []errand[C, R, O] {
	if l.floor.closed {
		l.answerAll(l.drain(), l.end.unavailable(errFloorClosed))
		return nil
	}
	var next []errand[C, R, O]
	for len(next) < batchSize && len(l.items) > 0 {
		e := l.items[0]
		l.items[0] = errand[C, R, O]{} // else its caller, a connection perhaps, would be kept for as long as the array is
		l.items = l.items[1:]
		if e.ctx != nil && e.ctx.Err() != nil {
			l.answerAll([]errand[C, R, O]{e}, l.end.unavailable(e.ctx.Err()))
			continue
		}
		next = append(next, e)
	}
	return next
}

// drain takes all out of the lane that waits to be sent.
func (l *lane[C, R, O]) drain() []errand[C, R, O] {
	all := l.items
	l.items = nil
	return all
}

// answerAll tells that these were not done, or that it is not known.
func (l *lane[C, R, O]) answerAll(errands []errand[C, R, O], err error) {
	for _, e := range errands {
		if e.done != nil {
			var none R
			e.done(none, nil, err)
		}
	}
}

// failed takes that a batch's outcome is unknown.
func (l *lane[C, R, O]) failed(errands []errand[C, R, O], err error) {
	l.tries++
	if l.tries == 1 { // an outage is said once for each license, not once for each try
		l.floor.settings.Logger.Warn("a batch failed", "license", l.floor.id, "commands", len(errands), "error", err)
	}
	v := l.end.failed(len(errands), err)
	if v == comesAgain || v == forGood {
		// What came meanwhile would wait for as long, and for nothing: whoever asked may ask again. One batch at a
		// time finds out whether the engine is back.
		errands = append(errands, l.drain()...)
	}
	for _, e := range errands {
		if e.sticky && (v == comesAgain || v == thisAlone) {
			l.waiting = append(l.waiting, e)
		} else {
			l.answerAll([]errand[C, R, O]{e}, err)
		}
	}
	l.end.retry(l.tries)
}

// resend puts what waits for the engine into the lane, behind what came since: that somebody waits for.
func (l *lane[C, R, O]) resend() {
	if len(l.waiting) == 0 || l.floor.closed {
		return
	}
	l.items = append(l.items, l.waiting...)
	l.waiting = nil
	l.run()
}

// later sends an errand again, which the directory could not be asked for.
func (l *lane[C, R, O]) later(e errand[C, R, O]) {
	l.waiting = append(l.waiting, e)
	l.floor.timers.afterFunc(askAgain, func() {
		l.floor.lock()
		defer l.floor.unlock()
		l.resend()
	})
}

// await runs commands for a caller that waits for all of them.
func await[C, R, O any](ctx context.Context, l *lane[C, R, O], commands ...C) ([]answer[R, O], error) {
	answers := make(chan answer[R, O], len(commands))
	l.floor.lock()
	for i, c := range commands {
		l.put(errand[C, R, O]{command: c, ctx: ctx, done: func(reply R, out *O, err error) {
			answers <- answer[R, O]{i, reply, out, err}
		}})
	}
	l.floor.unlock()
	all := make([]answer[R, O], len(commands))
	for range commands {
		select {
		case a := <-answers:
			if a.err != nil {
				return nil, a.err
			}
			all[a.which] = a
		case <-ctx.Done():
			return nil, l.end.unavailable(ctx.Err())
		}
	}
	return all, nil
}

// answer is what became of one of several commands.
type answer[R, O any] struct {
	which int
	reply R
	out   *O // of the step, which commands that left together share
	err   error
}
