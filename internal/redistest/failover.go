package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Failover is a master with replicas, watched by one Sentinel.
type Failover struct {
	Master, Sentinel *Server
	Replicas         []*Server
}

// FailoverName is the name by which the Sentinel of [StartFailover] knows its master.
const FailoverName = "usher"

// StartFailover runs a master with so many replicas (with further arguments for each, as in [Launch]) and a Sentinel
// for this test alone, and returns when the Sentinel knows them all, and the master sends them what it writes.
func StartFailover(t testing.TB, replicas int, args ...string) *Failover {
	t.Helper()
	need(t, "redis-sentinel")
	f := &Failover{Master: Start(t, args...)}
	host, port, err := net.SplitHostPort(f.Master.Addr())
	if err != nil {
		t.Fatal(err)
	}
	for range replicas {
		following := []string{"--replicaof", host + " " + port, "--repl-diskless-sync-delay", "0"}
		f.Replicas = append(f.Replicas, Start(t, append(following, args...)...))
	}
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	text := fmt.Sprintf("sentinel monitor %[1]s %[2]s %[3]s 1\nsentinel down-after-milliseconds %[1]s 1000\n"+
		"sentinel failover-timeout %[1]s 3000\nsentinel parallel-syncs %[1]s %[4]d\n", FailoverName, host, port, replicas)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f.Sentinel, err = launch("redis-sentinel", loopback, []string{config})
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
	t.Cleanup(f.Sentinel.Stop)
	f.await(t)
	f.awaitReplicas(t)
	return f
}

// URL is what Usher's settings take.
func (f *Failover) URL() string {
	return "redis+sentinel://" + f.Sentinel.Addr() + "/0?master=" + FailoverName
}

// Promote kills the master and has the Sentinel make a replica the new one; it returns that when it answers as a
// master.
func (f *Failover) Promote(t testing.TB) *Server {
	t.Helper()
	f.Master.Kill()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	var promoted *Server
	err := poll(ctx, func() (err error) {
		for _, r := range f.Replicas {
			info, asked := replication(ctx, r)
			if asked == nil && strings.Contains(info, "role:master") {
				promoted = r
				return nil
			}
			err = errors.Join(err, asked)
		}
		return errors.Join(errors.New("the replicas are replicas still"), err)
	})
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
	return promoted
}

// Forget has the master, whoever is one by now, lose all it has: on a busy machine the Sentinel may fail over once more by itself.
func (f *Failover) Forget(t testing.TB) {
	t.Helper()
	f.askSentinel(t, func(ctx context.Context, sentinel *redis.SentinelClient) error {
		at, err := sentinel.GetMasterAddrByName(ctx, FailoverName).Result()
		if err != nil {
			return err
		}
		client := redis.NewClient(&redis.Options{Addr: net.JoinHostPort(at[0], at[1]), DisableIdentity: true})
		defer client.Close()
		return client.FlushAll(ctx).Err()
	})
}

func (f *Failover) await(t testing.TB) {
	t.Helper()
	f.askSentinel(t, func(ctx context.Context, sentinel *redis.SentinelClient) error {
		replicas, err := sentinel.Replicas(ctx, FailoverName).Result()
		if err == nil && len(replicas) < len(f.Replicas) {
			err = errors.New("the Sentinel does not know all replicas yet")
		}
		return err
	})
}

// askSentinel asks until the answer is good.
func (f *Failover) askSentinel(t testing.TB, ask func(context.Context, *redis.SentinelClient) error) {
	t.Helper()
	sentinel := redis.NewSentinelClient(&redis.Options{Addr: f.Sentinel.Addr(), DisableIdentity: true})
	defer sentinel.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if err := poll(ctx, func() error { return ask(ctx, sentinel) }); err != nil {
		t.Fatalf("redistest: %v", err)
	}
}

// awaitReplicas waits until what is written to the master reaches all replicas.
func (f *Failover) awaitReplicas(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	err := poll(ctx, func() error {
		info, err := replication(ctx, f.Master)
		if err == nil && strings.Count(info, "state=online") < len(f.Replicas) {
			err = errors.New("the master does not have all replicas yet")
		}
		return err
	})
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
}

// replication is what a server says of its part in replication.
func replication(ctx context.Context, s *Server) (string, error) {
	client := redis.NewClient(&redis.Options{Addr: s.Addr(), DisableIdentity: true})
	defer client.Close()
	return client.Info(ctx, "replication").Result()
}
