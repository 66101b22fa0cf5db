package seatsredis_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/internal/redistest"
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

// eachDeployment runs a test on one server and on a Cluster.
func eachDeployment(t *testing.T, test func(t *testing.T, client redis.UniversalClient)) {
	for name, url := range map[string]string{"Single": redistest.URL(t), "Cluster": redistest.ClusterURL(t)} {
		t.Run(name, func(t *testing.T) { test(t, connect(t, url+"?pool_size=64&timeout=20s")) })
	}
}

// timed makes engines on a clock that the test moves.
func timed(client redis.UniversalClient) seatstest.Factory {
	return func(t testing.TB) seatstest.Engine {
		clock := seatsredis.NewTestClock()
		return seatstest.Engine{Store: seatsredis.NewTimed(t, client, clock), Now: clock.Time, Advance: clock.Advance}
	}
}

// real makes engines on the server's clock.
func real(client redis.UniversalClient) seatstest.Factory {
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
	eachDeployment(t, func(t *testing.T, client redis.UniversalClient) { seatstest.Run(t, timed(client)) })
}

func TestModel(t *testing.T) {
	t.Parallel()
	eachDeployment(t, func(t *testing.T, client redis.UniversalClient) {
		seatstest.RunModel(t, inProcess, timed(client))
	})
}

func TestStampede(t *testing.T) {
	eachDeployment(t, func(t *testing.T, client redis.UniversalClient) { seatstest.RunStampede(t, real(client)) })
}
