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
	begun  int       // how many fetches have begun
	flight *flight   // the fetch under way, or nil
	last   *flight   // the one before, or nil
	ended  time.Time // when that ended
}

// flight is one fetch; err is set before done is closed.
type flight struct {
	number int // from 1, in the order in which they begin
	done   chan struct{}
	err    error
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

// askAnew fetches for a caller who misses a key that may have been made a moment ago, and waits for a fetch that began
// after the call: where one ended just now, until another may begin. Errors: [ErrUnavailable].
func (f *fetcher) askAnew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, waitForKeys)
	defer cancel()
	f.mu.Lock()
	wanted := f.begun + 1
	f.mu.Unlock()
	for waited := false; ; {
		flight, pause, err := f.toward(wanted, waited)
		switch {
		case err != nil:
			return err
		case flight == nil && pause == 0:
			return nil
		case flight == nil:
			if waited = wait(ctx, pause); !waited {
				return ErrUnavailable
			}
		default:
			select {
			case <-flight.done:
			case <-ctx.Done():
				return ErrUnavailable
			}
		}
	}
}

// toward is the next thing to wait for on the way to a fetch: another one or itself, or a pause, which is none for who has
// waited for one; nothing, when it has ended well.
func (f *fetcher) toward(wanted int, waited bool) (*flight, time.Duration, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.last != nil && f.last.number >= wanted {
		if f.last.err != nil {
			return nil, 0, ErrUnavailable
		}
		return nil, 0, nil
	}
	if f.flight == nil {
		pause, failed := f.pause()
		switch {
		case f.closed, failed:
			return nil, 0, ErrUnavailable
		case pause > 0 && !waited:
			return nil, pause, nil
		}
	}
	return f.takeOff(), 0, nil
}

// wait returns when a time is over, or false when ctx ends before.
func wait(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// pause is how long nobody may fetch on demand, as the last fetch has just ended, and whether it failed then.
func (f *fetcher) pause() (left time.Duration, failed bool) {
	if f.last == nil {
		return 0, false
	}
	failed, left = f.last.err != nil, f.again
	if failed {
		left = retryAfter
	}
	// A clock set back does not bar fetches.
	if since := f.now().Sub(f.ended); since >= 0 && since < left {
		return left - since, failed
	}
	return 0, false
}

// join is start for those who have to keep from asking too often.
func (f *fetcher) join() (*flight, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.flight == nil {
		switch pause, failed := f.pause(); {
		case failed:
			return nil, ErrUnavailable
		case pause > 0:
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
	f.begun++
	flying := &flight{number: f.begun, done: make(chan struct{})}
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
