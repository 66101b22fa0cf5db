package lease

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// call is one of a library.
type call struct {
	ctx  context.Context
	keys []string
	args []any

	cmd  *redis.Cmd
	done chan struct{} // closed once cmd is what came of it; nil: it did not have to wait
}

// fail ends a call that was not sent.
func (c *call) fail(err error) {
	c.cmd = unsent(c.ctx, err)
	close(c.done)
}

// unsent is a command that has an error instead of a reply.
func unsent(ctx context.Context, err error) *redis.Cmd {
	cmd := redis.NewCmd(ctx)
	cmd.SetErr(err)
	return cmd
}

// size is about how many bytes the arguments of a call are on the wire.
func (c *call) size() int {
	const each = 16 // the head of one, and numbers
	size := each * len(c.args)
	for _, arg := range c.args {
		if text, ok := arg.(string); ok {
			size += len(text)
		}
	}
	return size
}

// send has calls answered: in one pipeline, and once more those that it left unanswered. silent: why nothing was heard of
// the server, if that was not for want of time.
func (p *pipeliner) send(master *redis.Client, calls []*call) (silent error) {
	ctx, cancel := untilLast(calls)
	defer cancel()
	left := p.pipeline(ctx, master, calls)
	if len(left) == 0 {
		return nil
	}
	var unloaded error
	if slices.ContainsFunc(left, func(c *call) bool { return missing(c.cmd.Err()) }) {
		unloaded = p.library.load(ctx, master)
	}
	answered := len(left) < len(calls)
	left = p.pipeline(ctx, master, left)
	if len(left) > 0 && !answered {
		silent = silence(ctx, left[0].cmd.Err())
	}
	for _, c := range left {
		if missing(c.cmd.Err()) && unloaded != nil {
			c.cmd.SetErr(unloaded)
		}
		if p.elsewhere(c.cmd.Err()) {
			p.tasks.Go(func() {
				c.cmd = p.library.Run(c.ctx, p.client, c.keys, c.args...)
				close(c.done)
			})
			continue
		}
		close(c.done)
	}
	return silent
}

// pipeline ends the calls that are answered, and returns the others.
func (p *pipeliner) pipeline(ctx context.Context, master *redis.Client, calls []*call) (left []*call) {
	_, _ = master.Pipelined(ctx, func(all redis.Pipeliner) error { // each command has its own error
		for _, c := range calls {
			c.cmd = p.library.Call(c.ctx, c.keys, c.args)
			_ = all.Process(ctx, &once{Cmd: c.cmd}) // puts it there
		}
		return nil
	})
	for _, c := range calls {
		if err := c.cmd.Err(); err != nil && Unavailable(err) {
			left = append(left, c)
			continue
		}
		close(c.done)
	}
	return left
}

// once is a command that the client library does not repeat, as it would repeat the whole pipeline; nor does it take an answer
// back when the connection is lost later.
type once struct {
	*redis.Cmd

	answered bool
}

// NoRetry implements [redis.Cmder].
func (*once) NoRetry() bool { return true }

// SetErr implements [redis.Cmder]. It is called for each reply, and where the pipeline fails for each command.
func (o *once) SetErr(err error) {
	if !o.answered {
		o.answered = err == nil
		o.Cmd.SetErr(err)
	}
}

// untilLast ends when nobody waits any more.
func untilLast(calls []*call) (context.Context, context.CancelFunc) {
	var last time.Time
	for _, c := range calls {
		deadline, ok := c.ctx.Deadline()
		if !ok {
			return context.WithCancel(context.Background())
		}
		if deadline.After(last) {
			last = deadline
		}
	}
	return context.WithDeadline(context.Background(), last)
}

// elsewhere tells whether the client of a Cluster, which follows slots and replaces masters, may bring about what a master
// would not.
func (p *pipeliner) elsewhere(err error) bool {
	if _, ok := p.client.(*redis.ClusterClient); !ok {
		return false
	}
	_, refused := errors.AsType[redis.Error](err)
	return refused || errors.Is(err, redis.ErrClosed)
}

// silence is the error of a server that did not answer though there was time, as those are told who wait for it; else nil.
func silence(ctx context.Context, err error) (silent error) {
	_, reply := errors.AsType[redis.Error](err)
	deadline, limited := ctx.Deadline()
	if err != nil && !reply && ctx.Err() == nil && (!limited || time.Now().Before(deadline)) {
		silent = fmt.Errorf("not sent: the server did not answer what was sent before: %w", err)
	}
	return silent
}
