//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/gateway/wire"
	"usher/internal/redistest"
)

// BenchmarkStorm measures, while five thousand log in on licenses of 25 as fast as eight at once do, how long it takes from a teammate's
// hello until a colleague is shown them as online: the one of each license who was there first. Clients, server and Redis share the machine.
// Medians of three rounds, in µs:
//
//	join-seen-p50, join-seen-p99
//	login-p50, login-p99   from hello to one's own welcome
//	plain-p50, plain-p99   the same of the least that could let agents in (see asPlain), which tells how busy the machine is
//
// Run it with -benchtime=1x.
func BenchmarkStorm(b *testing.B) {
	const licenses, agents = 200, 25
	server, dir := redistest.Start(b), b.TempDir()
	all := recruits(b, dir, "storm", licenses, agents)
	plain, ours := startPlain(b, server.URL(), dir), startServe(b, dir, demo{}, "--redis-url", server.URL())
	for b.Loop() {
		rounds := map[string][]time.Duration{}
		note := func(name string, took []time.Duration) {
			for _, p := range []int{50, 99} {
				name := fmt.Sprintf("µs/%s-p%d", name, p)
				rounds[name] = append(rounds[name], percentile(took, p))
			}
		}
		for range 3 {
			_, logins := stormOnce(b, plain, all)
			note("plain", logins)
			joins, logins := stormOnce(b, ours, all)
			note("login", logins)
			note("join-seen", joins)
			if len(joins) != licenses*(agents-1) {
				b.Fatalf("%d were shown", len(joins))
			}
		}
		for name, of := range rounds {
			b.ReportMetric(float64(median(of).Microseconds()), name)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// stormOnce has all log in, and out again, and returns how long it took until each who came after the first of their license was shown
// to that one, and until they were welcomed.
func stormOnce(b *testing.B, p *process, all []recruit) (joins, logins []time.Duration) {
	b.Helper()
	w := stormWatch{began: map[recruitOf]time.Time{}, seen: map[recruitOf]struct{}{}}
	s := swarm{b: b, addr: strings.TrimPrefix(p.url, "http://"), hello: w.hello, welcomed: w.welcomed, watch: w.watch}
	first := slices.DeleteFunc(slices.Clone(all), func(r recruit) bool { return r.agent != 0 })
	s.logIn(first, atOnce)
	s.settle()
	rest := slices.DeleteFunc(slices.Clone(all), func(r recruit) bool { return r.agent == 0 })
	s.logIn(rest, atOnce)
	s.settle()
	s.logOut()
	return w.joins, w.logins[len(first):]
}

// recruitOf is a recruit without the token.
type recruitOf struct {
	license int
	id      string
}

// stormWatch notes when who said hello, and when they were shown to a colleague.
type stormWatch struct {
	mu            sync.Mutex
	began         map[recruitOf]time.Time
	seen          map[recruitOf]struct{}
	joins, logins []time.Duration
}

func (w *stormWatch) hello(r recruit) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.began[recruitOf{r.license, recruitID(r.agent)}] = time.Now()
}

func (w *stormWatch) welcomed(r recruit) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.logins = append(w.logins, time.Since(w.began[recruitOf{r.license, recruitID(r.agent)}]))
}

func (w *stormWatch) watch(r recruit, message []byte) {
	now := time.Now()
	f, err := wire.DecodeServer(message)
	if err != nil || f.Type != wire.TypeRosterChanged {
		return
	}
	var d wire.RosterDelta
	if err := json.Unmarshal(f.Data, &d); err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range d.Changes {
		who := recruitOf{r.license, e.Teammate}
		began, came := w.began[who]
		if _, again := w.seen[who]; again || !came || e.Status != wire.StatusOnline || e.Teammate == recruitID(r.agent) {
			continue
		}
		w.seen[who] = struct{}{}
		w.joins = append(w.joins, now.Sub(began))
	}
}
