package lease_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
)

func TestALibraryThatIsMissingIsLoadedForThoseThatMissIt(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.Start(t).URL()+"?timeout=20s")
	c, g := newCounter(t, client), newGate(t, client)
	all := inFlight(t, c, g, 20)
	if err := client.FunctionFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	close(g.together)
	for _, a := range all.wait(t) {
		if a.err != nil || a.count != 1 {
			t.Errorf("call %d: counted %d, %v", a.i, a.count, a.err)
		}
	}
}

func TestALibraryThatMayNotBeLoadedIsSaidSo(t *testing.T) {
	t.Parallel()
	client := connect(t, redistest.Start(t).URL()+"?timeout=20s")
	c, g := newCounter(t, client), newGate(t, client)
	all := c.crowd(t.Context(), t, 0, 22, 20)
	for _, command := range [][]any{{"FUNCTION", "FLUSH"}, {"ACL", "SETUSER", "default", "-function|load"}} {
		if err := client.Do(t.Context(), command...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	g.openAll()
	for _, a := range all.wait(t) {
		if a.err == nil || !strings.Contains(a.err.Error(), "FUNCTION LOAD") || errors.Is(a.err, lease.ErrScript) {
			t.Errorf("call %d: %v, want what is not allowed", a.i, a.err)
		}
	}
}

func TestCallsAreSentAgainWhenRepliesAreLost(t *testing.T) {
	t.Parallel()
	direct := connect(t, redistest.URL(t)+"?timeout=20s").(*redis.Client)
	for name, tc := range map[string]struct {
		lost int32
		want func(*crowd, *testing.T)
	}{
		"once": {1, (*crowd).answered}, "always": {100, (*crowd).refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, lose := leasetest.Lossy(t, direct)
			c, g := newCounter(t, client), newGate(t, client)
			all := inFlight(t, c, g, 20)
			lose.Store(tc.lost)
			close(g.together)
			tc.want(all, t)
			lose.Store(0)
			if a := c.call(t.Context(), 100, ""); a.err != nil {
				t.Error(a.err)
			}
		})
	}
}

// fragile is a connection that ends in the middle of what it reads next, when it is told to.
type fragile struct {
	net.Conn
	snap *atomic.Bool
}

func (c fragile) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 1 && c.snap.CompareAndSwap(true, false) {
		_ = c.Close()
		return n / 2, nil
	}
	return n, err
}

func TestCallsThatWereAnsweredAreNotSentAgain(t *testing.T) {
	t.Parallel()
	o := *connect(t, redistest.URL(t)+"?timeout=20s").(*redis.Client).Options()
	var snap atomic.Bool
	o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return fragile{conn, &snap}, err
	}
	client := redis.NewClient(&o)
	t.Cleanup(func() { _ = client.Close() })
	c, g := newCounter(t, client), newGate(t, client)
	all := inFlight(t, c, g, 20)
	snap.Store(true)
	close(g.together)
	times := map[int]int{}
	for _, a := range all.wait(t) {
		if a.err != nil {
			t.Fatal(a.err)
		}
		times[a.count]++
		if next := c.call(t.Context(), a.i, ""); next.count != a.count+1 {
			t.Errorf("counted %d when it was answered, and now %d", a.count, next.count-1)
		}
	}
	if times[1] == 0 || times[2] == 0 {
		t.Errorf("done so often: %v, want some once and some twice", times)
	}
}

func TestWhatWaitsForAServerThatIsSilentIsToldSoon(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := connect(t, server.URL()+"?timeout=300ms")
	c := newCounter(t, client)
	server.Pause(t)
	all := c.crowd(t.Context(), t, 0, 200, 198)
	answers := all.wait(t)
	server.Resume(t)
	leasetest.Await(t, func() bool { return c.call(t.Context(), 1000, "").err == nil })
	unsent := 0
	for _, a := range answers {
		if a.err == nil || !lease.Unavailable(a.err) {
			t.Errorf("call %d: %v, want that the server does not answer", a.i, a.err)
		}
		if strings.Contains(a.err.Error(), "not sent") {
			unsent++
			if now := c.call(t.Context(), a.i, ""); now.count != 1 || now.err != nil {
				t.Errorf("a call that was not sent was counted: %d, %v", now.count-1, now.err)
			}
		}
	}
	if unsent == 0 {
		t.Error("all were sent")
	}
}

func TestCallsFollowASlotThatMoves(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	client := connect(t, cluster.URL()+"?timeout=20s")
	g := newGate(t, client) // before the client knows its nodes
	g.shut.Store(false)
	c := newCounter(t, client)
	g.shut.Store(true)
	license := c.license(0)
	c.license = func(int) string { return license }
	slot, err := client.ClusterKeySlot(t.Context(), license).Result()
	if err != nil {
		t.Fatal(err)
	}
	all := c.crowd(t.Context(), t, 0, 22, 20)
	move(t, cluster.Addrs(), int(slot))
	g.openAll()
	var counts []int
	for _, a := range all.wait(t) {
		if a.err != nil {
			t.Errorf("call %d: %v", a.i, a.err)
		}
		counts = append(counts, a.count)
	}
	slices.Sort(counts)
	if once := slices.Compact(slices.Clone(counts)); len(once) != 22 || once[21] != 22 {
		t.Errorf("counted %v, want each call once", counts)
	}
}
