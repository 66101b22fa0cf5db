package leasetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/clocktest"
	"usher/internal/lease"
)

// Clock is an engine's time, moved by hand.
type Clock struct{ *clocktest.Clock }

// NewClock returns a clock that shows the time of the machine, and stands still.
func NewClock() *Clock { return &Clock{clocktest.At(time.Now().UTC())} }

// Now implements [lease.Time].
func (c *Clock) Now(context.Context) (time.Time, error) { return c.Clock.Now(), nil }

// Learn implements [lease.Time]; it does nothing: the clock is right.
func (c *Clock) Learn(time.Time) {}

// Time is what the clock shows.
func (c *Clock) Time() time.Time { return c.Clock.Now() }

// clockLine reads the time beside the license's keys, and so in their slot.
const clockLine = "local function clock_shows() return tonumber(redis.call('GET', KEYS[1] .. ':clock')) end"

// OnClock has a script read the time that Show shows, instead of the server's.
func OnClock(t testing.TB, script string) string {
	t.Helper()
	text := strings.Replace(script, lease.ClockLine, clockLine, 1)
	if text == script {
		t.Fatal("the prelude has no line lease.ClockLine")
	}
	return text
}

// Show shows the time to scripts that are called with these keys. Whoever comes later shows a later time, so a batch that
// is overtaken is done at the overtaker's.
func (c *Clock) Show(ctx context.Context, client redis.UniversalClient, keys []string) error {
	return client.Set(ctx, keys[0]+":clock", c.Time().UnixMilli(), time.Hour).Err()
}
