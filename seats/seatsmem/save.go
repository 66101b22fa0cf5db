package seatsmem

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"usher/seats"
)

// Saved is what a restart has to find of a license: see [seats.Kept].
type Saved struct {
	License    seats.LicenseID
	Generation seats.Generation
	Holders    []seats.Holder // by number
	Waiters    []seats.Waiter // by turn
}

const (
	// saveBatch is how many licenses are saved at once.
	saveBatch = 500
	// saveRetryMost is the longest pause after failures.
	saveRetryMost = 5 * time.Second
)

// saver writes behind: it has the licenses that changed saved, each at most once within a pause.
type saver struct {
	save  func(context.Context, []Saved) error
	pause time.Duration
	// dirty is the head of a list of the licenses that changed since they were last saved. It is a list without a lock,
	// as no lock may be shared between licenses.
	dirty atomic.Pointer[license]
	wake  chan struct{}
	stop  context.CancelFunc
	done  chan struct{}
}

func newSaver(o Options) *saver {
	if o.Save == nil {
		return nil
	}
	if o.SaveEvery == 0 {
		o.SaveEvery = 100 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &saver{save: o.Save, pause: o.SaveEvery, wake: make(chan struct{}, 1), stop: cancel, done: make(chan struct{})}
	go s.run(ctx)
	return s
}

// changed takes that a license is another than what was saved. The license's lock is held. A nil saver does nothing.
func (s *saver) changed(l *license) {
	if s == nil || l.dirty {
		return
	}
	l.dirty = true
	for {
		head := s.dirty.Load()
		l.nextDirty = head
		if s.dirty.CompareAndSwap(head, l) {
			break
		}
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run saves until it is stopped, and then once more.
func (s *saver) run(ctx context.Context) {
	defer close(s.done)
	pause := s.pause
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		if err := s.flush(ctx); err != nil {
			pause = min(2*pause, max(saveRetryMost, s.pause))
		} else {
			pause = s.pause
		}
	}
}

// flush saves all that changed. What could not be saved counts as changed still.
func (s *saver) flush(ctx context.Context) error {
	var changed []*license
	for l := s.dirty.Swap(nil); l != nil; {
		next := l.nextDirty
		changed = append(changed, l)
		l = next
	}
	var failed []error
	for len(changed) > 0 {
		some := changed[:min(saveBatch, len(changed))]
		changed = changed[len(some):]
		saved := make([]Saved, len(some))
		for i, l := range some {
			saved[i] = l.saved()
		}
		if err := s.save(ctx, saved); err != nil {
			failed = append(failed, err)
			for _, l := range some {
				l.mu.Lock()
				s.changed(l)
				l.mu.Unlock()
			}
		}
	}
	return errors.Join(failed...)
}

// saved is the license as it is; what changes from now on is to be saved anew.
func (l *license) saved() Saved {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dirty, l.nextDirty = false, nil
	s := Saved{License: l.id, Generation: l.generation}
	for _, t := range l.numbers.all() {
		s.Holders = append(s.Holders, t.held())
	}
	for _, t := range l.inLine() {
		s.Waiters = append(s.Waiters, t.waited())
	}
	return s
}

// close saves what changed last. A nil saver has nothing to close.
func (s *saver) close(ctx context.Context) error {
	if s == nil {
		return nil
	}
	s.stop()
	<-s.done
	if err := s.flush(ctx); err != nil {
		return fmt.Errorf("seatsmem: save: %w", err)
	}
	return nil
}
