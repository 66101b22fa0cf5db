package presenceredis

import (
	"context"

	"usher/internal/lease"
	"usher/presence"
)

// Watch implements [presence.Store]. Changes of one license come one after another; after a time in which
// announcements could not be heard, and after one that this node can't read, notify is called with nil.
// stop returns when no call is running any more, so notify may not call it.
func (s *Store) Watch(ctx context.Context, license presence.LicenseID, notify func(*presence.Change)) (stop func(), err error) {
	if err := presence.ValidID(license); err != nil {
		return nil, unavailable(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, unavailable(err)
	}
	stop, err = s.listener.Watch(ctx, channelOf(s.prefix, license), func(n lease.Notice) {
		if n.Missed {
			notify(nil)
			return
		}
		change, err := decodeChange(n.Payload)
		if err != nil { // of a newer node's engine, while both run
			s.log.Warn("an announcement can't be read", "license", license, "error", err)
			notify(nil)
			return
		}
		notify(&change)
	})
	if err != nil {
		return nil, unavailable(err)
	}
	return stop, nil
}
