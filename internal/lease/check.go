package lease

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const minMajor = 7 // sharded pub/sub

// Check asks the server, or every master of a Cluster, whether engines can work there. What it warns of makes a
// promise weaker, and should be said aloud. lease is how long a node's lease lasts.
//
// Errors: the server can't be reached, is too old, is a replica, or is a Cluster behind a plain client.
func Check(ctx context.Context, client redis.UniversalClient, lease time.Duration) (warnings []string, err error) {
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		warnings, err := checkServer(ctx, client, lease, "standalone")
		if err != nil {
			return nil, fmt.Errorf("redis: %w", err)
		}
		return warnings, nil
	}
	var mu sync.Mutex // masters are asked concurrently
	seen := map[string]bool{}
	err = cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
		w, err := checkServer(ctx, master, lease, "cluster")
		mu.Lock()
		defer mu.Unlock()
		for _, text := range w {
			if !seen[text] {
				seen[text] = true
				warnings = append(warnings, text)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	return warnings, nil
}

func checkServer(ctx context.Context, client redis.UniversalClient, lease time.Duration, mode string) ([]string, error) {
	text, err := client.Info(ctx).Result()
	if err != nil {
		return nil, fmt.Errorf("can't be reached: %w", err)
	}
	info := parseInfo(text)
	major, _, _ := strings.Cut(info["redis_version"], ".")
	if n, err := strconv.Atoi(major); err != nil || n < minMajor {
		return nil, fmt.Errorf("version %q is too old, %d.0 or newer is needed (sharded pub/sub)", info["redis_version"], minMajor)
	}
	if mode != "cluster" && info["redis_mode"] == "cluster" {
		return nil, errors.New("the server is a node of a Cluster: use redis+cluster://")
	}
	if info["role"] == "slave" {
		return nil, errors.New("the server is a replica: connect to the master, or use redis+sentinel:// or redis+cluster://")
	}
	var warnings []string
	if policy := info["maxmemory_policy"]; info["maxmemory"] != "0" && strings.HasPrefix(policy, "allkeys-") {
		warnings = append(warnings, fmt.Sprintf(
			"maxmemory-policy %s lets Redis throw away seats; use noeviction", policy))
	}
	if replicas, _ := strconv.Atoi(info["connected_slaves"]); replicas > 0 {
		warnings = append(warnings, checkReplicas(ctx, client, lease)...)
	}
	return warnings, nil
}

// checkReplicas holds the server's settings against what keeps the cap across a failover: a master that has
// lost its replicas must stop granting before its nodes' leases are over.
func checkReplicas(ctx context.Context, client redis.UniversalClient, lease time.Duration) []string {
	const weaker = "after a failover more seats than the total may be granted for a moment"
	settings, err := client.ConfigGet(ctx, "min-replicas-*").Result()
	if err != nil {
		return []string{"the server has replicas, and min-replicas-to-write can't be read; unless it is 1 or more, " + weaker}
	}
	atLeast, _ := strconv.Atoi(settings["min-replicas-to-write"])
	lag, _ := strconv.Atoi(settings["min-replicas-max-lag"])
	if atLeast < 1 {
		return []string{"the server has replicas, but min-replicas-to-write is 0: " + weaker}
	}
	if lag == 0 || time.Duration(lag)*time.Second >= lease {
		return []string{fmt.Sprintf("min-replicas-max-lag is %d s, not below the lease of %s: %s", lag, lease, weaker)}
	}
	return nil
}

// ReplicaLag is min-replicas-max-lag where the server, or a master of the Cluster, has replicas: for so long a master
// that was cut off from them may have gone on. 0: there are none, or the setting can't be read, which [Check] warns of.
// Errors: the server can't be reached.
func ReplicaLag(ctx context.Context, client redis.UniversalClient) (lag time.Duration, err error) {
	if cluster, ok := client.(*redis.ClusterClient); ok {
		var mu sync.Mutex // masters are asked concurrently
		err = cluster.ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
			one, err := replicaLag(ctx, master)
			mu.Lock()
			defer mu.Unlock()
			lag = max(lag, one)
			return err
		})
	} else {
		lag, err = replicaLag(ctx, client)
	}
	if err != nil {
		return 0, fmt.Errorf("redis: can't be reached: %w", err)
	}
	return lag, nil
}

func replicaLag(ctx context.Context, client redis.UniversalClient) (time.Duration, error) {
	text, err := client.Info(ctx, "replication").Result()
	if err != nil {
		return 0, err
	}
	if replicas, _ := strconv.Atoi(parseInfo(text)["connected_slaves"]); replicas == 0 {
		return 0, nil
	}
	settings, err := client.ConfigGet(ctx, "min-replicas-max-lag").Result()
	if err != nil {
		return 0, nil //nolint:nilerr // managed servers keep their settings to themselves; Check has warned
	}
	seconds, _ := strconv.Atoi(settings["min-replicas-max-lag"])
	return time.Duration(seconds) * time.Second, nil
}

func parseInfo(text string) map[string]string {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info
}
