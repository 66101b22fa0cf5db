//go:build unix

package seatsmem_test

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"usher/seats"
	"usher/seats/seatsmem"
)

// The benchmarks count processor time, of which others who use the machine take nothing away, and the collector's is part.
// Each runs in rounds, one of either side after the other, and reports the medians.

// benchLicense is one license that one goroutine uses: what is measured is the engine, not the wait for a lock.
type benchLicense struct {
	tb    testing.TB
	store *seatsmem.Store
	batch seats.Batch
}

func newBenchLicense(tb testing.TB, store *seatsmem.Store, id string, seatCap int) *benchLicense {
	tb.Helper()
	l := &benchLicense{tb: tb, store: store, batch: seats.Batch{License: seats.LicenseID(id), Node: "node-a"}}
	l.do(seats.Open{Generation: 1},
		seats.Configure{Config: seats.Config{Revision: 1, Status: seats.Active, Cap: seatCap, Grace: time.Minute, Waitlist: true}},
		seats.Renew{Lease: 10_000 * time.Hour})
	return l
}

func (l *benchLicense) do(commands ...seats.Command) seats.Outcome {
	l.batch.Commands = commands
	out, err := l.store.Do(l.tb.Context(), l.batch)
	if err != nil {
		l.tb.Fatal(err)
	}
	return out
}

// benchTake is that of a teammate's first session.
func benchTake(teammate int) seats.Take {
	return seats.Take{
		Member:   seats.Member{Teammate: seats.TeammateID(fmt.Sprintf("tm_%06d", teammate)), Name: "Ann", Operator: true},
		Revision: 1, Session: seats.SessionID(fmt.Sprintf("ses_%06d", teammate)), Seq: 1,
	}
}

// spent is the processor time of the process so far.
func spent(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// costs are the processor times of single calls, in nanoseconds, one for each round.
type costs []float64

func (c *costs) add(tb testing.TB, calls int, round func()) {
	tb.Helper()
	began := spent(tb)
	round()
	*c = append(*c, float64(spent(tb)-began)/float64(calls))
}

func (c *costs) median() float64 {
	slices.Sort(*c)
	return (*c)[len(*c)/2]
}

// rounds runs as many as the benchmark has time for, and three at least.
func rounds(b *testing.B, round func()) {
	b.Helper()
	n := 0
	for ; b.Loop(); n++ {
		round()
	}
	for ; n < 3; n++ {
		round()
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkTake has takes come in on licenses of a thousand teammates: on two cores, each with licenses of its own, and on
// one. Were anything shared between licenses, a take would cost more on two. The third side is an engine that is bare of rules.
func BenchmarkTake(b *testing.B) {
	b.Run("new", func(b *testing.B) { benchmarkTake(b, 1000, 1, 1) })
	b.Run("new_by_16", func(b *testing.B) { benchmarkTake(b, 1000, 1, 16) })
	b.Run("held", func(b *testing.B) { benchmarkTake(b, 1000, 10, 1) })
	b.Run("refused", func(b *testing.B) { benchmarkTake(b, 0, 10, 1) })
}

// benchmarkTake has each teammate take so many times, so many of them in a batch. Of several takes of a teammate the first, which
// makes them known, is not counted.
func benchmarkTake(b *testing.B, seatCap, times, batch int) {
	const (
		wanted    = 2e6 // takes in a second, by two cores
		licenses  = 20
		teammates = 1000
	)
	commands := make([]seats.Command, teammates*times) // boxed, as those of a server's batches are
	for i := range commands {
		take := benchTake(i % teammates)
		take.Seq = uint64(i/teammates) + 1
		commands[i] = take
	}
	first, counted := []seats.Command(nil), commands
	if times > 1 {
		first, counted = commands[:teammates], commands[teammates:]
	}
	// round has all licenses of all cores made by open, and be taken on by what that returns.
	round := func(c *costs, cores int, open func(id string) (take func(...seats.Command))) {
		all := make([]func(...seats.Command), licenses*cores)
		for i := range all {
			all[i] = open(fmt.Sprintf("lic_%d", i))
			for j := range first {
				all[i](first[j])
			}
		}
		c.add(b, len(all)*len(counted), func() {
			var done sync.WaitGroup
			for core := range cores {
				done.Go(func() {
					for _, take := range all[core*licenses : (core+1)*licenses] {
						for some := range slices.Chunk(counted, batch) {
							take(some...)
						}
					}
				})
			}
			done.Wait()
		})
	}
	ours := func() func(string) func(...seats.Command) {
		store := seatsmem.New(seatsmem.Options{})
		return func(id string) func(...seats.Command) {
			l := newBenchLicense(b, store, id, seatCap)
			return func(c ...seats.Command) { l.do(c...) }
		}
	}
	theirs := func() func(string) func(...seats.Command) {
		store := &bare{}
		return func(id string) func(...seats.Command) {
			store.open(seats.LicenseID(id), seatCap)
			return func(all ...seats.Command) {
				for _, c := range all {
					store.take(seats.LicenseID(id), c)
				}
			}
		}
	}
	var uncounted, one, two, other costs
	round(&uncounted, 2, ours()) // what the heap grows by is not a matter of takes
	rounds(b, func() {
		round(&two, 2, ours())
		round(&other, 2, theirs())
		round(&one, 1, ours())
	})
	b.ReportMetric(one.median(), "ns/take-on-1")
	b.ReportMetric(two.median(), "ns/take-on-2")
	b.ReportMetric(other.median(), "ns/take-bare")
	b.ReportMetric(two.median()/other.median(), "x-bare")
	b.ReportMetric(2e9/two.median(), "takes/s")
	b.ReportMetric(2e9/two.median()/wanted, "x-wanted")
	before, after := runtime.MemStats{}, runtime.MemStats{}
	runtime.ReadMemStats(&before)
	round(&uncounted, 1, ours())
	runtime.ReadMemStats(&after)
	n := float64(licenses * len(commands))
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/n, "B/take")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/n, "allocs/take")
}

// BenchmarkTick lets time pass on a license of a thousand holders with nothing due.
func BenchmarkTick(b *testing.B) {
	l := newBenchLicense(b, seatsmem.New(seatsmem.Options{}), "lic_1", 1000)
	for i := range 1000 {
		l.do(benchTake(i))
	}
	b.ReportAllocs()
	for b.Loop() {
		l.do()
	}
}
