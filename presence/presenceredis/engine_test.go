package presenceredis_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/clocktest"
	"usher/internal/lease"
	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/presence"
	"usher/presence/presencemem"
	"usher/presence/presenceredis"
	"usher/presence/presencetest"
)

func TestMain(m *testing.M) { redistest.Main(m) }

func connect(t testing.TB, url string) redis.UniversalClient {
	t.Helper()
	client, err := lease.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

const patient = "?pool_size=64&timeout=20s" // the machine may be busy with other tests

// deployments are one server and a Cluster.
func deployments(t *testing.T) map[string]redis.UniversalClient {
	t.Helper()
	return map[string]redis.UniversalClient{
		"Single": connect(t, redistest.URL(t)+patient), "Cluster": connect(t, redistest.ClusterURL(t)+patient),
	}
}

// timed makes engines on a clock that the test moves.
func timed(client redis.UniversalClient) presencetest.Factory {
	return func(t testing.TB) presencetest.Engine {
		clock := leasetest.NewClock()
		k := keeper{t, client, clock.Time}
		return presencetest.Engine{
			Store: presenceredis.NewTimed(t, client, clock), Now: clock.Time, Advance: clock.Advance,
			Lease: k.renew, Forget: k.forget,
		}
	}
}

// keeper keeps leases of nodes as the engine of seats does, in the keys that engines share.
type keeper struct {
	t      testing.TB
	client redis.UniversalClient
	now    func() time.Time
}

// onServer keeps leases by the server's clock, as far as the machine shows the same.
func onServer(t testing.TB, client redis.UniversalClient) keeper { return keeper{t, client, time.Now} }

var renewing = lease.NewLibrary(lease.Assemble(lease.LeaseKeys, `
local function call()
  leases[node], now = lease_end(node), deadline
  prolong(node, tonumber(ARGV[3]))
end`))

func (k keeper) keys(license presence.LicenseID) []string {
	return lease.Keys("usher", "", string(license), lease.LeaseKeys)
}

func (k keeper) renew(license presence.LicenseID, node presence.NodeID, d time.Duration) {
	k.t.Helper()
	err := renewing.Run(k.t.Context(), k.client, k.keys(license), k.now().UnixMilli(), string(node), d.Milliseconds()).Err()
	if err != nil && !errors.Is(err, redis.Nil) {
		k.t.Fatal(err)
	}
}

func (k keeper) forget(license presence.LicenseID, node presence.NodeID) {
	k.t.Helper()
	keys := k.keys(license)
	if err := errors.Join(k.client.HDel(k.t.Context(), keys[0], string(node)).Err(),
		k.client.ZRem(k.t.Context(), keys[1], string(node)).Err()); err != nil {
		k.t.Fatal(err)
	}
}

func inProcess(testing.TB) presencetest.Engine {
	c := clocktest.At(time.Now())
	leases := presencetest.NewLeases(c.Now)
	return presencetest.Engine{
		Store: presencemem.New(presencemem.Options{Now: c.Now, Leases: leases.End, Lease: presencetest.LeaseTime}),
		Now:   c.Now, Advance: c.Advance, Lease: leases.Renew, Forget: leases.Forget,
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, client := range deployments(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			presencetest.Run(t, timed(client))
		})
	}
}

func TestModel(t *testing.T) {
	t.Parallel()
	for name, client := range deployments(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			presencetest.RunModel(t, inProcess, timed(client))
		})
	}
}
