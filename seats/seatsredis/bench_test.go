package seatsredis_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sys/unix"

	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/seats"
	"usher/seats/seatsredis"
	"usher/seats/seatstest"
)

// What the benchmarks of sending send: so many takes on so many licenses, by so many callers at once.
const (
	benchLicenses = 200
	benchTakes    = 96 // on each license
	benchCallers  = 256
)

// costs is the processor time of this process for each take, in µs, which tells more than the clock on a busy machine.
func costs(b *testing.B, unit string, takes int, send func() float64) (rate float64) {
	b.Helper()
	spent := func() float64 {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e3
	}
	before := spent()
	rate = send()
	b.ReportMetric((spent()-before)/float64(takes), unit)
	return rate
}

// storm opens licenses and returns the takes of a storm on them, so many of a license in a batch.
func storm(b *testing.B, s *seatsredis.Store, together int) []seats.Batch {
	b.Helper()
	licenses := make([]seats.LicenseID, benchLicenses)
	for i := range licenses {
		licenses[i] = seatstest.NewLicense()
		do(b, s, openBatch(licenses[i], 1, benchTakes))
	}
	var batches []seats.Batch
	for from := 0; from < benchTakes; from += together {
		for i, license := range licenses {
			all := batch(license)
			for t := from; t < from+together; t++ {
				teammate, session := fmt.Sprintf("tm_%d_%d", i, t), fmt.Sprintf("ses_%d_%d", i, t)
				all.Commands = append(all.Commands, take(seats.TeammateID(teammate), seats.SessionID(session), 1))
			}
			batches = append(batches, all)
		}
	}
	return batches
}

// rate has callers do all n of something, each the next one that nobody does yet, and returns how many in a second.
func rate(callers, n int, do func(i int)) float64 {
	var next atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for range callers {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
	return float64(n) / time.Since(start).Seconds()
}

// together has callers of the engine take seats at once, and returns the takes in a second.
func together(b *testing.B, s *seatsredis.Store, unit string, callers, together int) float64 {
	b.Helper()
	batches := storm(b, s, together)
	return costs(b, unit, benchLicenses*benchTakes, func() float64 {
		return float64(together) * rate(callers, len(batches), func(i int) {
			out, err := s.Do(context.Background(), batches[i])
			allSeated(b, out, err)
		})
	})
}

// explicitly sends the same in pipelines by hand, as many calls under way at once, and returns the takes in a second.
func explicitly(b *testing.B, client redis.UniversalClient, s *seatsredis.Store) float64 {
	b.Helper()
	batches := storm(b, s, 1)
	return costs(b, "µs-cpu-bare", benchLicenses*benchTakes, func() float64 {
		return piped * rate(benchCallers/piped, len(batches)/piped, func(i int) {
			replies, err := client.Pipelined(context.Background(), func(p redis.Pipeliner) error {
				for _, batch := range batches[i*piped : (i+1)*piped] {
					p.Do(context.Background(), seatsredis.Call(b, s, batch)...)
				}
				return nil
			})
			if err != nil {
				b.Error(err)
			}
			for _, r := range replies {
				out, err := seatsredis.Decode(r.(*redis.Cmd), 1)
				allSeated(b, out, err)
			}
		})
	})
}

func allSeated(b *testing.B, out seats.Outcome, err error) {
	b.Helper()
	if err != nil {
		b.Error(err)
	}
	for _, r := range out.Replies {
		if _, ok := r.(seats.Granted); !ok {
			b.Errorf("%#v", r)
		}
	}
}

// BenchmarkTake has 256 callers take seats on 200 licenses at once, beside explicit pipelines of the same script with the
// same arguments, which is what a server can do at most.
func BenchmarkTake(b *testing.B) {
	client := connect(b, redistest.Start(b).URL())
	s := newStore(b, client)
	leasetest.Compare(b, "takes/s", func() float64 { return together(b, s, "µs-cpu", benchCallers, 1) },
		func() float64 { return explicitly(b, client, s) })
}

// BenchmarkStorm has sixteen takes wait for each license, which leave as one call, beside takes that leave singly.
func BenchmarkStorm(b *testing.B) {
	s := newStore(b, connect(b, redistest.Start(b).URL()))
	const waiting = 16
	leasetest.Compare(b, "takes/s", func() float64 { return together(b, s, "µs-cpu", benchLicenses, waiting) },
		func() float64 { return together(b, s, "µs-cpu-bare", benchCallers, 1) })
}
