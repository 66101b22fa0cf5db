package lease_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
)

// counting is a script that answers how often it was called on a license, and its one argument.
const counting = `local function call() return {'counted', int(now), redis.call('INCR', K.nodes), ARGV[3]} end`

// counter is an engine with that script, on licenses of a test's own.
type counter struct {
	*lease.Engine
	license func(i int) string // of call number i
}

func newCounter(t testing.TB, client redis.UniversalClient) *counter {
	t.Helper()
	return newEngine(t, client, counting)
}

// newEngine is newCounter with another script, which answers alike.
func newEngine(t testing.TB, client redis.UniversalClient, script string) *counter {
	t.Helper()
	id := uuid.NewString()
	e := lease.NewEngine(client, lease.EngineOptions{ // the comment makes the library this test's own
		Name: "counting", Keys: lease.LeaseKeys, Script: lease.Assemble(lease.LeaseKeys, script, "-- "+id),
	})
	t.Cleanup(e.Close)
	c := &counter{e, func(i int) string { return fmt.Sprint("lic_", id, i) }}
	if a := c.call(t.Context(), -1, ""); a.err != nil { // which loads the library
		t.Fatal(a.err)
	}
	_, err := client.Pipelined(t.Context(), func(p redis.Pipeliner) error { // pipelines have connections of their own
		return p.Ping(t.Context()).Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answer is what came of call number i.
type answer struct {
	i, count int
	err      error
}

// call makes call number i, with some text. A reply that is another's is an error.
func (c *counter) call(ctx context.Context, i int, text string) answer {
	text = fmt.Sprint(i, text)
	reply, err := c.Call(ctx, c.license(i), append(lease.NewArguments("", 1), text), time.Time{}, time.Minute)
	if err != nil {
		return answer{i, 0, err}
	}
	a := answer{i, int(reply.Number()), nil}
	if got := reply.Text(); got != text {
		a.err = fmt.Errorf("answered %q instead of %q: %w", got, text, reply.Err())
	}
	return a
}

// crowd is calls under way, each on its own license.
type crowd struct {
	answers chan answer
	size    int
}

// crowd has calls number from and after be made at once, and returns when so many wait, since others are under way.
func (c *counter) crowd(ctx context.Context, t *testing.T, from, size, waiting int) *crowd {
	t.Helper()
	all := &crowd{make(chan answer, size), size}
	var callers sync.WaitGroup
	t.Cleanup(callers.Wait)
	for i := from; i < from+size; i++ {
		callers.Go(func() { all.answers <- c.call(ctx, i, "") })
	}
	leasetest.Await(t, func() bool { return c.Waiting() == waiting && c.Underway() == 2 })
	return all
}

// wait waits for all answers.
func (all *crowd) wait(t *testing.T) []answer {
	t.Helper()
	var got []answer
	for range all.size {
		select {
		case a := <-all.answers:
			got = append(got, a)
		case <-time.After(patience):
			t.Fatalf("%d of %d answered", len(got), all.size)
		}
	}
	return got
}

// answered demands that all were.
func (all *crowd) answered(t *testing.T) {
	t.Helper()
	for _, a := range all.wait(t) {
		if a.err != nil {
			t.Errorf("call %d: %v", a.i, a.err)
		}
	}
}

// refused demands that the server did not answer any.
func (all *crowd) refused(t *testing.T) {
	t.Helper()
	for _, a := range all.wait(t) {
		if !lease.Unavailable(a.err) || a.err == nil {
			t.Errorf("call %d: %v, want that the server does not answer", a.i, a.err)
		}
	}
}

// gate keeps a client's calls back until it is opened, and tells how many leave together.
type gate struct {
	ctx             context.Context // of the test
	came            chan int
	alone, together chan struct{} // each value lets one pass of those that leave alone or in a pipeline; closed: all
	shut            atomic.Bool   // else all pass unseen
}

func newGate(t *testing.T, client redis.UniversalClient) *gate {
	t.Helper()
	g := &gate{ctx: t.Context(), came: make(chan int, 1000), alone: make(chan struct{}), together: make(chan struct{})}
	g.shut.Store(true)
	if cluster, ok := client.(*redis.ClusterClient); ok {
		cluster.OnNewNode(func(node *redis.Client) { node.AddHook(g) })
	} else {
		client.AddHook(g)
	}
	return g
}

func (g *gate) openAll() {
	close(g.alone)
	close(g.together)
}

func (g *gate) DialHook(next redis.DialHook) redis.DialHook { return next }

func (g *gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "fcall" {
			g.pass(1, g.alone)
		}
		return next(ctx, cmd)
	}
}

func (g *gate) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if cmds[0].Name() == "fcall" {
			g.pass(len(cmds), g.together)
		}
		return next(ctx, cmds)
	}
}

func (g *gate) pass(calls int, opened <-chan struct{}) {
	if !g.shut.Load() {
		return
	}
	g.came <- calls
	select {
	case <-opened:
	case <-g.ctx.Done():
	}
}

// left are how many left together, of so many that did.
func (g *gate) left(t *testing.T, calls int) []int {
	t.Helper()
	var sizes []int
	for calls > 0 {
		select {
		case n := <-g.came:
			sizes = append(sizes, n)
			calls -= n
		case <-time.After(patience):
			t.Fatalf("%d left, and %d did not", sizes, calls)
		}
	}
	return sizes
}

// inFlight has a pipeline of calls number 0 and after come to the gate of pipelines, alone; those before it are answered.
func inFlight(t *testing.T, c *counter, g *gate, calls int) *crowd {
	t.Helper()
	before := c.crowd(t.Context(), t, -3, 2, 0)
	all := c.crowd(t.Context(), t, 0, calls, calls)
	close(g.alone)
	before.answered(t)
	g.left(t, 2+calls)
	return all
}

// servers are one server and a Cluster, for a test of both.
func servers(t *testing.T, test func(*testing.T, redis.UniversalClient)) {
	t.Helper()
	const patient = "?timeout=20s" // the machine may be busy with other tests
	for name, url := range map[string]func(testing.TB) string{"Single": redistest.URL, "Cluster": redistest.ClusterURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, connect(t, url(t)+patient))
		})
	}
}
