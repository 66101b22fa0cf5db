// Package clocktest has the clock of tests: it stands still until a test moves it. Imported by tests alone.
package clocktest

import (
	"sync"
	"time"
)

// Clock is a time that only tests move. It is safe for concurrent use.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// At returns a clock that shows a moment.
func At(moment time.Time) *Clock { return &Clock{at: moment} }

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Advance moves the clock by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
