package seatsredis

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
)

// clock estimates engine time before a reply has told it.
type clock interface {
	Now(ctx context.Context) (time.Time, error)
	Learn(now time.Time)
}

// serverClock asks a server at first, and learns from replies then.
type serverClock struct {
	client redis.UniversalClient
	lease.Clock
}

// Now returns the estimate. Errors: nothing was learnt yet, and no server answered.
func (c *serverClock) Now(ctx context.Context) (time.Time, error) {
	if now, ok := c.Clock.Now(); ok {
		return now, nil
	}
	now, err := c.client.Time(ctx).Result()
	if err != nil {
		return time.Time{}, err
	}
	c.Learn(now)
	return now, nil
}
