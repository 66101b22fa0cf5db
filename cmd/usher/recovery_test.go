package main

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/gateway/client"
	"usher/gateway/wire"
	"usher/internal/redistest"
)

// What an engine's loss of memory looks like from outside. Each of these ways of losing it comes upon three who hold the
// seats and one who waits; while they are connected none of them may notice more than that nothing moves for a while.
func TestRedisForgets(t *testing.T) {
	t.Parallel()
	// One lease and one ticket's life is how long newcomers wait.
	args := []string{"--lease", "2s", "--ticket-ttl", "2s", "--grace", "8s"}
	alone := func(redisArgs ...string) func(*testing.T) (string, *redistest.Server) {
		return func(t *testing.T) (string, *redistest.Server) {
			s := redistest.Start(t, redisArgs...)
			url := s.URL()
			return url, s
		}
	}
	for name, tc := range map[string]struct {
		start  func(*testing.T) (url string, s *redistest.Server)
		before func(*testing.T, *redistest.Server) // while only two of the seats are taken
		forget func(*testing.T, *redistest.Server)
	}{
		"all keys are flushed": {start: alone(), forget: flush},
		"restart without persistence": {
			start: alone(), forget: func(t *testing.T, s *redistest.Server) { s.Restart(t) },
		},
		"restart with an old file": {
			start: alone(),
			before: func(t *testing.T, s *redistest.Server) {
				askRedis(t, s, func(c *redis.Client) error { return c.Save(t.Context()).Err() })
			},
			forget: func(t *testing.T, s *redistest.Server) { s.Restart(t) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, s := tc.start(t)
			p := startDemo(t, t.TempDir(), append([]string{"--redis-url", url}, args...)...)
			before := func() {
				if tc.before != nil {
					tc.before(t, s)
				}
			}
			keepsWhatTheyHad(t, p, before, func() { tc.forget(t, s) })
		})
	}
}

func flush(t *testing.T, s *redistest.Server) { flushAll(t, s) }

// A failover to a replica that knows nothing, or only what was some time ago, is a loss of memory like any other.
func TestFailoverToAReplicaThatIsBehind(t *testing.T) {
	t.Parallel()
	args := []string{"--lease", "3s", "--ticket-ttl", "2s", "--grace", "12s"}
	for name, empty := range map[string]bool{"empty": true, "older": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := redistest.StartFailover(t, 1, "--replica-read-only", "no")
			replica := f.Replicas[0]
			p := startDemo(t, t.TempDir(), append([]string{"--redis-url", f.URL()}, args...)...)
			old := map[string]string{}
			before := func() {
				askRedis(t, replica, func(c *redis.Client) (err error) { old, err = dump(t.Context(), c); return err })
			}
			keepsWhatTheyHad(t, p, before, func() {
				f.Master.Kill()
				askRedis(t, replica, func(c *redis.Client) error {
					if err := c.FlushAll(t.Context()).Err(); err != nil || empty {
						return err
					}
					return restore(t.Context(), c, old)
				})
				f.Promote(t)
			})
		})
	}
}

// keepsWhatTheyHad has three hold the seats and one wait, lets the engine forget, and checks that all of them have what
// they had, and that nobody was told otherwise. before is called when only two seats were taken.
func keepsWhatTheyHad(t *testing.T, p *process, before, forget func()) {
	t.Helper()
	had := map[string]wire.Seat{}
	agents := map[string]*agent{}
	seated := func(name string) {
		a, w := login(t, name, p)
		if w.Seat.State != wire.SeatHeld {
			t.Fatalf("%s: %+v", name, w.Seat)
		}
		agents[name], had[name] = a, w.Seat
	}
	seated("Ann")
	seated("Bob")
	before()
	seated("Cid")
	dan, _ := login(t, "Dan", p)
	if seat, err := dan.Wait(t.Context()); err != nil || seat.State != wire.SeatWaiting {
		t.Fatalf("dan: %+v %v", seat, err)
	}

	forget()
	eve, w := newcomer(t, p)
	if w.Seat.State == wire.SeatHeld {
		t.Fatalf("eve was let in before the seats were claimed: %+v", w.Seat)
	}
	until(t, "eve is told that all is full", func() bool {
		seat, err := eve.Take(t.Context())
		if err == nil && seat.State == wire.SeatHeld {
			t.Fatalf("eve: %+v", seat)
		}
		return err == nil && seat.Code == "seats_full"
	})
	for name, a := range agents {
		seat := a.take()
		if seat.State != wire.SeatHeld || seat.Fence != had[name].Fence || seat.Number != had[name].Number {
			t.Errorf("%s had %+v, has %+v", name, had[name], seat)
		}
	}
	if seat, err := dan.Wait(t.Context()); err != nil || seat.State != wire.SeatWaiting || seat.Place != 1 {
		t.Errorf("dan: %+v %v", seat, err)
	}
	agents["Dan"] = dan
	for name, a := range maps.All(agents) {
		toldNothingElse(t, name, a)
	}
}

// newcomer logs Eve in, as soon as that works.
func newcomer(t *testing.T, p *process) (*agent, wire.Welcome) {
	t.Helper()
	eve, w := login(t, "Eve", p)
	return eve, w
}

// toldNothingElse fails when an agent was told that its seat is lost, or another one, or was disconnected.
func toldNothingElse(t *testing.T, name string, a *agent) {
	t.Helper()
	for {
		select {
		case e := <-a.events:
			switch e.(type) {
			case client.SeatLost, client.SeatGranted, client.Disconnected:
				t.Errorf("%s was told %#v", name, e)
			}
		default:
			return
		}
	}
}

// A cut of all nodes from Redis for longer than lease and grace: holders are suspended meanwhile and have their seats
// after it. The engine forgot nothing, and takes nothing away before those who live could say so.
func TestLongCutTakesNobodysSeat(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	one, two := startTwo(t, redis.URL(), "--lease", "2s", "--ticket-ttl", "2s", "--grace", "3s")
	ann, w := login(t, "Ann", one)
	bob, w2 := login(t, "Bob", two)

	redis.Pause(t)
	for _, a := range []*agent{ann, bob} {
		await(a, func(client.SeatSuspended) bool { return true })
	}
	time.Sleep(7 * time.Second) // longer than lease and grace: real time, as Redis has no other clock
	redis.Resume(t)
	for name, had := range map[string]wire.Seat{"ann": w.Seat, "bob": w2.Seat} {
		a := map[string]*agent{"ann": ann, "bob": bob}[name]
		restored := await(a, func(client.SeatRestored) bool { return true }).Seat
		if restored.Fence != had.Fence || restored.Number != had.Number {
			t.Errorf("%s had %+v, has %+v", name, had, restored)
		}
		toldNothingElse(t, name, a)
	}
}

// askRedis asks a server as a client of its own.
func askRedis(t *testing.T, s *redistest.Server, do func(*redis.Client) error) {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.Addr()})
	defer c.Close()
	if err := do(c); err != nil {
		t.Fatal(err)
	}
}

// dump reads all keys of a server, and restore writes them.
func dump(ctx context.Context, c *redis.Client) (map[string]string, error) {
	keys, err := c.Keys(ctx, "*").Result()
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, k := range keys {
		if all[k], err = c.Dump(ctx, k).Result(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func restore(ctx context.Context, c *redis.Client, all map[string]string) error {
	for k, v := range all {
		if err := c.RestoreReplace(ctx, k, 0, v).Err(); err != nil {
			return err
		}
	}
	return nil
}
