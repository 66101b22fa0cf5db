package gateway

import (
	"slices"
	"sync"
	"time"

	"usher/seats"
)

// renewals is how often a lease is renewed within its life.
const renewals = 3

// timers is what a floor has to do by itself, and what it knows of the engine's clock. Guarded by the floor's mu,
// but for pending, which has its own lock.
type timers struct {
	floor      *floor
	due        time.Time // engine time of what is due next; zero: nothing
	tick       *timer
	heardNow   time.Time // engine time as last heard
	heardAt    time.Time // when it was heard, by the node's clock
	rereading  bool      // a Read is on its way
	renewing   bool      // a Renew is on its way
	refreshing bool      // the license's record is being read
	started    bool
	pending    timerSet
}

func (t *timers) init(f *floor) { t.floor, t.pending.tasks = f, f.tasks }

// start begins the periodic work. Calling it again does nothing.
func (t *timers) start() {
	t.floor.lock()
	defer t.floor.unlock()
	if t.started || t.floor.closed {
		return
	}
	t.started = true
	t.armRenew()
	t.armResync()
}

// afterFunc runs f later, unless the floor is closed by then.
func (t *timers) afterFunc(d time.Duration, f func()) *timer { return t.pending.after(d, f) }

func (t *timers) stop() { t.pending.stop() }

func (t *timers) armRenew() {
	t.afterFunc(t.floor.settings.Lease/renewals, func() {
		f := t.floor
		f.lock()
		defer f.unlock()
		if f.closed {
			return
		}
		f.renew()
		t.armRenew()
	})
}

func (t *timers) armResync() {
	every := t.floor.settings.Resync
	jitter := time.Duration(t.floor.settings.Rand() * float64(every) / 4)
	t.afterFunc(every-jitter, func() {
		f := t.floor
		f.lock()
		defer f.unlock()
		if f.closed {
			return
		}
		f.reread()
		t.armResync()
	})
}

// poke has the engine let pass what is due. The caller holds mu.
func (f *floor) poke() {
	if f.closed {
		return
	}
	f.queue.items = append(f.queue.items, item{})
	f.run()
}

// renew keeps the sessions here live. A floor without sessions has none to keep; as long as something is due there it
// says all the same that somebody is alive, for else the engine waits.
func (f *floor) renew() {
	if f.timers.renewing || len(f.sessions) == 0 && f.timers.due.IsZero() || f.closed {
		return
	}
	f.timers.renewing = true
	// Before all that waits: a node that works slowly must not lose its lease over it.
	f.queue.items = slices.Insert(f.queue.items, 0, item{
		command: seats.Renew{Lease: f.settings.Lease},
		done: func(_ seats.Reply, _ *seats.Outcome, err error) {
			f.timers.renewing = false
			f.metrics.renewed(err)
		},
	})
	f.run()
}

// heard takes the engine's time and what is due, from an outcome.
func (t *timers) heard(out *seats.Outcome, now time.Time) {
	t.heardNow, t.heardAt = out.Now, now
	t.due = out.Due
	t.armTick(out.Due.Sub(out.Now))
}

// retry calls again soon after a failure, if somebody is here, or something is due or waits to be sent. It renews: after an outage the
// lease may be over, and the sooner it holds again the fewer seats run out of grace.
func (t *timers) retry(tries int) {
	if len(t.floor.sessions) == 0 && t.due.IsZero() && len(t.floor.queue.waiting) == 0 {
		return
	}
	t.pending.cancel(t.tick)
	t.tick = t.afterFunc(min(resendFirst<<min(tries, 10), resendMost), func() {
		t.floor.lock()
		defer t.floor.unlock()
		t.floor.renew()
		t.floor.poke()
	})
}

// dueBy takes a moment at which something is due, as a change on another node brought it about; zero: nothing is.
func (t *timers) dueBy(at time.Time) {
	if at.IsZero() {
		return
	}
	if t.due.IsZero() || at.Before(t.due) {
		t.due = at
		t.armTick(at.Sub(t.engineNow()))
	}
}

func (t *timers) armTick(in time.Duration) {
	if t.due.IsZero() {
		t.pending.cancel(t.tick)
		t.tick = nil
		return
	}
	t.tickAfter(max(in, 0) + time.Millisecond) // engine time is in whole milliseconds
}

func (t *timers) tickAfter(d time.Duration) {
	t.pending.cancel(t.tick)
	t.tick = t.afterFunc(d, func() {
		t.floor.lock()
		defer t.floor.unlock()
		t.floor.poke()
	})
}

// engineNow is an estimate of the engine's time.
func (t *timers) engineNow() time.Time {
	now := t.floor.settings.Now()
	if t.heardAt.IsZero() {
		return now
	}
	return t.heardNow.Add(now.Sub(t.heardAt))
}

// engineTime is the engine's time in a while; zero when it was not heard yet.
func (t *timers) engineTime(in time.Duration) time.Time {
	if t.heardAt.IsZero() {
		return time.Time{}
	}
	return t.engineNow().Add(in)
}

func (t *timers) forgetEngineTime() { t.heardAt = time.Time{} }

// timerSet is timers that are stopped together. Each that is pending or running counts as one of the tasks, so
// that their owner can wait for them.
type timerSet struct {
	tasks   *sync.WaitGroup
	mu      sync.Mutex
	stopped bool
	timers  map[*timer]struct{}
}

type timer struct{ t *time.Timer }

func (s *timerSet) after(d time.Duration, f func()) *timer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	if s.timers == nil {
		s.timers = map[*timer]struct{}{}
	}
	s.tasks.Add(1)
	t := &timer{}
	t.t = time.AfterFunc(d, func() {
		defer s.tasks.Done()
		s.mu.Lock()
		_, live := s.timers[t]
		delete(s.timers, t)
		s.mu.Unlock()
		if live {
			f()
		}
	})
	s.timers[t] = struct{}{}
	return t
}

// cancel stops a timer that has not fired; nil does nothing.
func (s *timerSet) cancel(t *timer) {
	if t == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(t)
}

func (s *timerSet) drop(t *timer) {
	if _, ok := s.timers[t]; !ok {
		return
	}
	delete(s.timers, t)
	if t.t.Stop() {
		s.tasks.Done()
	}
}

func (s *timerSet) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	for t := range s.timers {
		s.drop(t)
	}
}
