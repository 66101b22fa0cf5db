package seatsredis

import (
	"context"
	"sync"
	"time"
)

// TestClock is moved by hand.
type TestClock struct {
	mu  sync.Mutex
	now time.Time
}

// NewTestClock returns a clock that shows the time of the machine, and stands still.
func NewTestClock() *TestClock { return &TestClock{now: time.Now().UTC()} }

func (c *TestClock) Now(context.Context) (time.Time, error) { return c.Time(), nil }

func (c *TestClock) Learn(time.Time) {}

// Time is what the clock shows.
func (c *TestClock) Time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *TestClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
