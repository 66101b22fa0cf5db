package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

const (
	clusterMasters = 3
	clusterSlots   = 16384
)

// Cluster is a Redis Cluster of three masters without replicas.
type Cluster struct {
	Servers []*Server
}

// LaunchCluster starts a Cluster and waits until every node calls it complete. The caller has to
// [Cluster.Stop] it. Tests use [ClusterURL] instead.
func LaunchCluster() (*Cluster, error) { return launchCluster(loopback) }

func launchCluster(host string) (*Cluster, error) {
	c := &Cluster{}
	for range clusterMasters {
		s, err := launchMaster(host)
		if err != nil {
			c.Stop()
			return nil, err
		}
		c.Servers = append(c.Servers, s)
	}
	if err := c.join(); err != nil {
		c.Stop()
		return nil, fmt.Errorf("cluster did not form: %w", err)
	}
	return c, nil
}

func launchMaster(host string) (*Server, error) {
	bus, err := freePort(host)
	if err != nil {
		return nil, err
	}
	// A busy machine must not look like a broken node: the time-out is generous.
	args := []string{
		"--cluster-enabled", "yes", "--cluster-node-timeout", "15000",
		"--cluster-announce-ip", host, "--cluster-port", strconv.Itoa(bus),
	}
	if host != loopback { // a server without a password lets nobody else in, unless it is told to
		args = append(args, "--protected-mode", "no")
	}
	return launch("redis-server", host, args)
}

// StartCluster runs a Cluster for this test alone, and stops it when the test is over.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	return StartClusterOn(t, loopback)
}

// StartClusterOn is [StartCluster] on an IP address of this machine, which the Cluster announces to its clients.
// Whoever reaches the address may use the Cluster: it should be one that only the test's own processes do.
func StartClusterOn(t testing.TB, host string) *Cluster {
	t.Helper()
	need(t, "redis-server")
	c, err := launchCluster(host)
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
	t.Cleanup(c.Stop)
	return c
}

// URL is the Cluster as Usher's settings take it.
func (c *Cluster) URL() string { return clusterURL(c.Addrs()) }

func clusterURL(addrs []string) string { return "redis+cluster://" + strings.Join(addrs, ",") }

// Addrs are host:port of the masters.
func (c *Cluster) Addrs() []string {
	var addrs []string
	for _, s := range c.Servers {
		addrs = append(addrs, s.Addr())
	}
	return addrs
}

// Stop ends all nodes.
func (c *Cluster) Stop() {
	for _, s := range c.Servers {
		s.Stop()
	}
}

func (c *Cluster) join() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	clients := make([]*redis.Client, len(c.Servers))
	for i, s := range c.Servers {
		clients[i] = redis.NewClient(&redis.Options{Addr: s.Addr(), DisableIdentity: true})
	}
	defer func() {
		for _, client := range clients {
			_ = client.Close()
		}
	}()
	for i, client := range clients {
		first, last := i*clusterSlots/len(clients), (i+1)*clusterSlots/len(clients)-1
		err := errors.Join(
			client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(), // so that they needn't settle it among themselves
			client.ClusterAddSlotsRange(ctx, first, last).Err(),
		)
		if err != nil {
			return err
		}
	}
	bus, err := clients[0].ConfigGet(ctx, "cluster-port").Result()
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(c.Servers[0].Addr())
	if err != nil {
		return err
	}
	for _, client := range clients[1:] {
		if err := client.Do(ctx, "CLUSTER", "MEET", host, port, bus["cluster-port"]).Err(); err != nil {
			return err
		}
	}
	for _, client := range clients {
		if err := poll(ctx, func() error { return complete(ctx, client, len(clients)) }); err != nil {
			return err
		}
	}
	return nil
}

// complete tells why a node does not see the whole Cluster yet, or nil.
func complete(ctx context.Context, client *redis.Client, nodes int) error {
	info, err := client.ClusterInfo(ctx).Result()
	if err != nil {
		return err
	}
	for _, want := range []string{
		"cluster_state:ok", fmt.Sprintf("cluster_slots_ok:%d", clusterSlots), fmt.Sprintf("cluster_size:%d", nodes),
	} {
		if !strings.Contains(info, want+"\r") {
			return fmt.Errorf("not %s yet", want)
		}
	}
	return nil
}
