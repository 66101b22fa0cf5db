package lease

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/metric"
)

// CountCommands has a client count the commands that it sends, as usher.redis.commands: those of a pipeline one by one, and those
// that scripts send within the server not at all. Those that open a connection, and subscriptions, are not counted: they come with
// connections and licenses, not with what agents do.
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

// opening has the commands with which the client library opens a connection.
var opening = map[string]bool{"hello": true, "auth": true, "client": true, "select": true, "readonly": true, "cluster": true, "command": true}

type commandCounter struct{ counter metric.Int64Counter }

func (c commandCounter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c commandCounter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.count(ctx, cmd)
		return next(ctx, cmd)
	}
}

func (c commandCounter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.count(ctx, cmds...)
		return next(ctx, cmds)
	}
}

func (c commandCounter) count(ctx context.Context, cmds ...redis.Cmder) {
	n := int64(0)
	for _, cmd := range cmds {
		if !opening[cmd.Name()] {
			n++
		}
	}
	c.counter.Add(ctx, n)
}
