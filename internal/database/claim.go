package database

import (
	"context"
	"fmt"
	"strconv"
)

// Sharing tells who else may use a database.
type Sharing int

const (
	// Exclusive is for a process whose engine lives in itself: no other process that serves may use the database.
	Exclusive Sharing = iota
	// Shared is for processes that have one engine together, in Redis.
	Shared
)

// Claim keeps others from serving on a database who may not do so at the same time.
type Claim struct {
	lost  chan struct{}
	close func() error
}

// NewClaim claims a database until the claim is closed or the process ends, however it ends. Errors: [*InUseError].
func NewClaim(ctx context.Context, o Options, sharing Sharing) (*Claim, error) {
	if o.URL != "" {
		return claimURL(ctx, o.URL, sharing)
	}
	held, err := claimDir(o.Dir, sharing)
	if err != nil {
		return nil, err
	}
	return &Claim{lost: make(chan struct{}), close: held.Close}, nil
}

// Lost is closed when another process has claimed the database while this one could not hold on to it, which can happen
// where the claim is with a server. Whoever has an engine of their own must stop then.
func (c *Claim) Lost() <-chan struct{} { return c.lost }

// Close gives the claim back.
func (c *Claim) Close() error { return c.close() }

// InUseError says that another process serves on the database.
type InUseError struct {
	What    string // such as: data directory usher-data
	Setting string // by which another one is named
	Host    string // of the other process; "": this one, or not known
	PID     int    // of the other process; 0: not known
}

func (e *InUseError) Error() string {
	who := "another usher process"
	if e.PID != 0 {
		who += " (process id " + strconv.Itoa(e.PID)
		if e.Host != "" {
			who += " on " + e.Host
		}
		who += ")"
	}
	return fmt.Sprintf("%s is in use by %s: stop it, or give this one another (%s), "+
		"or give both the same Redis (USHER_REDIS_URL), so that they can share it", e.What, who, e.Setting)
}
