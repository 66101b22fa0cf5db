package gateway

import (
	"context"
	"fmt"
	"sync"
	"time"

	"usher/presence"
)

// FaultyRoster is a presence engine behind a line that can be cut, and that can be exchanged for one without memory.
type FaultyRoster struct {
	mu       sync.Mutex
	store    presence.Store
	fault    Fault
	delay    time.Duration
	deaf     bool
	watchers []*rosterWatch // in the order in which they came
}

type rosterWatch struct {
	license presence.LicenseID
	notify  func(*presence.Change)
	stop    func()
	deaf    bool
}

func NewFaultyRoster(store presence.Store) *FaultyRoster { return &FaultyRoster{store: store} }

// Set makes calls meet a fault from now on. Those that hang do so until the caller gives up.
func (s *FaultyRoster) Set(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Delay has calls be so long on their way from now on.
func (s *FaultyRoster) Delay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delay = d
}

// Deafen loses announcements from now on, or no longer.
func (s *FaultyRoster) Deafen(deaf bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = deaf
}

// DeafenOne loses those to the watcher who came as that one, counted from 0.
func (s *FaultyRoster) DeafenOne(which int, deaf bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[which].deaf = deaf
}

// Exchange puts another engine into the place of this one. Who watches is subscribed anew.
func (s *FaultyRoster) Exchange(store presence.Store) {
	s.mu.Lock()
	s.store = store
	all := append([]*rosterWatch(nil), s.watchers...)
	s.mu.Unlock()
	for _, w := range all {
		w.stop()
		w.stop, _ = store.Watch(context.Background(), w.license, func(c *presence.Change) { s.announce(w, c) })
	}
}

func (s *FaultyRoster) Do(ctx context.Context, b presence.Batch) (presence.Outcome, error) {
	s.mu.Lock()
	store, fault, delay := s.store, s.fault, s.delay
	s.mu.Unlock()
	time.Sleep(delay)
	switch fault {
	case Cut:
		return presence.Outcome{}, fmt.Errorf("%w: cut", presence.ErrUnavailable)
	case Mute:
		_, _ = store.Do(ctx, b)
		return presence.Outcome{}, fmt.Errorf("%w: mute", presence.ErrUnavailable)
	case Hang:
		<-ctx.Done()
		return presence.Outcome{}, fmt.Errorf("%w: %w", presence.ErrUnavailable, ctx.Err())
	}
	return store.Do(ctx, b)
}

func (s *FaultyRoster) Watch(ctx context.Context, id presence.LicenseID, notify func(*presence.Change)) (func(), error) {
	s.mu.Lock()
	store := s.store
	w := &rosterWatch{license: id, notify: notify}
	s.watchers = append(s.watchers, w)
	s.mu.Unlock()
	stop, err := store.Watch(ctx, id, func(c *presence.Change) { s.announce(w, c) })
	w.stop = stop
	return func() { w.stop() }, err
}

func (s *FaultyRoster) announce(w *rosterWatch, c *presence.Change) {
	s.mu.Lock()
	lost := s.deaf || w.deaf || s.fault == Cut
	s.mu.Unlock()
	if !lost {
		w.notify(c)
	}
}
