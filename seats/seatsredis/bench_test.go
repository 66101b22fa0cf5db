package seatsredis_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"usher/internal/redistest"
	"usher/seats"
	"usher/seats/seatsredis"
	"usher/seats/seatstest"
)

const benchLicenses = 200

// BenchmarkTake has sessions come and go on 200 licenses: a take and a logout in one operation. Pipelined sends
// the same script with the same arguments in explicit pipelines, which is what the servers can do at most.
func BenchmarkTake(b *testing.B) {
	client := connect(b, redistest.URL(b)+"?pool_size=64")
	s := newStore(b, client)
	licenses := make([]seats.LicenseID, benchLicenses)
	for i := range licenses {
		licenses[i] = seatstest.NewLicense()
		do(b, s, openBatch(licenses[i], 1, 100))
	}
	var n atomic.Int64
	comeAndGo := func() seats.Batch {
		i := n.Add(1)
		session := seats.SessionID(fmt.Sprintf("s%d", i))
		teammate := seats.TeammateID(fmt.Sprintf("t%d", i%50))
		return batch(licenses[i%benchLicenses], take(teammate, session, 1), seats.Logout{Teammate: teammate, Session: session})
	}
	b.Run("Single", func(b *testing.B) {
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.Do(context.Background(), comeAndGo()); err != nil {
					b.Error(err)
				}
			}
		})
		report(b)
	})
	b.Run("Pipelined", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for more := true; more; {
				_, err := client.Pipelined(context.Background(), func(p redis.Pipeliner) error {
					for range 64 {
						if more = pb.Next(); !more {
							break
						}
						p.Do(context.Background(), seatsredis.Call(b, s, comeAndGo())...)
					}
					return nil
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
		report(b)
	})
}

func report(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "takes/s")
}
