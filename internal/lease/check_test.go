package lease_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/internal/redistest"
)

const nodeLease = 15 * time.Second

func connect(t testing.TB, url string) redis.UniversalClient {
	t.Helper()
	client, err := lease.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestCheckPasses(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"single": redistest.URL(t), "cluster": redistest.ClusterURL(t)} {
		if warnings, err := lease.Check(t.Context(), connect(t, url), nodeLease); err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v, %q", name, err, warnings)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	gone := redistest.Start(t)
	gone.Kill()
	failover := redistest.StartFailover(t, 1)
	for name, tc := range map[string]struct{ url, want string }{
		"a server that is not there":  {gone.URL(), "can't be reached"},
		"a plain client to a Cluster": {"redis://" + redistest.ClusterURLs(t)[0], "use redis+cluster://"},
		"a replica":                   {failover.Replicas[0].URL(), "is a replica"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			_, err := lease.Check(ctx, connect(t, tc.url), nodeLease)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestCheckWarnsWhereAPromiseIsWeaker(t *testing.T) {
	t.Parallel()
	f := redistest.StartFailover(t, 1)
	client := connect(t, f.URL())
	for _, tc := range []struct{ replicas, lag, policy, want string }{
		{"0", "10", "noeviction", "min-replicas-to-write is 0"},
		{"1", "15", "noeviction", "not below the lease"},
		{"1", "10", "allkeys-lru", "allkeys-lru"},
		{"1", "10", "noeviction", ""},
	} {
		for name, value := range map[string]string{
			"min-replicas-to-write": tc.replicas, "min-replicas-max-lag": tc.lag,
			"maxmemory-policy": tc.policy, "maxmemory": "100mb",
		} {
			if err := client.ConfigSet(t.Context(), name, value).Err(); err != nil {
				t.Fatal(err)
			}
		}
		warnings, err := lease.Check(t.Context(), client, nodeLease)
		text := strings.Join(warnings, "\n")
		if err != nil || !strings.Contains(text, tc.want) || (tc.want == "") != (text == "") {
			t.Errorf("%+v: %v, %q", tc, err, warnings)
		}
		if lag, err := lease.ReplicaLag(t.Context(), client); err != nil || lag.String() != tc.lag+"s" {
			t.Errorf("%+v: %v, lag %s", tc, err, lag)
		}
	}
}

func TestReplicaLagWithoutReplicas(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"single": redistest.URL(t), "cluster": redistest.ClusterURL(t)} {
		if lag, err := lease.ReplicaLag(t.Context(), connect(t, url)); err != nil || lag != 0 {
			t.Errorf("%s: %v, %s", name, err, lag)
		}
	}
	gone := redistest.Start(t)
	gone.Kill()
	if _, err := lease.ReplicaLag(t.Context(), connect(t, gone.URL())); err == nil {
		t.Error("a server that is not there has no lag")
	}
}
