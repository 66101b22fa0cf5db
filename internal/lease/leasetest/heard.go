package leasetest

import (
	"context"
	"testing"
	"time"
)

// Heard is what a watch of an engine on Redis was told, in order: changes, and nil where some may have been missed.
type Heard[C any] <-chan *C

// Watch watches until the test is over, and returns when the watch has begun.
func Watch[C any](t testing.TB, watch func(ctx context.Context, notify func(*C)) (stop func(), err error)) Heard[C] {
	t.Helper()
	told := make(chan *C, 1000)
	stop, err := watch(t.Context(), func(c *C) { told <- c })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	heard := Heard[C](told)
	heard.Missed(t)
	return heard
}

// Next waits for what comes next.
func (h Heard[C]) Next(t testing.TB) *C {
	t.Helper()
	select {
	case c := <-h:
		return c
	case <-time.After(20 * time.Second):
		t.Fatal("nothing heard")
		return nil
	}
}

// Missed waits for what comes next, and demands that it says that something may have been missed.
func (h Heard[C]) Missed(t testing.TB) {
	t.Helper()
	if c := h.Next(t); c != nil {
		t.Fatalf("heard %+v, want that something may have been missed", *c)
	}
}
