package loadtest

import (
	"context"
	"errors"
	"sync"
)

// busy is how many calls to the API are made at a time.
const busy = 8

// each does something for all items, some at a time, and returns when all is done. After an error the rest is left, and errors are
// returned together.
func each[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		errs    []error
	)
	queue := make(chan T)
	for range min(busy, len(items)) {
		workers.Go(func() {
			for item := range queue {
				if ctx.Err() != nil {
					continue // the rest is left, though some of it may have been handed out
				}
				if err := do(ctx, item); err != nil {
					mu.Lock()
					if ctx.Err() == nil {
						errs = append(errs, err)
					}
					mu.Unlock()
					stop()
				}
			}
		})
	}
	for _, item := range items {
		select {
		case queue <- item:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(queue)
	workers.Wait()
	if len(errs) == 0 {
		return context.Cause(ctx)
	}
	return errors.Join(errs...)
}
