package gateway_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"
	"usher/presence"
)

// While changes flow, one in twenty stops reading. Each of them is closed as a slow consumer once no more than its outbox has
// waits for it; nobody else misses a change, or is closed. How much later the others hear of changes is reported, not judged: the
// machine has other things to do.
func TestWhoDoesNotReadHarmsNobody(t *testing.T) {
	t.Parallel()
	const (
		readers, deaf = 95, 5
		rounds        = 60
		outbox        = 32 << 10
	)
	h := newHouse(t, 1)
	h.narrow = true
	h.records.HireAll(readers + deaf)
	n := h.node(merging, func(o *gateway.Options) {
		o.RosterTick, o.OutboxBytes, o.FrameTimeout, o.PingInterval = time.Millisecond, outbox, time.Hour, time.Hour
	})
	a := newAudience(t, n, gateway.NewGallery())
	tokens := gateway.Hired(readers + deaf)
	a.joinAll(tokens[:readers], `,"seat":"none"`, 16)
	a.expectShown(true)
	flow := flow{t: t, h: h, a: a}
	before := flow.rounds(rounds)

	var (
		silent []*rude
		wg     sync.WaitGroup
	)
	for _, token := range tokens[readers:] {
		silent = append(silent, silently(t, n, token))
	}
	await(t, "all to be in", func() bool { return gateway.Members(n.Server) == readers+deaf })
	a.expectShown(true)
	var with []time.Duration
	for done := 0; done < rounds || gateway.Members(n.Server) > readers; done++ {
		with = append(with, flow.rounds(1)...)
		if gateway.Members(n.Server) == readers && len(silent) > 0 {
			for _, r := range silent {
				wg.Go(func() {
					// Beside the outbox there is a frame that was being written, and what the kernel keeps.
					code, heard := r.rest()
					if most := outbox + 128<<10; code != wire.CloseSlowConsumer || heard > most {
						t.Errorf("closed with %d after %d bytes, want %d at most", code, heard, most)
					}
				})
			}
			silent = nil
		}
		if done > 5*rounds {
			t.Fatal("those who do not read are not closed")
		}
	}
	wg.Wait()
	a.expectShown(true)
	for _, l := range a.all {
		if got := look(l, func(g *gateway.Glance) int { return g.Frames["roster.changed"] }); got < 2*rounds {
			t.Errorf("one missed %d of %d changes", 2*rounds-got, 2*rounds)
		}
	}
	t.Logf("with %d of %d who do not read, changes take: median %.2f, p99 %.2f of what they do without them (%s, %s)",
		deaf, readers+deaf, ratio(with, before, 0.5), ratio(with, before, 0.99), quantile(before, 0.5), quantile(before, 0.99))
}

// silently logs a teammate in who reads nothing.
func silently(t *testing.T, n *node, token string) *rude {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(n.url, "ws://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.(*net.TCPConn).SetReadBuffer(32 << 10)
	r := &rude{t: t, conn: conn, in: bufio.NewReaderSize(conn, 16)}
	if _, err := r.sayHello(token, `,"seat":"none"`); err != nil {
		t.Fatal(err)
	}
	return r
}

// rest reads all there is, and returns with what code it ended and how many bytes came.
func (r *rude) rest() (code wire.CloseCode, heard int) {
	_ = r.conn.SetDeadline(time.Now().Add(patience))
	for {
		op, b, err := r.read()
		switch {
		case err != nil:
			return wire.CloseAbnormal, heard
		case op == opClose && len(b) >= 2:
			return wire.CloseCode(binary.BigEndian.Uint16(b)), heard
		}
		heard += len(b)
	}
}

// flow is changes of the roster, one after the other.
type flow struct {
	t      *testing.T
	h      *house
	a      *audience
	number int64
}

// rounds makes changes, each when all have heard of the one before, and returns how long each listener waited for each.
func (f *flow) rounds(n int) []time.Duration {
	f.t.Helper()
	var all []time.Duration
	for range n {
		time.Sleep(12 * time.Millisecond) // the tick for so many: each change comes alone
		heard := f.a.frames.start(len(f.a.all))
		began := time.Now()
		f.change()
		select {
		case <-heard:
		case <-time.After(patience):
			f.a.expectSound()
			f.t.Fatal("not everybody hears of a change")
		}
		for _, l := range f.a.all {
			l.mu.Lock()
			all = append(all, l.at.Sub(began))
			l.mu.Unlock()
		}
	}
	return all
}

// change changes the statuses of many, in one step.
func (f *flow) change() {
	f.number++
	b := presence.Batch{License: presence.LicenseID(license)}
	for _, token := range gateway.Hired(20) {
		b.Commands = append(b.Commands, presence.Choose{Teammate: presence.TeammateID(token), Choice: presence.Choice{
			Number: f.number, Status: []presence.Status{presence.Busy, presence.Away}[f.number%2], Note: strings.Repeat("busy ", 40),
		}})
	}
	if _, err := f.h.roster.Do(context.Background(), b); err != nil {
		f.t.Fatal(err)
	}
}

func quantile(all []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[int(float64(len(sorted)-1)*q)]
}

func ratio(a, b []time.Duration, q float64) float64 {
	return float64(quantile(a, q)) / float64(quantile(b, q))
}
