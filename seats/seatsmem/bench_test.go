package seatsmem_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"usher/seats"
	"usher/seats/seatsmem"
)

// benchLicense is one license for one goroutine: what is measured is the engine, not the wait for a lock.
type benchLicense struct {
	store *seatsmem.Store
	batch seats.Batch
	takes []seats.Command // boxed once: a server's batches hold commands that are boxed already
}

func newBenchLicense(b *testing.B, store *seatsmem.Store, n int64, seatCap, teammates int) *benchLicense {
	b.Helper()
	l := &benchLicense{batch: seats.Batch{License: seats.LicenseID(fmt.Sprintf("lic_%d", n)), Node: "node-a"}}
	for i := range teammates {
		teammate := seats.TeammateID(fmt.Sprintf("tm_%d", i))
		session := seats.SessionID(fmt.Sprintf("ses_%d", i))
		l.takes = append(l.takes, seats.Take{
			Member: seats.Member{Teammate: teammate, Operator: true}, Revision: 1, Session: session, Seq: 1,
		})
	}
	l.open(b, store, seatCap)
	return l
}

// open begins the license's life in a store that does not know it.
func (l *benchLicense) open(b *testing.B, store *seatsmem.Store, seatCap int) {
	b.Helper()
	l.store = store
	l.do(b, seats.Open{Generation: 1},
		seats.Configure{Config: seats.Config{Revision: 1, Status: seats.Active, Cap: seatCap, Grace: time.Minute}},
		seats.Renew{Lease: 24 * time.Hour})
}

func (l *benchLicense) do(b *testing.B, commands ...seats.Command) seats.Outcome {
	l.batch.Commands = commands
	out, err := l.store.Do(b.Context(), l.batch)
	if err != nil {
		b.Fatal(err)
	}
	return out
}

// BenchmarkTakeNew admits teammate after teammate to licenses of a thousand seats, each by a new session. A full
// license is dropped with its store: what is measured is admitting, not holding millions of seats.
func BenchmarkTakeNew(b *testing.B) {
	var licenses atomic.Int64
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		l := newBenchLicense(b, seatsmem.New(seatsmem.Options{}), licenses.Add(1), 1000, 1000)
		for {
			for j := range l.takes {
				if !pb.Next() {
					return
				}
				l.do(b, l.takes[j:j+1]...)
			}
			l.open(b, seatsmem.New(seatsmem.Options{}), 1000)
		}
	})
	perSecond(b)
}

// BenchmarkTakeHeld has holders take again, as reconnecting apps do.
func BenchmarkTakeHeld(b *testing.B) { benchmarkTakeAgain(b, 1000) }

// BenchmarkTakeRefused has teammates ask for seats of a full license.
func BenchmarkTakeRefused(b *testing.B) { benchmarkTakeAgain(b, 0) }

func benchmarkTakeAgain(b *testing.B, seatCap int) {
	store := seatsmem.New(seatsmem.Options{})
	var licenses atomic.Int64
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		l := newBenchLicense(b, store, licenses.Add(1), seatCap, 1000)
		for i := uint64(0); pb.Next(); i++ {
			take := l.takes[i%1000].(seats.Take)
			take.Seq = i + 1
			l.do(b, take)
		}
	})
	perSecond(b)
}

// BenchmarkTakeAndLogout is a whole stay: a seat is taken by a new session, and given back.
func BenchmarkTakeAndLogout(b *testing.B) {
	store := seatsmem.New(seatsmem.Options{})
	var licenses atomic.Int64
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		l := newBenchLicense(b, store, licenses.Add(1), 1000, 0)
		for i := 0; pb.Next(); i++ {
			teammate := seats.TeammateID(fmt.Sprintf("tm_%d", i%1000))
			session := seats.SessionID(fmt.Sprintf("ses_%d", i))
			l.do(b, seats.Take{Member: seats.Member{Teammate: teammate, Operator: true}, Revision: 1, Session: session, Seq: 1})
			l.do(b, seats.Logout{Teammate: teammate, Session: session})
		}
	})
	perSecond(b)
}

// BenchmarkTick lets time pass on a license of a thousand holders with nothing due.
func BenchmarkTick(b *testing.B) {
	l := newBenchLicense(b, seatsmem.New(seatsmem.Options{}), 1, 1000, 1000)
	for j := range l.takes {
		l.do(b, l.takes[j])
	}
	b.ReportAllocs()
	for b.Loop() {
		l.do(b)
	}
}

func perSecond(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}
