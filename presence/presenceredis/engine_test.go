package presenceredis_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/clocktest"
	"usher/internal/lease"
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

// deployments are one server and a Cluster.
func deployments(t *testing.T) map[string]redis.UniversalClient {
	t.Helper()
	const patient = "?pool_size=64&timeout=20s" // the machine may be busy with other tests
	return map[string]redis.UniversalClient{
		"Single": connect(t, redistest.URL(t)+patient), "Cluster": connect(t, redistest.ClusterURL(t)+patient),
	}
}

// timed makes engines on a clock that the test moves. Leases are in the record that engines on Redis share.
func timed(client redis.UniversalClient) presencetest.Factory {
	return func(t testing.TB) presencetest.Engine {
		clock := presenceredis.NewTestClock()
		s := presenceredis.NewTimed(t, client, clock, presencetest.LeaseTime)
		return presencetest.Engine{
			Store: s, Now: clock.Clock.Now, Advance: clock.Advance,
			Lease: func(license presence.LicenseID, node presence.NodeID, d time.Duration) {
				// As a renewal does, which never shortens.
				end := strconv.FormatInt(clock.Clock.Now().Add(d).UnixMilli(), 10)
				n, _ := strconv.ParseFloat(end, 64)
				if err := client.ZAddGT(t.Context(), s.Keys(license)["nodes"], redis.Z{Score: n, Member: string(node)}).Err(); err != nil {
					t.Error(err)
				}
			},
			Forget: func(license presence.LicenseID, node presence.NodeID) {
				if err := client.ZRem(t.Context(), s.Keys(license)["nodes"], string(node)).Err(); err != nil {
					t.Error(err)
				}
			},
		}
	}
}

// model is the in-process engine on a clock that the test moves.
func model(testing.TB) presencetest.Engine {
	c := clocktest.At(time.Now().UTC())
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
			presencetest.RunModel(t, model, timed(client))
		})
	}
}
