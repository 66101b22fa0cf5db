package redistest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"usher/internal/redistest"
)

func TestMain(m *testing.M) { redistest.Main(m) }

func connect(t *testing.T, url string) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	o.MaxRetries, o.ContextTimeoutEnabled = -1, true
	client := redis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestSharedServerIsTheSameForAll(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(redistest.URL(t), redistest.URL(t)); diff != "" {
		t.Error(diff)
	}
	if err := connect(t, redistest.URL(t)).Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
}

func TestClusterServesEverySlot(t *testing.T) {
	t.Parallel()
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: redistest.ClusterURLs(t)})
	defer client.Close()
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		if err := client.Set(t.Context(), "redistest:"+key, 1, time.Minute).Err(); err != nil {
			t.Errorf("key %s: %v", key, err)
		}
	}
}

func TestKilledServerForgetsAndKeepsItsPort(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	client := connect(t, s.URL())
	if err := client.Set(t.Context(), "k", 1, 0).Err(); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if err := client.Ping(t.Context()).Err(); err == nil {
		t.Fatal("a killed server answered")
	}
	s.Restart(t)
	if err := connect(t, s.URL()).Get(t.Context(), "k").Err(); !errors.Is(err, redis.Nil) {
		t.Fatalf("after a restart: %v, want nothing", err)
	}
}

func TestPausedServerAnswersLater(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	client := connect(t, s.URL())
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	s.Pause(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := client.Ping(ctx).Err(); err == nil {
		t.Error("a paused server answered")
	}
	s.Resume(t)
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
}

func TestFailoverIsComplete(t *testing.T) {
	t.Parallel()
	f := redistest.StartFailover(t, 1)
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: redistest.FailoverName, SentinelAddrs: []string{f.Sentinel.Addr()},
	})
	defer client.Close()
	if err := client.Set(t.Context(), "k", 1, 0).Err(); err != nil {
		t.Error(err)
	}
}
