package gateway_test

import (
	"fmt"
	"testing"
	"time"

	"usher/gateway"
)

// A license logs in as a whole. Reported are the bytes at the clients' sockets, for each login, until all were shown all:
//
//	sent-B/login    upgrade and hello
//	heard-B/login   all that a client is sent, the changes by those who come after it too
//
// Run it with -benchtime=1x.
func BenchmarkLogin(b *testing.B) {
	for _, agents := range []int{10, 100, 1000, 5000} {
		for _, roster := range []string{"full", "none"} {
			b.Run(fmt.Sprintf("agents=%d/roster=%s", agents, roster), func(b *testing.B) {
				for b.Loop() {
					storm(b, agents, roster)
				}
			})
		}
	}
}

func storm(b *testing.B, agents int, roster string) {
	h := newHouse(b, 1)
	h.records.HireAll(agents)
	a := newAudience(b, h.node(merging, func(o *gateway.Options) {
		o.PingInterval, o.FrameTimeout, o.HelloTimeout = time.Hour, time.Hour, time.Hour
	}), gateway.NewGallery())
	a.joinAll(gateway.Hired(agents), fmt.Sprintf(`,"seat":"none","roster":%q`, roster), 32)
	a.expectShown(roster == "full")
	a.expectSound()
	var sent, heard int
	for _, l := range a.all {
		l.mu.Lock()
		sent += l.sent
		heard += l.heard
		l.mu.Unlock()
	}
	b.ReportMetric(float64(sent)/float64(agents), "sent-B/login")
	b.ReportMetric(float64(heard)/float64(agents), "heard-B/login")
	a.leave()
}
