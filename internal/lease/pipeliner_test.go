package lease_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
)

func TestCallsThatComeMeanwhileLeaveTogether(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t)+"?timeout=20s")
	c, g := newCounter(t, client), newGate(t, client)
	all := c.crowd(t.Context(), t, 0, 102, 100)
	g.openAll()
	all.answered(t)
	sizes := g.left(t, 102)
	if len(sizes) < 4 || len(sizes) > 6 || max(sizes[2], sizes[3]) != 64 {
		t.Errorf("left as %d, want two alone and the others in few pipelines of 64 at most", sizes)
	}
	if n := c.Underway(); n != 0 {
		t.Errorf("%d under way after all", n)
	}
}

func TestLargeCallsLeaveInSmallerPipelines(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t)+"?timeout=20s")
	c, g := newCounter(t, client), newGate(t, client)
	all := c.crowd(t.Context(), t, 0, 2, 0)
	large := strings.Repeat("x", 100<<10)
	var callers sync.WaitGroup
	for i := range 8 {
		callers.Go(func() {
			if a := c.call(t.Context(), 2+i, large); a.err != nil {
				t.Error(a.err)
			}
		})
	}
	leasetest.Await(t, func() bool { return c.Waiting() == 8 })
	g.openAll()
	all.answered(t)
	callers.Wait()
	for _, n := range g.left(t, 10) {
		if n > 2 {
			t.Errorf("%d calls of 100 KiB left together", n)
		}
	}
}

func TestManyCallsAreAnsweredEachTheirOwn(t *testing.T) {
	t.Parallel()
	servers(t, func(t *testing.T, client redis.UniversalClient) {
		c := newCounter(t, client)
		var callers sync.WaitGroup
		for i := range 200 {
			callers.Go(func() {
				for round := range 10 {
					if a := c.call(t.Context(), i, ""); a.err != nil || a.count != round+1 {
						t.Errorf("call %d of license %d: counted %d, %v", round, i, a.count, a.err)
					}
				}
			})
		}
		callers.Wait()
	})
}

func TestACallThatWaitsFollowsItsContext(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t)+"?timeout=20s")
	c, g := newCounter(t, client), newGate(t, client)
	all := c.crowd(t.Context(), t, 0, 2, 0)
	ctx, cancel := context.WithCancel(t.Context())
	leavers := c.crowd(ctx, t, 2, 1, 1)
	stayers := c.crowd(t.Context(), t, 3, 2, 3)
	cancel()
	if a := leavers.wait(t)[0]; !errors.Is(a.err, context.Canceled) {
		t.Errorf("%v, want that it was given up", a.err)
	}
	g.openAll()
	all.answered(t)
	stayers.answered(t)
	if a := c.call(t.Context(), 2, ""); a.count != 1 {
		t.Errorf("a call that was given up before it was sent was done")
	}
}

func TestACallThatLeftWithOthersFollowsItsContext(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t)+"?timeout=20s")
	c, g := newCounter(t, client), newGate(t, client)
	all := c.crowd(t.Context(), t, 0, 2, 0)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	leavers := c.crowd(ctx, t, 2, 2, 2)
	stayers := c.crowd(t.Context(), t, 4, 2, 4)
	g.alone <- struct{}{}
	g.left(t, 6)
	cancel()
	for _, a := range leavers.wait(t) {
		if !errors.Is(a.err, context.Canceled) {
			t.Errorf("%v, want that it was given up", a.err)
		}
	}
	g.openAll()
	all.answered(t)
	stayers.answered(t)
}

func TestNoMoreWaitsThanIsBounded(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t)+"?timeout=20s")
	c, g := newCounter(t, client), newGate(t, client)
	all := c.crowd(t.Context(), t, 0, 2, 0)
	large := strings.Repeat("x", 1<<20)
	answers := make(chan answer, 20)
	var callers sync.WaitGroup
	for i := range 20 {
		callers.Go(func() { answers <- c.call(t.Context(), 2+i, large) })
	}
	for range 5 { // of 20 times 1 MiB, and a little each
		select {
		case a := <-answers:
			if a.err == nil || !strings.Contains(a.err.Error(), "not sent") {
				t.Errorf("%v, want that too much waits", a.err)
			}
		case <-time.After(patience):
			t.Fatal("all wait")
		}
	}
	g.openAll()
	callers.Wait()
	all.answered(t)
	for range 15 {
		if a := <-answers; a.err != nil {
			t.Error(a.err)
		}
	}
}

func TestCloseEndsWhatWaitsAndWaitsForWhatLeft(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.URL(t)+"?timeout=20s")
	c, g := newCounter(t, client), newGate(t, client)
	all := c.crowd(t.Context(), t, 0, 2, 0)
	left := c.crowd(t.Context(), t, 2, 2, 2)
	g.alone <- struct{}{}
	g.left(t, 4)
	waiting := c.crowd(t.Context(), t, 4, 2, 2)
	closed := make(chan struct{})
	go func() {
		c.Close()
		close(closed)
	}()
	waiting.refused(t)
	if a := c.call(t.Context(), 6, ""); a.err == nil {
		t.Error("an engine that is closed was called")
	}
	select {
	case <-closed:
		t.Error("closed while a pipeline is under way")
	default:
	}
	g.openAll()
	<-closed
	all.answered(t)
	left.answered(t)
}
