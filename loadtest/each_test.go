package loadtest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

func TestEachDoesAllOrStops(t *testing.T) {
	t.Parallel()
	items := make([]int, 100)
	for i := range items {
		items[i] = i
	}
	var done atomic.Int64
	if err := each(t.Context(), items, func(_ context.Context, i int) error { done.Add(int64(i)); return nil }); err != nil || done.Load() != 4950 {
		t.Errorf("%d, %v", done.Load(), err)
	}
	if err := each(t.Context(), nil, func(context.Context, int) error { return nil }); err != nil {
		t.Error(err)
	}
	wrong := errors.New("wrong")
	done.Store(0)
	err := each(t.Context(), items, func(ctx context.Context, i int) error {
		done.Add(1)
		if i == 3 {
			return wrong
		}
		if i > 3 {
			<-ctx.Done()
		}
		return ctx.Err()
	})
	if !errors.Is(err, wrong) || errors.Is(err, context.Canceled) || done.Load() > 4+busy {
		t.Errorf("after %d: %v", done.Load(), err)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	stop(wrong)
	if err := each(ctx, items, func(ctx context.Context, _ int) error { return ctx.Err() }); !errors.Is(err, wrong) {
		t.Error(err)
	}
}
