package gateway

import "time"

// rate bounds how often something is done: perSecond for long, and burst at once.
type rate struct {
	perSecond float64
	burst     int
}

// limiter holds to a rate, as a bucket of tokens that is told the time. The zero limiter has not been used yet.
type limiter struct {
	spent float64 // tokens; more than the burst where who was refused went on
	at    time.Time
}

// allow takes one token; without one, it tells how long until there is.
func (l *limiter) allow(r rate, now time.Time) (ok bool, wait time.Duration) {
	if elapsed := now.Sub(l.at).Seconds(); elapsed > 0 {
		l.spent = max(l.spent-elapsed*r.perSecond, 0)
		l.at = now
	}
	if left := float64(r.burst) - l.spent; left < 1 {
		return false, time.Duration((1 - left) / r.perSecond * float64(time.Second))
	}
	l.spent++
	return true, 0
}

// regardless takes a token of who was refused and went on, and tells whether that was done so often that it is to end.
func (l *limiter) regardless(r rate) bool {
	l.spent++
	return l.spent > 2*float64(r.burst)
}
