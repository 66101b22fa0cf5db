package gateway

import "time"

// limiter is a token bucket that is told the time.
type limiter struct {
	rate   float64 // per second
	burst  int
	tokens float64
	at     time.Time
}

// allow takes one token; without one, it tells how long until there is.
func (l *limiter) allow(now time.Time) (ok bool, wait time.Duration) {
	if elapsed := now.Sub(l.at).Seconds(); elapsed > 0 {
		l.tokens = min(l.tokens+elapsed*l.rate, float64(l.burst))
		l.at = now
	}
	if l.tokens >= 1 {
		l.tokens--
		return true, 0
	}
	return false, time.Duration((1 - l.tokens) / l.rate * float64(time.Second))
}
