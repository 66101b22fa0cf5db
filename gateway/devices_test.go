package gateway_test

import (
	"testing"

	"usher/gateway/wire"
)

// devices holds of a board on which Ann's seat has that many sessions.
func devices(n int) func(view) bool {
	return func(b view) bool { return b.holders["tm_ann"].Sessions == n }
}

// A seat belongs to the teammate: a second device has the same one, and its going changes nothing.
func TestASecondDeviceSharesTheSeat(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	one, two := h.node(), h.node()
	watcher, _ := login(t, one, "tm_meg", `"seat":"none"`)
	laptop, first := login(t, one, "tm_ann")
	for _, n := range []*node{one, two} {
		phone, second := login(t, n, "tm_ann")
		if second.Seat.Number != first.Seat.Number || second.Seat.Fence != first.Seat.Fence || second.Session == first.Session {
			t.Fatalf("%+v, want %+v", second.Seat, first.Seat)
		}
		watcher.sees("two devices", devices(2))
		_ = phone.ws.CloseNow()
		watcher.sees("one device", devices(1))

		phone, _ = login(t, n, "tm_ann")
		watcher.sees("two devices", devices(2))
		if f := phone.ask(wire.TypeLogout, "{}"); f.Type != wire.TypeOK {
			t.Fatal(f.raw)
		}
		watcher.sees("one device", devices(1))
	}
	if seat := laptop.seat(wire.TypeSeatTake); seat.Fence != first.Seat.Fence || seat.Number != first.Seat.Number {
		t.Fatalf("%+v, want %+v", seat, first.Seat)
	}
	if watcher.view.holders["tm_ann"].State != wire.HolderHeld {
		t.Errorf("%+v", watcher.view.holders["tm_ann"])
	}
	for _, f := range laptop.kept {
		if f.Type == wire.TypeSeatLost || f.Type == wire.TypeSeatGranted || f.Type == wire.TypeAccessChanged {
			t.Errorf("the laptop was told %s", f.raw)
		}
	}
	if f := laptop.ask(wire.TypeLogout, "{}"); f.Type != wire.TypeOK {
		t.Fatal(f.raw)
	}
	if code := laptop.closed(); code != wire.CloseLoggedOut {
		t.Errorf("closed with %d", code)
	}
	watcher.sees("nobody", func(b view) bool { return b.Used == 0 && len(b.holders) == 0 })
}

func TestLeavingIsForAllDevices(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	one, two := h.node(), h.node()
	laptop, first := login(t, one, "tm_ann")
	phone, _ := login(t, two, "tm_ann")
	if seat := laptop.seat(wire.TypeSeatLeave); seat.State != wire.SeatNone {
		t.Fatalf("%+v", seat)
	}
	lost := data[wire.SeatLost](phone, phone.until("", wire.TypeSeatLost))
	if lost.Reason != "left" || lost.Fence != first.Seat.Fence || lost.Number != 1 || lost.By != nil {
		t.Errorf("%+v", lost)
	}
	if a := data[wire.AccessChanged](phone, phone.until("", wire.TypeAccessChanged)); a.Access.Inbox != wire.InboxNoSeat {
		t.Errorf("%+v", a)
	}
	// Whoever left is asked nothing and told nothing of a seat that another device takes later.
	again := phone.seat(wire.TypeSeatTake)
	if again.State != wire.SeatHeld || again.Fence <= first.Seat.Fence {
		t.Errorf("%+v", again)
	}
	laptop.sees("the phone's seat", func(b view) bool { return b.holders["tm_ann"].Fence == again.Fence })
	laptop.ask(wire.TypeSeatExplain, "{}")
	for _, f := range laptop.kept {
		if f.Type == wire.TypeSeatGranted || f.Type == wire.TypeSeatLost {
			t.Errorf("the laptop was told %s", f.raw)
		}
	}
}

func TestARefusedDeviceIsToldOfTheOthersSeat(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	one, two := h.node(), h.node()
	bob, _ := login(t, one, "tm_bob")
	laptop, w := login(t, one, "tm_ann")
	phone, _ := login(t, two, "tm_ann", `"seat":"none"`)
	if w.Seat.Code != "seats_full" {
		t.Fatalf("%+v", w.Seat)
	}
	bob.ask(wire.TypeLogout, "{}")
	seat := phone.seat(wire.TypeSeatTake)
	granted := data[wire.SeatGranted](laptop, laptop.until("", wire.TypeSeatGranted))
	if seat.State != wire.SeatHeld || granted.Cause != "other_device" || granted.Seat.Fence != seat.Fence || granted.Seat.Number != 1 {
		t.Errorf("%+v, want %+v", granted, seat)
	}
	if a := data[wire.AccessChanged](laptop, laptop.until("", wire.TypeAccessChanged)); a.Access.Inbox != wire.InboxOpen {
		t.Errorf("%+v", a)
	}
}
