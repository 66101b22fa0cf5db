package lease_test

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"usher/internal/lease"
	"usher/internal/redistest"
)

func TestCommandsAreCounted(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"single": redistest.URL(t), "cluster": redistest.ClusterURL(t)} {
		client, reader := connect(t, url), sdkmetric.NewManualReader()
		if err := lease.CountCommands(client, sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))); err != nil {
			t.Fatal(err)
		}
		if n := counted(t, reader); n != 0 {
			t.Errorf("%s: %d commands at the start", name, n)
		}
		ctx := t.Context()
		client.Get(ctx, "{count}a")
		_ = client.Eval(ctx, "redis.call('GET', KEYS[1]) return redis.call('GET', KEYS[1])", []string{"{count}a"}).Err()
		_, _ = client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for range 3 {
				p.Get(ctx, "{count}a")
			}
			return nil
		})
		if n := counted(t, reader); n != 5 {
			t.Errorf("%s: %d commands, want a get, a script and three in a pipeline", name, n)
		}
	}
}

// counted is what the counter shows; -1: there is none.
func counted(t *testing.T, reader sdkmetric.Reader) int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if sum, ok := m.Data.(metricdata.Sum[int64]); ok && m.Name == "usher.redis.commands" {
				return sum.DataPoints[0].Value
			}
		}
	}
	return -1
}
