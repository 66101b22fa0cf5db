package seatsredis_test

import (
	"math/rand/v2"
	"testing"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/seats"
	"usher/seats/seatsredis"
	"usher/seats/seatstest"
)

// BenchmarkFlatOnServer has the same done on one license of a hundred thousand teammates and on one of ten, in µs of the server's
// processor: how large a license is must not matter.
func BenchmarkFlatOnServer(b *testing.B) {
	const few, many, steps = 10, 100_000, 2000
	for _, bench := range []struct {
		name    string
		seatCap func(size int) int
	}{
		{"holders_log_out_and_in", func(size int) int { return size }},
		{"waiters_log_out_and_wait_anew", func(int) int { return 0 }},
		{"seats_are_handed_on", func(size int) int { return size / 2 }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			client := connect(b, redistest.Start(b).URL())
			s := newStore(b, client)
			small, large := newFlatCrowd(b, s, few, bench.seatCap(few)), newFlatCrowd(b, s, many, bench.seatCap(many))
			leasetest.Compare(b, "Redis-µs", func() float64 { return large.steps(client, steps) }, func() float64 { return small.steps(client, steps) })
		})
	}
}

// flatCrowd are the teammates of one license, all of whom hold a seat or wait.
type flatCrowd struct {
	b        *testing.B
	s        *seatsredis.Store
	license  seats.LicenseID
	sessions []seats.Take // as each last took
	random   *rand.Rand
	next     int
}

func newFlatCrowd(b *testing.B, s *seatsredis.Store, size, seatCap int) *flatCrowd {
	b.Helper()
	c := &flatCrowd{b: b, s: s, license: seatstest.NewLicense(), random: rand.New(rand.NewPCG(1, 2)), next: size}
	do(b, s, openBatch(c.license, 1, seatCap))
	const together = 100
	for from := 0; from < size; from += together {
		all := batch(c.license)
		for t := from; t < min(from+together, size); t++ {
			waits := take(seats.TeammateID(teammateOf(0, t)), seats.SessionID(sessionOf(0, t)), 1)
			waits.Wait = true
			c.sessions = append(c.sessions, waits)
			all.Commands = append(all.Commands, waits)
		}
		do(b, s, all)
	}
	return c
}

// steps has so many log out, one after another, and come again with another session. It returns what one call costs.
func (c *flatCrowd) steps(client redis.UniversalClient, n int) float64 {
	c.b.Helper()
	var calls [][]any
	for range n {
		one := &c.sessions[c.random.IntN(len(c.sessions))]
		calls = append(calls, seatsredis.Call(c.b, c.s, batch(c.license, seats.Logout{Teammate: one.Member.Teammate, Session: one.Session})))
		one.Session = seats.SessionID(sessionOf(0, c.next))
		c.next++
		calls = append(calls, seatsredis.Call(c.b, c.s, batch(c.license, *one)))
	}
	return inPipelines(c.b, client, calls)
}
