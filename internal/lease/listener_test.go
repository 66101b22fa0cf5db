package lease_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/internal/redistest"
)

const patience = 20 * time.Second

// ear collects what a watcher is told.
type ear chan lease.Notice

func newEar() ear { return make(ear, 10_000) }

func (e ear) hear(n lease.Notice) { e <- n }

func (e ear) next(t *testing.T) lease.Notice {
	t.Helper()
	select {
	case n := <-e:
		return n
	case <-time.After(patience):
		t.Fatal("nothing heard")
		return lease.Notice{}
	}
}

// missed waits for the notice that something may have been missed, whatever came before.
func (e ear) missed(t *testing.T) {
	t.Helper()
	e.until(t, func(n lease.Notice) bool { return n.Missed })
}

// until passes over what is heard until it is the thing.
func (e ear) until(t *testing.T, thing func(lease.Notice) bool) {
	t.Helper()
	for n := e.next(t); !thing(n); n = e.next(t) {
		t.Logf("passed over %+v", n)
	}
}

func listen(t *testing.T, client redis.UniversalClient) *lease.Listener {
	t.Helper()
	l := lease.NewListener(client, lease.ListenerOptions{Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Health: 200 * time.Millisecond, Subscribe: patience})
	t.Cleanup(l.Close)
	return l
}

func watch(t *testing.T, l *lease.Listener, channel string) (ear, func()) {
	t.Helper()
	e := newEar()
	stop, err := l.Watch(t.Context(), channel, e.hear)
	if err != nil {
		t.Fatal(err)
	}
	if n := e.next(t); !n.Missed {
		t.Fatalf("the first notice is %+v", n)
	}
	return e, stop
}

func publish(t *testing.T, client redis.UniversalClient, channel, payload string) {
	t.Helper()
	if err := client.SPublish(t.Context(), channel, payload).Err(); err != nil {
		t.Fatal(err)
	}
}

func (e ear) expect(t *testing.T, payload string) {
	t.Helper()
	if n := e.next(t); n.Missed || n.Payload != payload {
		t.Fatalf("heard %+v, want %q", n, payload)
	}
}

// channels returns names in as many slots.
func channels(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("test:{%s}:changes", uuid.NewString())
	}
	return names
}

func eachServer(t *testing.T, test func(t *testing.T, client redis.UniversalClient)) {
	for name, url := range map[string]string{"single": redistest.URL(t), "cluster": redistest.ClusterURL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, connect(t, url))
		})
	}
}

func TestEverythingIsHeardInOrder(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, client redis.UniversalClient) {
		l := listen(t, client)
		names := channels(100)
		ears := make([]ear, len(names))
		for i, name := range names {
			ears[i], _ = watch(t, l, name)
		}
		second, stop := watch(t, l, names[0])
		for n := range 20 {
			for _, name := range names {
				publish(t, client, name, strconv.Itoa(n))
			}
		}
		for n := range 20 {
			for _, e := range append([]ear{second}, ears...) {
				e.expect(t, strconv.Itoa(n))
			}
		}
		stop()
		stop()
		publish(t, client, names[0], "after")
		ears[0].expect(t, "after")
		if len(second) > 0 {
			t.Errorf("a watcher that was stopped heard %+v", <-second)
		}
	})
}

func TestWatchingAgainHearsAgain(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, client redis.UniversalClient) {
		l := listen(t, client)
		name := channels(1)[0]
		for i := range 50 {
			e, stop := watch(t, l, name)
			publish(t, client, name, strconv.Itoa(i))
			e.expect(t, strconv.Itoa(i))
			stop()
		}
	})
}

func TestLostConnectionIsMadeAgainAndTold(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*testing.T, *redistest.Server, redis.UniversalClient){
		"killed by the server": func(t *testing.T, _ *redistest.Server, client redis.UniversalClient) {
			client.ClientKillByFilter(t.Context(), "TYPE", "pubsub")
		},
		"server restarted": func(t *testing.T, s *redistest.Server, _ redis.UniversalClient) { s.Restart(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t)
			client := connect(t, s.URL())
			l := listen(t, client)
			names := channels(20)
			var ears []ear
			for _, name := range names {
				e, _ := watch(t, l, name)
				ears = append(ears, e)
			}
			lose(t, s, client)
			for i, e := range ears {
				e.missed(t)
				publish(t, client, names[i], "again")
				e.until(t, func(n lease.Notice) bool { return n.Payload == "again" })
			}
		})
	}
}

func TestHalfDeadConnectionIsNoticed(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	client := connect(t, s.URL())
	l := listen(t, client)
	name := channels(1)[0]
	e, _ := watch(t, l, name)
	s.Pause(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := l.Watch(ctx, channels(1)[0], newEar().hear); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("watching on a paused server: %v", err)
	}
	await(t, func() bool { return l.Connections() == 0 }, "the connection is still trusted")
	s.Resume(t)
	e.missed(t)
	publish(t, client, name, "again")
	e.expect(t, "again")
}

func TestMovedSlotIsFollowed(t *testing.T) {
	t.Parallel()
	redistest.URL(t) // skips without Redis
	cluster, err := redistest.LaunchCluster()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Stop)
	addrs := cluster.Addrs()
	client := connect(t, "redis+cluster://"+addrs[0]+","+addrs[1]+","+addrs[2])
	l := listen(t, client)
	name, other := "test:{moving}:changes", "test:{staying}:changes"
	e, _ := watch(t, l, name)
	o, _ := watch(t, l, other)

	slot, err := client.ClusterKeySlot(t.Context(), name).Result()
	if err != nil {
		t.Fatal(err)
	}
	move(t, addrs, int(slot))
	e.missed(t)
	e.hearsSoon(t, client, name)
	o.hearsSoon(t, client, other) // may have been on the same connection
}

// hearsSoon publishes until it is heard: the connection, or the publisher's map, may not be there yet.
func (e ear) hearsSoon(t *testing.T, client redis.UniversalClient, channel string) {
	t.Helper()
	text := uuid.NewString()
	await(t, func() bool {
		_ = client.SPublish(t.Context(), channel, text).Err()
		for len(e) > 0 {
			if n := <-e; n.Payload == text {
				return true
			}
		}
		return false
	}, "not heard again")
}

// move gives a slot to the next master.
func move(t *testing.T, addrs []string, slot int) {
	t.Helper()
	clients := make([]*redis.Client, len(addrs))
	ids := make([]string, len(addrs))
	from := -1
	for i, addr := range addrs {
		clients[i] = connect(t, "redis://"+addr).(*redis.Client)
		id, err := clients[i].Do(t.Context(), "CLUSTER", "MYID").Text()
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = id
		if first, last := i*16384/3, (i+1)*16384/3-1; first <= slot && slot <= last {
			from = i
		}
	}
	to := (from + 1) % len(addrs)
	for _, i := range []int{to, from, (to + 1) % len(addrs)} { // the receiver first, else both deny it
		if err := clients[i].Do(t.Context(), "CLUSTER", "SETSLOT", slot, "NODE", ids[to]).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func await(t *testing.T, what func() bool, otherwise string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !what(); {
		if time.Now().After(deadline) {
			t.Fatal(otherwise)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestServerThatIsNotThereIsSaidSo(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Kill()
	l := lease.NewListener(connect(t, s.URL()), lease.ListenerOptions{Subscribe: 200 * time.Millisecond})
	defer l.Close()
	if _, err := l.Watch(t.Context(), "c", newEar().hear); err == nil {
		t.Fatal("watching a server that is not there")
	}
	s.Restart(t)
	await(t, func() bool {
		stop, err := l.Watch(t.Context(), "c", newEar().hear)
		if err == nil {
			stop()
		}
		return err == nil
	}, "not heard after the server came")
}

func TestClosedListenerIsSilent(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, client redis.UniversalClient) {
		l := lease.NewListener(client, lease.ListenerOptions{})
		name := channels(1)[0]
		e, stop := watch(t, l, name)
		l.Close()
		l.Close()
		publish(t, client, name, "late")
		stop()
		if len(e) > 0 {
			t.Errorf("heard %+v", <-e)
		}
		if _, err := l.Watch(t.Context(), name, e.hear); !errors.Is(err, lease.ErrClosed) {
			t.Errorf("watching a closed listener: %v", err)
		}
	})
}
