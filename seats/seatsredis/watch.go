package seatsredis

import (
	"context"

	"usher/internal/lease"
	"usher/seats"
)

// Watch implements [seats.Store]. Changes of one license come one after another; after a time in which
// announcements could not be heard, and after one that this node can't read, notify is called with nil.
// stop returns when no call is running any more, so notify may not call it.
func (s *Store) Watch(ctx context.Context, license seats.LicenseID, notify func(*seats.Change)) (stop func(), err error) {
	if err := seats.ValidID(license); err != nil {
		return nil, unavailable(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, unavailable(err)
	}
	stop, err = lease.Watch(ctx, s.engine, string(license), decodeChange, notify)
	if err != nil {
		return nil, unavailable(err)
	}
	return stop, nil
}
