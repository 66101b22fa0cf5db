package lease_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sys/unix"

	"usher/internal/lease"
	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
)

// BenchmarkCallAlone is how long one call after another takes through an engine, beside the client library alone, in µs.
func BenchmarkCallAlone(b *testing.B) {
	client := connect(b, redistest.Start(b).URL())
	c := newCounter(b, client)
	ctx, license, args := context.Background(), c.license(0), append(lease.NewArguments("", 1), "text")
	each := func(call func() error) float64 {
		const calls = 2000
		start := time.Now()
		for range calls {
			if err := call(); err != nil {
				b.Fatal(err)
			}
		}
		return float64(time.Since(start).Microseconds()) / calls
	}
	leasetest.Compare(b, "µs", func() float64 {
		return each(func() error {
			_, err := c.Call(ctx, license, args, time.Time{}, time.Minute)
			return err
		})
	}, func() float64 {
		return each(func() error {
			args[0] = time.Now().Add(time.Minute).UnixMilli()
			return client.Process(ctx, c.Command(ctx, license, args))
		})
	})
}

// BenchmarkCalls is how many calls in a second 256 callers on 200 licenses make of a script of eight commands, beside explicit
// pipelines of 64 of the same, and the processor time of each in this process.
func BenchmarkCalls(b *testing.B) {
	const calls, callers, licenses, piped = 20_480, 256, 200, 64
	client := connect(b, redistest.Start(b).URL())
	c := newEngine(b, client, eight)
	ctx := context.Background()
	leasetest.Compare(b, "calls/s", func() float64 {
		return rate(b, "µs-cpu", callers, calls, 1, func(i int) error {
			return c.call(ctx, i%licenses, "").err
		})
	}, func() float64 {
		return rate(b, "µs-cpu-bare", callers/piped, calls, piped, func(i int) error {
			_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
				for n := range piped {
					args := append(lease.NewArguments("", 1), "text")
					args[0] = time.Now().Add(time.Minute).UnixMilli()
					_ = p.Process(ctx, c.Command(ctx, c.license((i+n)%licenses), args))
				}
				return nil
			})
			return err
		})
	})
}

// eight is a script of eight commands, with that which reads the time; it answers as counting does.
const eight = `
local function call()
  local id = ARGV[3]
  redis.call('HSET', K.nodes, id, '1')
  redis.call('HGET', K.nodes, id)
  redis.call('ZADD', K.over, int(now), id)
  redis.call('ZCARD', K.over)
  redis.call('ZREMRANGEBYSCORE', K.over, '-inf', '1')
  redis.call('SPUBLISH', KEYS[1], id)
  return {'counted', int(now), redis.call('HLEN', K.nodes), id}
end`

// rate has callers make calls, each so many at once, and returns how many in a second.
func rate(b *testing.B, unit string, callers, calls, each int, call func(i int) error) float64 {
	b.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	start, spent := time.Now(), used(b)
	for range callers {
		all.Go(func() {
			for i := int(next.Add(int64(each))); i <= calls; i = int(next.Add(int64(each))) {
				if err := call(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric((used(b)-spent)/float64(calls), unit)
	return float64(calls) / time.Since(start).Seconds()
}

// used is the processor time of this process, in µs.
func used(b *testing.B) float64 {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e3
}
