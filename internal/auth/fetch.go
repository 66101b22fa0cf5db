package auth

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	fetchTimeout = 5 * time.Second
	waitForKeys  = 2 * time.Second // how long a Verify waits for a fetch
	retryAfter   = time.Second     // after a failed fetch, an unknown key id asks no sooner than this
)

// fetcher gets keys that are kept elsewhere, for everybody who needs them: all share one fetch, and nobody waits for
// a throttle. Its owner closes it.
type fetcher struct {
	load  func(context.Context) error // gets and keeps the keys; never called twice at once
	now   func() time.Time
	again time.Duration // an unknown key id asks no sooner than this after a good fetch

	ctx    context.Context // ends with close: fetches are shared, so no caller's context is theirs
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	closed bool
	flight *flight   // the fetch under way, or nil
	last   *flight   // the one before, or nil
	ended  time.Time // when that ended
}

// flight is one fetch; err is set before done is closed.
type flight struct {
	done chan struct{}
	err  error
}

// errTooSoon says that keys were fetched a short time ago, and well.
var errTooSoon = errors.New("keys were fetched just now")

func newFetcher(ctx context.Context, again time.Duration, now func() time.Time, load func(context.Context) error) *fetcher {
	f := &fetcher{load: load, now: now, again: again}
	f.ctx, f.cancel = context.WithCancel(ctx)
	return f
}

// close ends fetches and waits for them.
func (f *fetcher) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.cancel()
	f.wg.Wait()
}

// every fetches again and again, in the background, first when the period is over.
func (f *fetcher) every(period time.Duration) {
	f.wg.Go(func() {
		ticker := time.NewTicker(period)
		defer ticker.Stop()
		for {
			select {
			case <-f.ctx.Done():
				return
			case <-ticker.C:
				f.start()
			}
		}
	})
}

// start starts a fetch or joins the one under way. It returns nil after close.
func (f *fetcher) start() *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.takeOff()
}

// ask fetches for a caller who misses a key, and waits for it. Errors: errTooSoon, or [ErrUnavailable].
func (f *fetcher) ask(ctx context.Context) error {
	flight, err := f.join()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, waitForKeys)
	defer cancel()
	select {
	case <-flight.done:
	case <-ctx.Done():
		return ErrUnavailable
	}
	if flight.err != nil {
		return ErrUnavailable
	}
	return nil
}

// join is start for those who have to keep from asking too often.
func (f *fetcher) join() (*flight, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.flight == nil && f.last != nil {
		failed, pause := f.last.err != nil, f.again
		if failed {
			pause = retryAfter
		}
		// A clock set back does not bar fetches.
		if since := f.now().Sub(f.ended); since >= 0 && since < pause {
			if failed {
				return nil, ErrUnavailable
			}
			return nil, errTooSoon
		}
	}
	flight := f.takeOff()
	if flight == nil {
		return nil, ErrUnavailable
	}
	return flight, nil
}

func (f *fetcher) takeOff() *flight {
	if f.closed || f.flight != nil {
		return f.flight
	}
	flying := &flight{done: make(chan struct{})}
	f.flight = flying
	f.wg.Go(func() {
		ctx, cancel := context.WithTimeout(f.ctx, fetchTimeout)
		defer cancel()
		err := f.load(ctx)
		f.mu.Lock()
		flying.err = err
		f.flight, f.last, f.ended = nil, flying, f.now()
		f.mu.Unlock()
		close(flying.done)
	})
	return flying
}
