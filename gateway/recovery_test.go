package gateway_test

import (
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"
	"usher/seats/seatsmem"
)

// An engine that does not answer costs nobody the socket or the seat; who asks is told to ask again.
func TestAnEngineThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]gateway.Fault{"cut": gateway.Cut, "hanging": gateway.Hang} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 3)
			n := h.node(func(o *gateway.Options) { o.EngineTimeout = 200 * time.Millisecond })
			ann, _ := login(t, n, "tm_ann")
			bob, _ := login(t, n, "tm_bob", `"seat":"none"`)
			h.store.Set(fault)
			for _, typ := range []string{wire.TypeSeatTake, wire.TypeSeatExplain} {
				f := bob.ask(typ, "{}")
				e := data[wire.Error](bob, f)
				if f.Type != wire.TypeError || e.Code != "unavailable" || !e.Retryable || e.RetryAfterMS == nil {
					t.Errorf("%s: %s", typ, f.raw)
				}
			}
			cid, w := login(t, n, "tm_cid") // the floor is known: logging in goes on
			if w.Seat.State != wire.SeatRefused || w.Seat.Code != "unavailable" || w.Seat.RetryAfterMS == nil || len(w.Seat.Holders) != 1 {
				t.Errorf("%+v", w.Seat)
			}
			if f := ann.ask(wire.TypeSeatLeave, "{}"); data[wire.Error](ann, f).Code != "unavailable" {
				t.Error(f.raw)
			}
			h.store.Set(gateway.None)
			for _, a := range []*agent{ann, bob, cid} {
				if seat := a.seat(wire.TypeSeatTake); seat.State != wire.SeatHeld {
					t.Errorf("%+v", seat)
				}
			}
		})
	}
}

// A node whose engine can't be reached when a license is first asked for says so.
func TestAnUnknownFloorWithoutAnEngine(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node()
	h.store.Set(gateway.Cut)
	bob := dial(t, n)
	bob.send(`{"id":"hi","type":"hello","data":{"token":"tm_bob"}}`)
	if code := bob.errorCode("hi"); code != "unavailable" {
		t.Error(code)
	}
	if code := bob.closed(); code != wire.CloseTryAgainLater {
		t.Errorf("closed with %d", code)
	}
	h.store.Set(gateway.None)
	if _, w := login(t, n, "tm_bob"); w.Seat.State != wire.SeatHeld {
		t.Errorf("%+v", w.Seat)
	}
}

// A drop is sent until it arrives; until grace is over the seat is kept.
func TestADropIsSentUntilItArrives(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]gateway.Fault{"cut": gateway.Cut, "mute": gateway.Mute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 3)
			line := gateway.NewFaultyStore(h.store)
			n, other := h.node(func(o *gateway.Options) { o.Store = line }), h.node()
			meg, _ := login(t, other, "tm_meg", `"seat":"none"`)
			ann, first := login(t, n, "tm_ann")
			line.Set(fault)
			_ = ann.ws.CloseNow()
			await(t, "some tries", func() bool { return line.Failed() >= 3 })
			line.Set(gateway.None)
			meg.sees("grace", func(b view) bool { return b.holders["tm_ann"].State == wire.HolderGrace })
			_, w := login(t, other, "tm_ann", resume(first))
			sameSeat(t, w, first)
		})
	}
}

// await waits for a condition that no frame tells of.
func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waiting for %s", what)
		}
	}
}

// The take landed, its answer did not: the client was told nothing that is not so, and learns of its seat.
func TestATakeOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node()
	ann, _ := login(t, n, "tm_ann", `"seat":"none"`)
	h.store.Set(gateway.Mute)
	if f := ann.ask(wire.TypeSeatTake, "{}"); data[wire.Error](ann, f).Code != "unavailable" {
		t.Fatal(f.raw)
	}
	granted := data[wire.SeatGranted](ann, ann.until("", wire.TypeSeatGranted))
	if granted.Cause != "recovered" || granted.Seat.Number != 1 {
		t.Errorf("%+v", granted)
	}
	h.store.Set(gateway.None)
	if seat := ann.seat(wire.TypeSeatTake); seat.Fence != granted.Seat.Fence {
		t.Errorf("%+v", seat)
	}
}

// The engine lost its memory: the holders get their seats back in the order of their numbers, without asking.
func TestAnEngineWithoutMemory(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]bool{"at once": false, "after failures": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 3)
			n := h.node(func(o *gateway.Options) { o.Lease = 3 * time.Second })
			seatOf := map[string]wire.Seat{}
			agents := map[string]*agent{}
			for _, who := range []string{"tm_ann", "tm_bob", "tm_cid"} {
				a, w := login(t, n, who)
				agents[who], seatOf[who] = a, w.Seat
			}
			dan, _ := login(t, n, "tm_dan") // refused, and stays so
			if cut {
				h.store.Set(gateway.Cut)
				await(t, "failures", func() bool { return h.store.Failed() >= 3 })
			}
			h.store.Exchange(seatsmem.New(seatsmem.Options{}))
			h.store.Set(gateway.None)
			for who, a := range agents {
				granted := data[wire.SeatGranted](a, a.until("", wire.TypeSeatGranted))
				was := seatOf[who]
				if granted.Cause != "recovered" || granted.Seat.Number != was.Number || granted.Seat.Fence <= was.Fence {
					t.Errorf("%s: %+v, was %+v", who, granted, was)
				}
				a.sees("all of them", func(b view) bool { return b.Epoch == "2" && b.Used == 3 && len(b.holders) == 3 })
				for _, f := range a.kept {
					// In an outage the node's lease may be over, so that nobody may act for a while.
					if f.Type == wire.TypeSeatLost || f.Type == wire.TypeAccessChanged && !cut {
						t.Errorf("%s was told %s", who, f.raw)
					}
				}
			}
			dan.sees("all of them", func(b view) bool { return b.Epoch == "2" && b.Used == 3 })
			if seat := dan.seat(wire.TypeSeatTake); seat.Code != "seats_full" {
				t.Errorf("%+v", seat)
			}
		})
	}
}

// The same when the takes that bring the seats back do not get through at first.
func TestRecoveryIsTriedUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	flaky := &gateway.FlakyTakes{Store: h.store}
	n := h.node(func(o *gateway.Options) { o.Store, o.Lease = flaky, 600*time.Millisecond })
	ann, w := login(t, n, "tm_ann")
	flaky.Fail(3)
	h.store.Exchange(seatsmem.New(seatsmem.Options{}))
	granted := data[wire.SeatGranted](ann, ann.until("", wire.TypeSeatGranted))
	if granted.Cause != "recovered" || granted.Seat.Number != 1 || granted.Seat.Fence <= w.Seat.Fence {
		t.Errorf("%+v", granted)
	}
	for _, f := range ann.kept {
		if f.Type == wire.TypeSeatLost || f.Type == wire.TypeAccessChanged {
			t.Errorf("told %s", f.raw)
		}
	}
	if flaky.Left() > 0 {
		t.Error("nothing failed")
	}
}

// The database is down while the engine forgot: nobody is let in, nobody is thrown out.
func TestAnEngineWithoutMemoryAndNoDatabase(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node(func(o *gateway.Options) { o.Lease = 600 * time.Millisecond })
	ann, w := login(t, n, "tm_ann")
	bob, _ := login(t, n, "tm_bob", `"seat":"none"`)
	h.records.SetDown(true)
	h.store.Exchange(seatsmem.New(seatsmem.Options{}))
	if f := bob.ask(wire.TypeSeatTake, "{}"); data[wire.Error](bob, f).Code != "unavailable" {
		t.Fatal(f.raw)
	}
	h.records.SetDown(false)
	granted := data[wire.SeatGranted](ann, ann.until("", wire.TypeSeatGranted))
	if granted.Cause != "recovered" || granted.Seat.Fence <= w.Seat.Fence {
		t.Errorf("%+v", granted)
	}
}
