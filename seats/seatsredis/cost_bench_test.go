package seatsredis_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/seats"
	"usher/seats/seatsredis"
	"usher/seats/seatstest"
)

// plain is an admission script of eight commands, which keeps the cap and does nothing else of what the engine does.
const plain = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'unopened'} end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local used = redis.call('ZCARD', KEYS[2])
if used >= tonumber(ARGV[3]) then return {'full'} end
local known = redis.call('HGET', KEYS[3], ARGV[2])
redis.call('HSET', KEYS[3], ARGV[2], ARGV[4])
redis.call('ZADD', KEYS[2], now + 15000, ARGV[2])
redis.call('SPUBLISH', KEYS[4], ARGV[2] .. ARGV[4])
return {'granted', used + 1}`

// teammateOf and sessionOf are ids that are as long as those of a deployment.
func teammateOf(license, t int) string { return fmt.Sprintf("tm_%016x%016x", license, t) }

func sessionOf(license, t int) string { return fmt.Sprintf("ses_%016x%016x", license, t) }

// In pipelines of so many.
const piped = 64

// plainTakes admits many on each license by the plain script, and returns the processor time of one, in µs.
func plainTakes(b *testing.B, client redis.UniversalClient, licenses, each int) float64 {
	b.Helper()
	var calls [][]any
	for i := range licenses {
		tag := fmt.Sprintf("plain:{%s}:", seatstest.NewLicense())
		keys := []any{tag + "generation", tag + "holders", tag + "seats", tag + "changes"}
		if err := client.Set(b.Context(), tag+"generation", "1", 0).Err(); err != nil {
			b.Fatal(err)
		}
		for t := range each {
			calls = append(calls, append(append([]any{"EVALSHA", redis.NewScript(plain).Hash(), 4}, keys...),
				"1", teammateOf(i, t), each, sessionOf(i, t)+":node-a:1:2:1700000000000"))
		}
	}
	if err := redis.NewScript(plain).Load(b.Context(), client).Err(); err != nil {
		b.Fatal(err)
	}
	return inPipelines(b, client, calls)
}

// takes has the engine admit as many.
func takes(b *testing.B, client redis.UniversalClient, s *seatsredis.Store, licenses, each int) float64 {
	b.Helper()
	var calls [][]any
	for i := range licenses {
		license := seatstest.NewLicense()
		do(b, s, openBatch(license, 1, each))
		for t := range each {
			comes := take(seats.TeammateID(teammateOf(i, t)), seats.SessionID(sessionOf(i, t)), 1)
			calls = append(calls, seatsredis.Call(b, s, batch(license, comes)))
		}
	}
	return inPipelines(b, client, calls)
}

// inPipelines sends calls, and returns the processor time of one, in µs.
func inPipelines(b *testing.B, client redis.UniversalClient, calls [][]any) float64 {
	b.Helper()
	before := leasetest.Spent(b, client)
	for at := 0; at < len(calls); at += piped {
		replies, err := client.Pipelined(context.Background(), func(p redis.Pipeliner) error {
			for _, call := range calls[at:min(at+piped, len(calls))] {
				p.Do(context.Background(), call...)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range replies {
			if list, err := r.(*redis.Cmd).Slice(); err != nil || list[0] != "granted" && list[0] != "ok" {
				b.Fatalf("%v, %v", list, err)
			}
		}
	}
	return (leasetest.Spent(b, client) - before) / float64(len(calls))
}

// BenchmarkTakeOnServer is what one take that is granted costs the server, beside the plain script, in µs of its processor.
func BenchmarkTakeOnServer(b *testing.B) {
	client := connect(b, redistest.Start(b).URL())
	s := newStore(b, client)
	leasetest.Compare(b, "Redis-µs", func() float64 { return takes(b, client, s, 200, 50) },
		func() float64 { return plainTakes(b, client, 200, 50) })
}

// BenchmarkTakesOnServer has sixteen takes of a license leave in one call.
func BenchmarkTakesOnServer(b *testing.B) {
	client := connect(b, redistest.Start(b).URL())
	s := newStore(b, client)
	const together = 16
	leasetest.Compare(b, "Redis-µs", func() float64 { return takesTogether(b, client, s, together) / together },
		func() float64 { return takes(b, client, s, 200, 48) })
}

func takesTogether(b *testing.B, client redis.UniversalClient, s *seatsredis.Store, together int) float64 {
	b.Helper()
	var calls [][]any
	for i := range 200 {
		license := seatstest.NewLicense()
		do(b, s, openBatch(license, 1, 48))
		for from := 0; from < 48; from += together {
			all := batch(license)
			for t := from; t < from+together; t++ {
				all.Commands = append(all.Commands,
					take(seats.TeammateID(teammateOf(i, t)), seats.SessionID(sessionOf(i, t)), 1))
			}
			calls = append(calls, seatsredis.Call(b, s, all))
		}
	}
	return inPipelines(b, client, calls)
}
