package lease

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// ServerClock asks a server at first, and learns from replies then.
type ServerClock struct {
	Client redis.UniversalClient
	Clock
}

// Now returns the estimate. Errors: nothing was learnt yet, and no server answered.
func (c *ServerClock) Now(ctx context.Context) (time.Time, error) {
	if now, ok := c.Clock.Now(); ok {
		return now, nil
	}
	now, err := c.Client.Time(ctx).Result()
	if err != nil {
		return time.Time{}, err
	}
	c.Learn(now)
	return now, nil
}
