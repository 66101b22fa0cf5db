package gateway

import (
	"slices"
	"sync"
	"time"

	"usher/seats"
)

// renewals is how often a lease is renewed within its life.
const renewals = 3

// timers is what a floor has to do by itself. Guarded by the floor's mu, but for pending, which has its own lock.
type timers struct {
	alarm           // of the seats' engine
	rereading  bool // a Read is on its way
	renewing   bool // a Renew is on its way
	refreshing bool // the license's record is being read
	started    bool
	pending    timerSet
}

func (t *timers) init(f *floor) {
	t.alarm = alarm{floor: f, ring: func() { f.queue.poke() }}
	t.pending.tasks = f.tasks
}

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
		f.rereadRoster()
		f.arriveAll()
		t.armResync()
	})
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
			waiting := f.attendance.renewed
			f.attendance.renewed = nil
			for _, do := range waiting {
				do()
			}
		},
	})
	f.queue.run()
}

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
