package gateway

import "time"

// alarm is what a floor knows of one engine's clock, and of what is due there. Guarded by the floor's mu.
type alarm struct {
	floor    *floor
	ring     func()    // has the engine let pass what is due
	due      time.Time // engine time of what is due next; zero: nothing
	tick     *timer
	again    *timer    // of another try
	heardNow time.Time // engine time as last heard
	heardAt  time.Time // when it was heard, by the node's clock
}

// heard takes the engine's time and what is due, from an outcome.
func (a *alarm) heard(now, due time.Time) {
	a.heardNow, a.heardAt = now, a.floor.settings.Now()
	a.due = due
	a.set(due.Sub(now))
}

// dueBy takes a moment at which something is due, as a change on another node brought it about; zero: nothing is.
func (a *alarm) dueBy(at time.Time) {
	if at.IsZero() {
		return
	}
	if a.due.IsZero() || at.Before(a.due) {
		a.due = at
		a.set(at.Sub(a.engineNow()))
	}
}

func (a *alarm) set(in time.Duration) {
	if a.due.IsZero() {
		a.floor.timers.pending.cancel(a.tick)
		a.tick = nil
		return
	}
	a.after(&a.tick, max(in, 0)+time.Millisecond, a.ring) // engine time is in whole milliseconds
}

// tryAgain does something after a while, whatever becomes due or is heard until then: what failed is still to be made up for.
func (a *alarm) tryAgain(in time.Duration, try func()) { a.after(&a.again, in, try) }

// after does something after a while, instead of what that timer was for.
func (a *alarm) after(t **timer, d time.Duration, do func()) {
	a.floor.timers.pending.cancel(*t)
	*t = a.floor.timers.afterFunc(d, func() {
		a.floor.lock()
		defer a.floor.unlock()
		do()
	})
}

// engineNow is an estimate of the engine's time.
func (a *alarm) engineNow() time.Time {
	now := a.floor.settings.Now()
	if a.heardAt.IsZero() {
		return now
	}
	return a.heardNow.Add(now.Sub(a.heardAt))
}

// engineTime is the engine's time in a while; zero when it was not heard yet.
func (a *alarm) engineTime(in time.Duration) time.Time {
	if a.heardAt.IsZero() {
		return time.Time{}
	}
	return a.engineNow().Add(in)
}

func (a *alarm) forgetEngineTime() { a.heardAt = time.Time{} }
