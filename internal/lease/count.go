package lease

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/metric"
)

// CountCommands has a client count the commands that it sends, as usher.redis.commands: those of a pipeline one by one, and those
// that scripts send within the server not at all. Subscriptions are not counted; they come with licenses, not with agents.
func CountCommands(client redis.UniversalClient, meters metric.MeterProvider) error {
	counter, err := meters.Meter("usher/lease").Int64Counter("usher.redis.commands",
		metric.WithDescription("Commands sent to Redis."))
	if err != nil {
		return fmt.Errorf("lease: %w", err)
	}
	counter.Add(context.Background(), 0) // shown from the start
	client.AddHook(commandCounter{counter})
	return nil
}

type commandCounter struct{ counter metric.Int64Counter }

func (c commandCounter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c commandCounter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.counter.Add(ctx, 1)
		return next(ctx, cmd)
	}
}

func (c commandCounter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.counter.Add(ctx, int64(len(cmds)))
		return next(ctx, cmds)
	}
}
