package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"

	"github.com/coder/websocket"
)

// A node that goes away asks its agents to go, each at its own moment; on another node they find their seats.
func TestDraining(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	var mu sync.Mutex
	moments := []float64{.3, .5, .7, .9} // one for each connection, in any order
	going := h.node(func(o *gateway.Options) {
		o.Rand = func() float64 {
			mu.Lock()
			defer mu.Unlock()
			r := moments[0]
			moments = append(moments[1:], r)
			return r
		}
	})
	staying := h.node()
	meg, _ := login(t, staying, "tm_meg", `"seat":"none"`)
	agents, first := map[string]*agent{}, map[string]wire.Welcome{}
	for _, who := range []string{"tm_ann", "tm_bob", "tm_cid"} {
		agents[who], first[who] = login(t, going, who)
	}
	early := dial(t, going) // has not said hello

	const spread = time.Second
	began := time.Now()
	drained := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		drained <- going.Drain(ctx, spread)
	}()
	if code := early.closed(); code != wire.CloseDraining {
		t.Errorf("closed with %d", code)
	}
	delays, last := map[int64]bool{}, int64(0)
	for _, a := range agents {
		d := data[wire.Draining](a, a.until("", wire.TypeDraining))
		delays[d.ReconnectAfterMS], last = true, max(last, d.ReconnectAfterMS)
		if d.ReconnectAfterMS < 300 || d.ReconnectAfterMS > 900 {
			t.Errorf("%+v", d)
		}
		if seat := a.seat(wire.TypeSeatTake); seat.State != wire.SeatHeld { // until then it is served
			t.Errorf("%+v", seat)
		}
	}
	if len(delays) != 3 {
		t.Errorf("delays %v", delays)
	}
	if _, res, err := websocket.Dial(t.Context(), going.url, nil); err == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%v", res)
	}
	for _, a := range agents {
		if code := a.closed(); code != wire.CloseDraining {
			t.Errorf("closed with %d", code)
		}
	}
	if took := time.Since(began); took < time.Duration(last)*time.Millisecond {
		t.Errorf("all were gone after %s, before the last moment at %d ms", took, last)
	}
	if err := <-drained; err != nil {
		t.Error(err)
	}
	for who, was := range first {
		_, w := login(t, staying, who, resume(was))
		sameSeat(t, w, was)
	}
	meg.sees("all of them", func(b view) bool {
		return b.Used == 3 && b.holders["tm_ann"].State == wire.HolderHeld &&
			b.holders["tm_bob"].State == wire.HolderHeld && b.holders["tm_cid"].State == wire.HolderHeld
	})
}

// Close cuts the connections, and tells the engine of them before it returns.
func TestCloseTellsTheEngine(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	closing, line := h.mortal(time.Hour)
	other := h.node()
	meg, _ := login(t, other, "tm_meg", `"seat":"none"`)
	login(t, closing, "tm_ann")
	login(t, closing, "tm_bob")
	line.Set(gateway.Cut)
	time.AfterFunc(300*time.Millisecond, func() { line.Set(gateway.None) })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := closing.Close(ctx); err != nil {
		t.Fatal(err)
	}
	board, err := other.Board(t.Context(), license)
	if err != nil {
		t.Fatal(err)
	}
	for _, holder := range board.Holders {
		if !holder.InGrace() {
			t.Errorf("%+v", holder)
		}
	}
	meg.sees("grace", func(b view) bool { return b.holders["tm_bob"].State == wire.HolderGrace })
}

// An engine that is gone does not keep a node from closing in its time.
func TestCloseWithoutAnEngine(t *testing.T) {
	t.Parallel()
	for _, fault := range []gateway.Fault{gateway.Cut, gateway.Hang} {
		h := newHouse(t, 3)
		n, line := h.mortal(time.Hour)
		login(t, n, "tm_ann")
		line.Set(fault)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if err := n.Close(ctx); err == nil {
			t.Error("the drop can't have arrived")
		}
		cancel()
		if _, err := n.Board(t.Context(), license); err == nil {
			t.Error("a closed server answers")
		}
	}
}

// Who comes and goes leaves nothing behind: no floor, no connection; TestMain looks for goroutines.
func TestComingAndGoingLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	h.grace(50 * time.Millisecond)
	n := h.node(func(o *gateway.Options) { o.Linger, o.Lease = 10*time.Millisecond, 100*time.Millisecond })
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 50 {
				a := dial(t, n)
				switch i % 5 {
				case 0: // says nothing
				case 1:
					a.send(`{"id":"hi","type":"hello","data":{"token":"nonsense"}}`)
				case 2: // goes while it is let in
					a.send(`{"id":"hi","type":"hello","data":{"token":"tm_ann"}}`)
				default:
					a.send(fmt.Sprintf(`{"id":"hi","type":"hello","data":{"token":%q}}`, []string{"tm_ann", "tm_bob", "tm_cid", "tm_ned"}[worker]))
					a.until("hi", wire.TypeWelcome)
				}
				if i%2 == 0 {
					_ = a.ws.CloseNow()
				} else {
					_ = a.ws.Close(websocket.StatusNormalClosure, "")
				}
			}
		})
	}
	wg.Wait()
	await(t, "the floor to be closed", func() bool { return gateway.Floors(n.Server) == 0 && gateway.Connections(n.Server) == 0 })
	if _, w := login(t, n, "tm_ann"); w.Seat.State != wire.SeatHeld || w.Seat.Number != 1 { // and the next finds everything anew
		t.Errorf("%+v", w.Seat)
	}
}

// Draining while agents log in leaves no session behind on a floor, whichever of the two is faster.
func TestDrainingWhileAgentsLogIn(t *testing.T) {
	t.Parallel()
	for range 20 {
		h := newHouse(t, 3)
		n := h.node(func(o *gateway.Options) { o.Linger = time.Millisecond })
		meg, _ := login(t, n, "tm_meg", `"seat":"none"`)
		agents := []*agent{meg}
		for _, who := range []string{"tm_ann", "tm_bob", "tm_cid", "tm_dan", "tm_ned"} {
			a := dial(t, n)
			a.send(fmt.Sprintf(`{"id":"hi","type":"hello","data":{"token":%q}}`, who))
			agents = append(agents, a)
		}
		var wg sync.WaitGroup
		for _, a := range agents { // who does not read keeps the closing handshake waiting
			wg.Go(func() {
				if code := a.closed(); code != wire.CloseDraining {
					t.Errorf("closed with %d", code)
				}
			})
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if err := n.Drain(ctx, time.Millisecond); err != nil {
			t.Fatal(err)
		}
		cancel()
		wg.Wait()
		await(t, "the floors to be empty", func() bool { return gateway.Members(n.Server) == 0 })
	}
}
