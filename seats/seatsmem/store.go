package seatsmem

import (
	"context"
	"fmt"
	"sync"
	"time"

	"usher/seats"
)

// Options of a [Store].
type Options struct {
	// Now is the engine's clock. Nil: a monotonic clock that was set by the machine's when the Store was made.
	// It is called under a license's lock, from many goroutines, and must not call the Store.
	Now func() time.Time

	// Save is handed the licenses that changed: within SaveEvery of the first change, and at Close. What it could not save
	// it is handed again. Nil: nothing is saved, and a restart finds nothing.
	Save func(ctx context.Context, boards []Saved) error
	// SaveEvery is how long changes are collected. Default 100 ms.
	SaveEvery time.Duration
}

// Store is the in-process engine. It implements [seats.Store] and is safe for concurrent use.
type Store struct {
	now      func() time.Time
	licenses sync.Map // seats.LicenseID → *license
	saver    *saver   // nil: nothing is saved
}

var _ seats.Store = (*Store)(nil)

// New returns an engine that knows no license yet.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = monotonic()
	}
	return &Store{now: o.Now, saver: newSaver(o)}
}

// Close saves what was not saved yet. Nothing may be done with the Store any more. Errors: that of Options.Save.
func (s *Store) Close(ctx context.Context) error { return s.saver.close(ctx) }

func monotonic() func() time.Time {
	start := time.Now()
	return func() time.Time { return start.Add(time.Since(start)) }
}

// Do implements [seats.Store].
func (s *Store) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	if err := b.Validate(); err != nil {
		return seats.Outcome{}, err
	}
	if err := ctx.Err(); err != nil {
		return seats.Outcome{}, fmt.Errorf("%w: %w", seats.ErrUnavailable, err)
	}
	l := s.find(b)
	if l == nil {
		// Lateness is told before the license being unknown, as where the license is known.
		if late(b, s.now().UnixMilli()) {
			return seats.Outcome{}, seats.ErrLate
		}
		return seats.Outcome{}, &seats.UnopenedError{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.do(b, s.now().UnixMilli())
}

// find returns the batch's license; one that was never named is made only to be opened, so that batches for
// unknown licenses leave nothing behind.
func (s *Store) find(b seats.Batch) *license {
	if l, ok := s.licenses.Load(b.License); ok {
		return l.(*license)
	}
	if len(b.Commands) > 0 {
		if _, opens := b.Commands[0].(seats.Open); opens {
			return s.make(b.License)
		}
	}
	return nil
}

func (s *Store) make(id seats.LicenseID) *license {
	l, _ := s.licenses.LoadOrStore(id, newLicense(id, s.saver))
	return l.(*license)
}

// Watch implements [seats.Store]. notify is called under the license's lock: so changes come in the order of
// their versions, none between the first call (nil) and the next is left out, and none comes once stop has
// returned. Neither notify nor what it waits for may call the Store or stop. The changes are shared with the
// other watchers and with the outcome: they are to be read, not written.
func (s *Store) Watch(ctx context.Context, id seats.LicenseID, notify func(*seats.Change)) (stop func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", seats.ErrUnavailable, err)
	}
	l := s.make(id)
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &watcher{notify: notify}
	l.watchers = append(l.watchers, w)
	notify(nil)
	return func() { l.unwatch(w) }, nil
}
