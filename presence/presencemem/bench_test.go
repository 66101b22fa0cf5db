package presencemem_test

import (
	"fmt"
	"testing"
	"time"

	"usher/presence"
	"usher/presence/presencemem"
)

// BenchmarkArriveAndDepart has teammates of a license, all others of whom are here, come and go by new sessions.
func BenchmarkArriveAndDepart(b *testing.B) {
	for _, teammates := range []int{10, 1_000, 5_000} {
		b.Run(fmt.Sprintf("of_%d", teammates), func(b *testing.B) {
			store := presencemem.New(presencemem.Options{
				Leases: func(presence.LicenseID, presence.NodeID) (time.Time, bool) { return time.Now().Add(time.Hour), true },
			})
			do := func(commands ...presence.Command) {
				_, err := store.Do(b.Context(), presence.Batch{License: "lic_1", Node: "node-a", Commands: commands})
				if err != nil {
					b.Fatal(err)
				}
			}
			open := presence.Open{Generation: 1, Config: presence.Config{Revision: 1, Grace: time.Minute}}
			for i := range teammates {
				open.Members = append(open.Members, presence.Member{Teammate: presence.TeammateID(fmt.Sprintf("tm_%d", i))})
			}
			do(open)
			for i, m := range open.Members {
				do(presence.Arrive{Teammate: m.Teammate, Session: presence.SessionID(fmt.Sprintf("first_%d", i)), Seq: 1})
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				m := open.Members[i%teammates].Teammate
				session := presence.SessionID(fmt.Sprintf("ses_%d", i))
				do(presence.Arrive{Teammate: m, Session: session, Seq: 1})
				do(presence.Depart{Teammate: m, Session: session})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pairs/s")
		})
	}
}
