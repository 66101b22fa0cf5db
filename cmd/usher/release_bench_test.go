package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/redistest"
)

// BenchmarkReleaseToGranted measures how long it takes from a holder's seat.leave on one node to the seat.granted of
// who waits first on the other, beside how long Redis alone takes to bring a published message to a subscriber.
// Medians, in µs, and their ratio.
func BenchmarkReleaseToGranted(b *testing.B) {
	server := redistest.Start(b)
	one, two := startTwo(b, server.URL())
	c := newCrowd(b, []*process{one, two}, 1, 2)
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	workers := c.hire(2)
	for i, w := range workers {
		w.url, w.heard = c.urls[i], make(chan message, 1000)
		if !w.connect(ctx) {
			b.Fatalf("%s was not let in", w.teammate)
		}
	}
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer client.Close()
	channel := client.SSubscribe(ctx, "bare")
	defer channel.Close()
	if _, err := channel.Receive(ctx); err != nil {
		b.Fatal(err)
	}

	var served, bare []time.Duration
	holder, waiter := workers[0], workers[1]
	for b.Loop() {
		began := time.Now()
		send(ctx, b, holder, "seat.leave")
		awaitMessage(b, waiter, func(m message) bool { return m.Type == "seat.granted" })
		served = append(served, time.Since(began))
		send(ctx, b, holder, "seat.wait")
		awaitMessage(b, holder, func(m message) bool { return m.Data.Seat != nil && m.Data.Seat.State == "waiting" })
		holder, waiter = waiter, holder

		began = time.Now()
		if err := client.SPublish(ctx, "bare", "x").Err(); err != nil {
			b.Fatal(err)
		}
		if _, err := channel.ReceiveMessage(ctx); err != nil {
			b.Fatal(err)
		}
		bare = append(bare, time.Since(began))
		// No faster than a client may send.
		time.Sleep(100 * time.Millisecond)
	}
	ours, theirs := median(served), median(bare)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(ours.Microseconds()), "µs/release-to-granted")
	b.ReportMetric(float64(theirs.Microseconds()), "µs/bare-publish")
	b.ReportMetric(float64(ours)/float64(theirs), "ratio")
}

func send(ctx context.Context, b *testing.B, w *worker, typ string) {
	b.Helper()
	if err := w.send(ctx, typ, nil); err != nil {
		b.Fatal(err)
	}
}

func awaitMessage(b *testing.B, w *worker, fits func(message) bool) {
	b.Helper()
	timeout := time.After(patience)
	for {
		select {
		case m := <-w.heard:
			if fits(m) {
				return
			}
		case <-timeout:
			b.Fatalf("%s waited in vain", w.teammate)
		}
	}
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
