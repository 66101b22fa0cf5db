package seatsredis_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/seats"
	"usher/seats/seatsmem"
	"usher/seats/seatsredis"
	"usher/seats/seatstest"
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

// timed makes engines on a clock that the test moves.
func timed(client redis.UniversalClient) seatstest.Factory {
	return func(t testing.TB) seatstest.Engine {
		clock := leasetest.NewClock()
		return seatstest.Engine{
			Store: seatsredis.NewTimed(t, client, clock), Now: clock.Time, Advance: clock.Advance,
			LeaseEnd: leaseEnd(t, client),
		}
	}
}

// leaseEnd reads the leases of nodes as another engine's script does.
func leaseEnd(t testing.TB, client redis.UniversalClient) func(seats.LicenseID, seats.NodeID) (time.Time, bool) {
	script := lease.NewLibrary(lease.Assemble(lease.LeaseKeys, "local function call() return lease_end(node) end"))
	return func(license seats.LicenseID, n seats.NodeID) (time.Time, bool) {
		ms, err := script.Run(t.Context(), client, lease.Keys("usher", "", string(license), lease.LeaseKeys), 0, string(n)).Int64()
		if errors.Is(err, redis.Nil) {
			return time.Time{}, false
		}
		if err != nil {
			t.Fatal(err)
		}
		return time.UnixMilli(ms), true
	}
}

// timely makes engines on the server's clock.
func timely(client redis.UniversalClient) seatstest.Factory {
	return func(t testing.TB) seatstest.Engine {
		return seatstest.Engine{Store: newStore(t, client)}
	}
}

func newStore(t testing.TB, client redis.UniversalClient) *seatsredis.Store {
	t.Helper()
	s, err := seatsredis.New(t.Context(), client, seatsredis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func inProcess(testing.TB) seatstest.Engine {
	now := time.Now()
	return seatstest.Engine{
		Store:   seatsmem.New(seatsmem.Options{Now: func() time.Time { return now }}),
		Now:     func() time.Time { return now },
		Advance: func(d time.Duration) { now = now.Add(d) },
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, client := range deployments(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seatstest.Run(t, timed(client))
		})
	}
}

func TestModel(t *testing.T) {
	t.Parallel()
	for name, client := range deployments(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seatstest.RunModel(t, inProcess, timed(client))
		})
	}
}

func TestStampede(t *testing.T) {
	for name, client := range deployments(t) {
		t.Run(name, func(t *testing.T) { seatstest.RunStampede(t, timely(client)) })
	}
}
