package gateway

import (
	"context"
	"fmt"
	"sync"

	"usher/seats"
)

// FaultyStore is an engine behind a line that can be cut, and that can be exchanged for one without memory.
type FaultyStore struct {
	mu       sync.Mutex
	store    seats.Store
	fault    Fault
	lifted   chan struct{} // closed when the fault is over
	deaf     bool
	failed   int // calls that a fault met
	watchers map[*faultyWatch]struct{}
}

// Fault is what becomes of calls.
type Fault int

const (
	None Fault = iota
	Cut        // they do not arrive
	Mute       // they arrive, the answers do not
	Hang       // they wait until the fault is over, or the caller gives up
)

type faultyWatch struct {
	license seats.LicenseID
	notify  func(*seats.Change)
	stop    func()
}

func NewFaultyStore(store seats.Store) *FaultyStore {
	return &FaultyStore{store: store, lifted: make(chan struct{}), watchers: map[*faultyWatch]struct{}{}}
}

// Set makes calls meet a fault from now on.
func (s *FaultyStore) Set(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
	close(s.lifted)
	s.lifted = make(chan struct{})
}

// Deafen loses announcements from now on, or no longer.
func (s *FaultyStore) Deafen(deaf bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = deaf
}

// Failed is how many calls met a fault so far.
func (s *FaultyStore) Failed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// Real is the engine behind the faults.
func (s *FaultyStore) Real() seats.Store {
	store, _, _ := s.now()
	return store
}

// Exchange puts another engine into the place of this one. Who watches is subscribed anew.
func (s *FaultyStore) Exchange(store seats.Store) {
	s.mu.Lock()
	s.store = store
	all := make([]*faultyWatch, 0, len(s.watchers))
	for w := range s.watchers {
		all = append(all, w)
	}
	s.mu.Unlock()
	for _, w := range all {
		w.stop()
		w.stop, _ = store.Watch(context.Background(), w.license, func(c *seats.Change) { s.announce(w, c) })
	}
}

func (s *FaultyStore) now() (seats.Store, Fault, chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != None {
		s.failed++
	}
	return s.store, s.fault, s.lifted
}

func (s *FaultyStore) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	store, fault, lifted := s.now()
	switch fault {
	case Cut:
		return seats.Outcome{}, fmt.Errorf("%w: cut", seats.ErrUnavailable)
	case Mute:
		_, _ = store.Do(ctx, b)
		return seats.Outcome{}, fmt.Errorf("%w: mute", seats.ErrUnavailable)
	case Hang:
		select {
		case <-lifted:
			return s.Do(ctx, b)
		case <-ctx.Done():
			return seats.Outcome{}, fmt.Errorf("%w: %w", seats.ErrUnavailable, ctx.Err())
		}
	}
	return store.Do(ctx, b)
}

func (s *FaultyStore) Watch(ctx context.Context, id seats.LicenseID, notify func(*seats.Change)) (func(), error) {
	store, fault, _ := s.now()
	if fault != None {
		return nil, fmt.Errorf("%w: cut", seats.ErrUnavailable)
	}
	w := &faultyWatch{license: id, notify: notify}
	stop, err := store.Watch(ctx, id, func(c *seats.Change) { s.announce(w, c) })
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.stop = stop
	s.watchers[w] = struct{}{}
	return func() {
		s.mu.Lock()
		delete(s.watchers, w)
		s.mu.Unlock()
		w.stop()
	}, nil
}

func (s *FaultyStore) announce(w *faultyWatch, c *seats.Change) {
	s.mu.Lock()
	lost := s.deaf || s.fault == Cut
	s.mu.Unlock()
	if !lost {
		w.notify(c)
	}
}

// FlakyTakes is an engine that does not get the next batches with takes.
type FlakyTakes struct {
	seats.Store
	mu   sync.Mutex
	left int
}

// Fail loses the next n batches that have a take.
func (s *FlakyTakes) Fail(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = n
}

// Left is how many are to be lost yet.
func (s *FlakyTakes) Left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left
}

func (s *FlakyTakes) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	s.mu.Lock()
	for _, c := range b.Commands {
		if _, ok := c.(seats.Take); ok && s.left > 0 {
			s.left--
			s.mu.Unlock()
			return seats.Outcome{}, fmt.Errorf("%w: flaky", seats.ErrUnavailable)
		}
	}
	s.mu.Unlock()
	return s.Store.Do(ctx, b)
}
