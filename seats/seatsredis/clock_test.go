package seatsredis

import (
	"context"
	"time"

	"usher/internal/clocktest"
)

// TestClock is moved by hand.
type TestClock struct{ *clocktest.Clock }

// NewTestClock returns a clock that shows the time of the machine, and stands still.
func NewTestClock() *TestClock { return &TestClock{clocktest.At(time.Now().UTC())} }

// Now is the engine's time, as the Store asks for it.
func (c *TestClock) Now(context.Context) (time.Time, error) { return c.Clock.Now(), nil }

// Learn does nothing: the clock is right.
func (c *TestClock) Learn(time.Time) {}

// Time is what the clock shows.
func (c *TestClock) Time() time.Time { return c.Clock.Now() }
