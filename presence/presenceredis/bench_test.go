package presenceredis_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease/leasetest"
	"usher/internal/redistest"
	"usher/presence"
	"usher/presence/presenceredis"
	"usher/presence/presencetest"
)

// office is a license with so many teammates, all of them here.
func office(b *testing.B, s presence.Store, client redis.UniversalClient, teammates int) presence.LicenseID {
	b.Helper()
	license, ids := presencetest.NewLicense(), many(teammates)
	onServer(b, client).renew(license, node, time.Hour)
	do(b, s, batch(license, opening(1, ids...)))
	for at := 0; at < len(ids); at += 200 {
		var all []presence.Command
		for _, id := range ids[at:min(at+200, len(ids))] {
			all = append(all, arrive(id))
		}
		do(b, s, batch(license, all...))
	}
	return license
}

// spent is the processor time that a server has used, in µs. On a busy machine it tells more than the clock on the wall.
func spent(t testing.TB, client redis.UniversalClient) float64 {
	t.Helper()
	info, err := client.Info(t.Context(), "cpu").Result()
	if err != nil {
		t.Fatal(err)
	}
	all := 0.0
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "used_cpu_sys" || name == "used_cpu_user" {
			seconds, _ := strconv.ParseFloat(value, 64)
			all += seconds * 1e6
		}
	}
	return all
}

// BenchmarkComeAndGo has sessions come and go beside others, on 20 licenses of many calls at once: an arrival and a departure,
// or a drop, in one operation.
func BenchmarkComeAndGo(b *testing.B) {
	client := connect(b, redistest.Start(b).URL()+"?pool_size=64")
	s := newStore(b, client)
	for _, size := range []int{100, 5000} {
		ids, licenses := many(100), make([]presence.LicenseID, 20)
		for i := range licenses {
			licenses[i] = office(b, s, client, size)
		}
		for name, leave := range map[string]func(presence.TeammateID, presence.SessionID) presence.Command{
			"Depart": func(t presence.TeammateID, s presence.SessionID) presence.Command {
				return presence.Depart{Teammate: t, Session: s}
			},
			"Drop": func(t presence.TeammateID, s presence.SessionID) presence.Command {
				return presence.Drop{Teammate: t, Session: s}
			},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				var n atomic.Int64
				before := spent(b, client)
				b.SetParallelism(32)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						i := n.Add(1)
						c := arrive(ids[i%100])
						c.Session = presence.SessionID(fmt.Sprintf("s%d-%d", b.N, i))
						l := licenses[i%int64(len(licenses))]
						if _, err := s.Do(context.Background(), batch(l, c, leave(c.Teammate, c.Session))); err != nil {
							b.Error(err)
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pairs/s")
				b.ReportMetric((spent(b, client)-before)/float64(b.N), "Redis-µs/op")
			})
		}
	}
}

// BenchmarkWhole opens, reads, and applies the whole of rosters.
func BenchmarkWhole(b *testing.B) {
	client := connect(b, redistest.Start(b).URL()+"?timeout=1m")
	s := newStore(b, client)
	for _, size := range []int{5000, presence.MaxMembers} {
		ids := many(size)
		b.Run(fmt.Sprintf("Open/%d", size), func(b *testing.B) {
			before := spent(b, client)
			for b.Loop() {
				do(b, s, batch(presencetest.NewLicense(), opening(1, ids...)))
			}
			b.ReportMetric((spent(b, client)-before)/float64(b.N), "Redis-µs/op")
		})
		license := presencetest.NewLicense()
		open := opening(1, ids...)
		do(b, s, batch(license, open))
		b.Run(fmt.Sprintf("Read/%d", size), func(b *testing.B) {
			before := spent(b, client)
			for b.Loop() {
				roster(b, s, license)
			}
			b.ReportMetric((spent(b, client)-before)/float64(b.N), "Redis-µs/op")
		})
		b.Run(fmt.Sprintf("Configure/%d", size), func(b *testing.B) {
			whole := presence.Configure{Config: open.Config, Whole: true, Members: open.Members}
			before := spent(b, client)
			for b.Loop() {
				do(b, s, batch(license, whole))
			}
			b.ReportMetric((spent(b, client)-before)/float64(b.N), "Redis-µs/op")
		})
	}
}

// BenchmarkUpkeep has a minute pass in which nothing happens but time: a node renews its lease and ticks every five seconds. The
// commands that Redis runs for it are the same however many sessions there are.
func BenchmarkUpkeep(b *testing.B) {
	server := redistest.Start(b)
	client := connect(b, server.URL()).(*redis.Client)
	for _, size := range []int{10, 100, 1000} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			clock := leasetest.NewClock()
			s := presenceredis.NewTimed(b, client, clock)
			k := keeper{b, client, clock.Time}
			license, ids := presencetest.NewLicense(), many(size)
			k.renew(license, node, 15*time.Second)
			do(b, s, batch(license, opening(1, ids...)))
			for _, id := range ids {
				do(b, s, batch(license, arrive(id)))
			}
			before := commands(b, client)
			for b.Loop() {
				for range 12 {
					clock.Advance(5 * time.Second)
					k.renew(license, node, 15*time.Second)
					do(b, s, batch(license))
				}
			}
			b.ReportMetric(float64(commands(b, client)-before)/float64(b.N), "commands/min")
		})
	}
}

// commands are how many a server has run, those of scripts too.
func commands(t testing.TB, client *redis.Client) int {
	t.Helper()
	info, err := client.Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	all := 0
	for line := range strings.Lines(info) {
		_, calls, _ := strings.Cut(strings.TrimSpace(line), "calls=")
		calls, _, _ = strings.Cut(calls, ",")
		n, _ := strconv.Atoi(calls)
		all += n
	}
	return all
}
