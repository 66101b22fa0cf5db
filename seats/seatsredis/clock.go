package seatsredis

import (
	"context"
	"time"
)

// clock estimates engine time before a reply has told it.
type clock interface {
	Now(ctx context.Context) (time.Time, error)
	Learn(now time.Time)
}
