package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"usher/gateway/client"
	"usher/gateway/wire"
	"usher/internal/redistest"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// startThree starts three nodes on a data directory, each with its own way to Redis.
func startThree(t testing.TB, dir string, redis [3]string, args ...string) []*process {
	t.Helper()
	ps := []*process{startDemo(t, dir, append(slices.Clone(args), "--redis-url", redis[0])...)}
	for _, url := range redis[1:] {
		ps = append(ps, startServe(t, dir, ps[0].demo, append(slices.Clone(args), "--redis-url", url)...))
	}
	return ps
}

// turned are processes with another one of them first.
func turned(ps []*process, n int) []*process {
	n %= len(ps)
	return append(slices.Clone(ps[n:]), ps[:n]...)
}

// statuses are who an agent shows as what, by name.
func statuses(a *agent) map[string]string {
	shown := map[string]string{}
	roster, _ := a.Roster()
	for _, e := range roster {
		shown[e.Name] = e.Status
	}
	return shown
}

// see waits until all agents show that.
func see(t *testing.T, agents []*agent, what string, want map[string]string) {
	t.Helper()
	for i, a := range agents {
		until(t, fmt.Sprintf("agent %d sees %s: %v, not %v", i, what, want, statuses(a)), func() bool { return maps.Equal(statuses(a), want) })
	}
}

// Agents of one license are on three nodes of one Redis Cluster: every change of a status reaches every colleague.
func TestEveryStatusChangeReachesEveryColleague(t *testing.T) {
	t.Parallel()
	url := redistest.StartCluster(t).URL()
	ps := startThree(t, t.TempDir(), [3]string{url, url, url})
	names := []string{"Ann", "Bob", "Cid", "Dan", "Ned"}
	want := map[string]string{"Eve": "offline", "Meg": "offline"}
	var agents []*agent
	for i, name := range names {
		a, _ := login(t, name, turned(ps, i)...)
		agents = append(agents, a)
		want[name] = "online"
	}
	see(t, agents, "everybody", want)
	for i, status := range []string{"busy", "away", "invisible", "online", "busy", "invisible", "away", "online", "busy", "away"} {
		who := i % len(agents)
		if _, err := agents[who].SetStatus(t.Context(), status, nil, fmt.Sprint("change ", i)); err != nil {
			t.Fatal(err)
		}
		for n, a := range agents {
			shown := maps.Clone(want)
			for name, is := range shown {
				if is == "invisible" && name != names[n] {
					shown[name] = "offline"
				}
			}
			shown[names[who]] = status
			if status == "invisible" && n != who {
				shown[names[who]] = "offline"
			}
			see(t, []*agent{a}, names[who]+" "+status, shown)
		}
		want[names[who]] = status
	}
	sameEverywhere(t, ps)
}

// sameEverywhere waits until all nodes tell the same roster and board, over HTTP.
func sameEverywhere(t *testing.T, ps []*process) {
	t.Helper()
	meg := ps[0].demo.token("Meg")
	tell := func(p *process) map[string]any {
		_, roster := p.call(meg, "GET", p.license("/presence"), nil)
		_, board := p.call(meg, "GET", p.license("/seats"), nil)
		return map[string]any{"roster": roster, "board": board}
	}
	until(t, "all nodes tell the same", func() bool {
		first := tell(ps[0])
		for _, p := range ps[1:] {
			if !cmp.Equal(first, tell(p)) {
				return false
			}
		}
		return true
	})
}

// witness watches, in every roster that an agent is shown, for colleagues who must not be seen to leave.
type witness struct {
	client *client.Client
	mu     sync.Mutex
	here   map[string]bool
	left   []string
}

func (w *witness) look() {
	roster, at := w.client.Roster()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range roster {
		if w.here[e.Name] && e.Status == wire.StatusOffline {
			w.left = append(w.left, fmt.Sprintf("%s at version %d", e.Name, at.Version))
		}
	}
}

// leavers are who was seen to leave.
func (w *witness) leavers() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.left, ", ")
}

func (w *witness) expect(names ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.here = map[string]bool{}
	for _, n := range names {
		w.here[n] = true
	}
}

// watch is an agent that has a witness look at each roster as it is shown.
func watch(t *testing.T, name string, ps ...*process) (*agent, *witness) {
	t.Helper()
	w := &witness{}
	var ready atomic.Bool
	a := &agent{t: t, events: make(chan client.Event, 10_000), ended: make(chan struct{})}
	token := ps[0].demo.token(name)
	c, err := client.New(client.Options{
		URL:   ps[0].url + "/v1/agent",
		Token: func(context.Context) (string, error) { return token, nil },
		OnEvent: func(e client.Event) {
			if _, changed := e.(client.RosterChanged); changed && ready.Load() {
				w.look()
			}
			a.events <- e
		},
		Dial: nodes(ps...),
		Rand: func() float64 { return 0.1 },
	})
	if err != nil {
		t.Fatal(err)
	}
	a.Client, w.client = c, c
	ready.Store(true)
	var ctx context.Context
	ctx, a.cancel = context.WithCancel(context.Background())
	go func() {
		defer close(a.ended)
		_ = c.Run(ctx)
	}()
	t.Cleanup(a.leaveWithoutLogout)
	await(a, func(client.Welcomed) bool { return true })
	return a, w
}

// A node that drains, one that is killed and one that is paused for longer than its lease: its agents go to another one,
// or on with it, and colleagues see nobody flicker.
func TestNobodyFlickersOverTheLossOfANode(t *testing.T) {
	t.Parallel()
	url := redistest.StartCluster(t).URL()
	const lease, grace = 2 * time.Second, 12 * time.Second
	ps := startThree(t, t.TempDir(), [3]string{url, url, url}, "--lease", lease.String(), "--ticket-ttl", "2s", "--grace", grace.String(), "--drain", "500ms")
	ann, w := watch(t, "Ann", ps[0])
	bob, _ := login(t, "Bob", ps[1], ps[2], ps[0])
	cid, _ := login(t, "Cid", ps[2], ps[0])
	dan, _ := login(t, "Dan", ps[1], ps[0])
	agents := []*agent{ann, bob, cid, dan}
	want := map[string]string{"Ann": "online", "Bob": "online", "Cid": "online", "Dan": "online", "Eve": "offline", "Meg": "offline", "Ned": "offline"}
	see(t, agents, "everybody", want)
	w.expect("Ann", "Bob", "Cid", "Dan")

	if err := ps[2].cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(lease + time.Second) // its lease is over, and grace is not
	if err := ps[2].cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	time.Sleep(lease)
	if code := ps[1].stop(); code != 0 {
		t.Errorf("the node that drained ended with %d", code)
	}
	for _, a := range []*agent{bob, dan} {
		if back := await(a, func(client.Welcomed) bool { return true }).Welcome; !back.Resumed {
			t.Errorf("%s did not resume", back.Teammate.Name)
		}
	}
	ps[2].kill()
	for _, a := range []*agent{bob, cid} {
		await(a, func(client.Welcomed) bool { return true })
	}
	time.Sleep(lease + grace + time.Second) // nothing that hangs on a dead node is left
	see(t, agents, "everybody still", want)
	if left := w.leavers(); left != "" {
		t.Errorf("were seen to leave: %s", left)
	}
	cid.leaveWithoutLogout()
	want["Cid"] = "offline"
	see(t, []*agent{ann, bob, dan}, "that Cid left", want)
}

// way is a node's own way to Redis, which can be made bad.
type way struct {
	*toxiproxy.Proxy
	t *testing.T
}

func newWay(t *testing.T, server *toxiproxy.ApiServer, upstream string) *way {
	t.Helper()
	p := toxiproxy.NewProxy(server, "redis", "127.0.0.1:0", upstream)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return &way{p, t}
}

func (w *way) url() string { return "redis://" + w.Listen }

// poison makes the way bad, as toxiproxy's documents say.
func (w *way) poison(toxic string) {
	w.t.Helper()
	if _, err := w.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *way) cure() { w.Toxics.ResetToxics(context.Background()) }

// The ways to Redis are cut, slow, stuck and lossy, each by its turn, while seats and statuses change: after quiet all replicas
// equal the store, which a node that has just started reads.
func TestPromise9_ReplicasEqualTheStoreAfterBadWays(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	var ways []*way
	var urls [3]string
	for i := range urls {
		w := newWay(t, server, redis.Addr())
		ways, urls[i] = append(ways, w), w.url()
	}
	dir := t.TempDir()
	ps := startThree(t, dir, urls, short...)
	names := []string{"Ann", "Bob", "Cid", "Dan", "Eve", "Ned"}
	var agents []*agent
	for i, name := range names {
		a, _ := login(t, name, turned(ps, i)...)
		agents = append(agents, a)
	}
	toxics := []string{
		`{"name":"cut","type":"reset_peer","stream":"downstream","attributes":{"timeout":50}}`,
		`{"name":"slow","type":"latency","stream":"downstream","attributes":{"latency":300,"jitter":200}}`,
		`{"name":"stuck","type":"timeout","stream":"downstream","attributes":{"timeout":0}}`,
		`{"name":"lossy","type":"limit_data","stream":"downstream","attributes":{"bytes":2000}}`,
		`{"name":"deaf","type":"timeout","stream":"upstream","attributes":{"timeout":700}}`,
	}
	dice := rand.New(rand.NewPCG(4, 9))
	chosen := []string{wire.StatusOnline, wire.StatusAway, wire.StatusBusy, wire.StatusInvisible}
	for round, toxic := range append(toxics, toxics...) {
		bad := ways[round%len(ways)]
		bad.poison(toxic)
		for range 15 {
			a := agents[dice.IntN(len(agents))]
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond) // what fails, fails
			switch dice.IntN(5) {
			case 0:
				_, _ = a.Take(ctx)
			case 1:
				_ = a.Leave(ctx)
			case 2:
				_ = a.SetIdle(ctx, dice.IntN(2) == 0)
			default:
				_, _ = a.SetStatus(ctx, chosen[dice.IntN(len(chosen))], nil, fmt.Sprint(round))
			}
			cancel()
		}
		bad.cure()
	}
	// What changed last while a way was cut is made up for without any other change.
	for i, w := range ways {
		w.poison(toxics[0])
		until(t, "a status is chosen on another node", func() bool {
			_, err := agents[(i+1)%len(ways)].SetStatus(t.Context(), wire.StatusAway, nil, fmt.Sprint("while ", i, " was cut"))
			return err == nil
		})
		w.cure()
	}
	witness := startServe(t, dir, ps[0].demo, append(slices.Clone(short), "--redis-url", redis.URL())...)
	sameEverywhere(t, append(ps, witness))
	// What apps show is what the store says, and what they chose last is what they are.
	meg := ps[0].demo.token("Meg")
	_, told := witness.call(meg, "GET", witness.license("/presence"), nil)
	truth := map[string]string{}
	for _, e := range told["roster"].([]any) {
		entry := e.(map[string]any)
		truth[entry["name"].(string)] = entry["status"].(string)
	}
	for i, name := range names {
		want := maps.Clone(truth)
		for other, status := range want {
			if status == wire.StatusInvisible && other != name && name != "Eve" {
				want[other] = wire.StatusOffline
			}
		}
		see(t, agents[i:i+1], "the truth", want)
	}
}
