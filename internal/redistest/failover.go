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

// Failover is a master with a replica, watched by one Sentinel.
type Failover struct {
	Master, Replica, Sentinel *Server
}

// FailoverName is the name by which the Sentinel of [StartFailover] knows its master.
const FailoverName = "usher"

// StartFailover runs a master (with further arguments as in [Launch]), a replica and a Sentinel for this test
// alone, and returns when the Sentinel knows both.
func StartFailover(t testing.TB, masterArgs ...string) *Failover {
	t.Helper()
	need(t, "redis-sentinel")
	f := &Failover{Master: Start(t, masterArgs...)}
	host, port, err := net.SplitHostPort(f.Master.Addr())
	if err != nil {
		t.Fatal(err)
	}
	f.Replica = Start(t, "--replicaof", host+" "+port, "--repl-diskless-sync-delay", "0")
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	text := fmt.Sprintf("sentinel monitor %[1]s %[2]s %[3]s 1\nsentinel down-after-milliseconds %[1]s 1000\n"+
		"sentinel failover-timeout %[1]s 3000\n", FailoverName, host, port)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f.Sentinel, err = launch("redis-sentinel", []string{config})
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
	t.Cleanup(f.Sentinel.Stop)
	f.await(t)
	return f
}

// URL is what Usher's settings take.
func (f *Failover) URL() string {
	return "redis+sentinel://" + f.Sentinel.Addr() + "/0?master=" + FailoverName
}

// Promote kills the master and has the Sentinel make the replica the new one; it returns when that answers as
// a master.
func (f *Failover) Promote(t testing.TB) {
	t.Helper()
	f.Master.Kill()
	client := redis.NewClient(&redis.Options{Addr: f.Replica.Addr(), DisableIdentity: true})
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	err := poll(ctx, func() error {
		info, err := client.Info(ctx, "replication").Result()
		if err == nil && !strings.Contains(info, "role:master") {
			err = errors.New("the replica is a replica still")
		}
		return err
	})
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
}

func (f *Failover) await(t testing.TB) {
	t.Helper()
	sentinel := redis.NewSentinelClient(&redis.Options{Addr: f.Sentinel.Addr(), DisableIdentity: true})
	defer sentinel.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	err := poll(ctx, func() error {
		replicas, err := sentinel.Replicas(ctx, FailoverName).Result()
		if err == nil && len(replicas) == 0 {
			err = errors.New("the Sentinel knows no replica yet")
		}
		return err
	})
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
}
