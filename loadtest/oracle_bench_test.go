package loadtest

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
)

// BenchmarkHear is what an event costs whoever tells it: 100 agents on each of 64 licenses of 25 seats come, wait, and go, and are
// shown the board.
func BenchmarkHear(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	var history []Told
	w := newWorld(random.IntN, faultless, func(t Told) { history = append(history, t) })
	w.calm, w.total, w.people = true, 25, nil
	for i := range 100 {
		p := &person{id: int32(i)}
		p.devices = []*app{{agent: Agent{Teammate: p.id}}}
		w.people = append(w.people, p)
	}
	for len(history) < 100_000 {
		w.step()
	}
	const licenses = 64
	facts := make([]LicenseFacts, licenses)
	for i := range facts {
		facts[i] = w.facts()
		facts[i].ID = strconv.Itoa(i)
	}
	for _, tellers := range []int{1, 2} {
		b.Run(strconv.Itoa(tellers)+" at once", func(b *testing.B) {
			b.ReportAllocs()
			for told := 0; told < b.N; {
				b.StopTimer()
				o := NewOracle(OracleOptions{Licenses: facts})
				b.StartTimer()
				n := min(b.N-told, licenses*len(history))
				var all sync.WaitGroup
				for teller := range tellers {
					all.Go(func() {
						for i := teller; i < n; i += tellers {
							t := history[i/licenses]
							t.Agent.License = int32(i % licenses)
							o.Hear(t)
						}
					})
				}
				all.Wait()
				b.StopTimer()
				if v := o.Finish(b.Context(), nil); len(v.Violations) > 0 {
					b.Fatal(v.Violations[0])
				}
				told += n
			}
		})
	}
}
