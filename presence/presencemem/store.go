package presencemem

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"usher/presence"
)

// Options of a [Store].
type Options struct {
	// Now is the engine's clock. Nil: a monotonic clock that was set by the machine's when the Store was made.
	// It is called under a license's lock, from many goroutines, and must not call the Store.
	Now func() time.Time

	// Leases tells when a node's lease on a license ends, or ended; false: nothing is known of one. Nil: all nodes are this
	// process, and their leases never end. It is called under the license's lock, from many goroutines, and must not
	// call the Store.
	Leases func(license presence.LicenseID, node presence.NodeID) (end time.Time, ok bool)
	// Lease is how long a lease lasts; a third of it is waited in silence. Default 15 s.
	Lease time.Duration
}

// Store is the in-process engine. It implements [presence.Store] and is safe for concurrent use.
type Store struct {
	options  Options
	licenses sync.Map // presence.LicenseID → *license
}

var _ presence.Store = (*Store)(nil)

// New returns an engine that knows no license yet.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = monotonic()
	}
	o.Lease = cmp.Or(o.Lease, 15*time.Second)
	return &Store{options: o}
}

func monotonic() func() time.Time {
	start := time.Now()
	return func() time.Time { return start.Add(time.Since(start)) }
}

func (s *Store) now() int64 { return s.options.Now().UnixMilli() }

// Do implements [presence.Store].
func (s *Store) Do(ctx context.Context, b presence.Batch) (presence.Outcome, error) {
	if err := b.Validate(); err != nil {
		return presence.Outcome{}, err
	}
	if err := ctx.Err(); err != nil {
		return presence.Outcome{}, fmt.Errorf("%w: %w", presence.ErrUnavailable, err)
	}
	l := s.find(b)
	if l == nil {
		// Lateness is told before the license being unknown, as where the license is known.
		if late(b, s.now()) {
			return presence.Outcome{}, presence.ErrLate
		}
		return presence.Outcome{}, &presence.UnopenedError{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.do(b, s.now())
}

// find returns the batch's license; one that was never named is made only to be opened, so that batches for
// unknown licenses leave nothing behind.
func (s *Store) find(b presence.Batch) *license {
	if l, ok := s.licenses.Load(b.License); ok {
		return l.(*license)
	}
	if opens(b) {
		return s.make(b.License)
	}
	return nil
}

func (s *Store) make(id presence.LicenseID) *license {
	l, _ := s.licenses.LoadOrStore(id, newLicense(id, &s.options))
	return l.(*license)
}

// Watch implements [presence.Store]. notify is called under the license's lock: so changes come in the order of
// their versions, none between the first call (nil) and the next is left out, and none comes once stop has
// returned. Neither notify nor what it waits for may call the Store or stop. The changes are shared with the
// other watchers and with the outcome: they are to be read, not written.
func (s *Store) Watch(ctx context.Context, id presence.LicenseID, notify func(*presence.Change)) (stop func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", presence.ErrUnavailable, err)
	}
	l := s.make(id)
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &watcher{notify: notify}
	l.watchers = append(l.watchers, w)
	notify(nil)
	return func() { l.unwatch(w) }, nil
}
