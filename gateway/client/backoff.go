package client

import "time"

const (
	backoffBase = 500 * time.Millisecond
	backoffMax  = 30 * time.Second
	// stable is how long a connection has to live for the next back-off to start from the beginning: one that
	// is closed right after its welcome must not be made again and again at full speed.
	stable = 10 * time.Second
)

// backoff counts the attempts in a row that came to nothing.
type backoff struct{ attempts int }

// next is the delay before the next attempt: full jitter below a ceiling that doubles, on top of what the
// server asked for.
func (b *backoff) next(random float64, atLeast time.Duration) time.Duration {
	ceiling := backoffMax
	if b.attempts < 6 { // 0.5 s × 2⁶ is above the maximum
		ceiling = min(backoffBase<<b.attempts, backoffMax)
		b.attempts++
	}
	return max(atLeast, 0) + time.Duration(random*float64(ceiling))
}

func (b *backoff) reset() { b.attempts = 0 }
