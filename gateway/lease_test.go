package gateway_test

import (
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"
)

// mortal nodes have a short lease; their line to the engine can be cut, which is how they die.
func (h *house) mortal(lease time.Duration) (*node, *gateway.FaultyStore) {
	line := gateway.NewFaultyStore(h.store)
	return h.node(func(o *gateway.Options) { o.Store, o.Lease, o.EngineTimeout = line, lease, 200*time.Millisecond }), line
}

func (h *house) grace(d time.Duration) {
	h.records.Restore(func(l *gateway.License) { l.Config.Grace = d })
}

// A node dies: its holders are in grace when its lease ends, and lose their seats when that is over, all of it
// brought about and shown by the node that lives. Who comes back to that in time keeps their seat.
func TestADeadNodesHolders(t *testing.T) {
	t.Parallel()
	const lease, grace = 600 * time.Millisecond, 1500 * time.Millisecond
	h := newHouse(t, 3)
	h.grace(grace)
	dying, line := h.mortal(lease)
	living := h.node(func(o *gateway.Options) { o.Lease = 5 * lease }) // which no load on the machine ends
	meg, _ := login(t, living, "tm_meg", `"seat":"none"`)
	dan, _ := login(t, living, "tm_dan")
	ann, first := login(t, dying, "tm_ann")
	login(t, dying, "tm_bob")
	meg.sees("both", func(b view) bool { return b.Used == 3 })

	line.Set(gateway.Cut)
	_ = ann.ws.CloseNow()
	meg.sees("both in grace", func(b view) bool {
		return b.holders["tm_ann"].State == wire.HolderGrace && b.holders["tm_bob"].State == wire.HolderGrace &&
			b.holders["tm_dan"].State == wire.HolderHeld
	})
	began := time.Now()
	back, w := login(t, living, "tm_ann", resume(first))
	sameSeat(t, w, first)
	if !w.Resumed {
		t.Error("not resumed")
	}
	meg.sees("bob's seat free", func(b view) bool { return b.holders["tm_bob"].Number == 0 })
	if took := time.Since(began); took > grace+patience/2 {
		t.Errorf("the seat was free after %s", took)
	}
	if meg.view.Used != 2 || meg.view.holders["tm_ann"].State != wire.HolderHeld {
		t.Errorf("%+v", meg.view.holders)
	}
	for _, a := range []*agent{back, dan} {
		if seat := a.seat(wire.TypeSeatTake); seat.State != wire.SeatHeld {
			t.Errorf("%+v", seat)
		}
	}
}

// A node that was cut off for longer than lease and grace tells its holders that their seats ran out.
func TestANodeThatWasCutOffForTooLong(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	h.grace(300 * time.Millisecond)
	n, line := h.mortal(300 * time.Millisecond)
	other := h.node()
	ann, first := login(t, n, "tm_ann")
	line.Set(gateway.Cut)
	bob, w := login(t, other, "tm_bob")
	if w.Seat.Code != "seats_full" {
		t.Fatalf("%+v", w.Seat)
	}
	bob.sees("her seat free", func(b view) bool { return b.Used == 0 })
	if seat := bob.seat(wire.TypeSeatTake); seat.State != wire.SeatHeld || seat.Fence <= first.Seat.Fence {
		t.Errorf("%+v", seat)
	}
	line.Set(gateway.None)
	if lost := ann.lost(); lost.Reason != "expired" || lost.Fence != first.Seat.Fence {
		t.Errorf("%+v", lost)
	}
	if access := ann.access(); access.Inbox != wire.InboxNoSeat {
		t.Errorf("%+v", access)
	}
	if seat := ann.seat(wire.TypeSeatTake); seat.Code != "seats_full" {
		t.Errorf("%+v", seat)
	}
}

// One that was cut off for less finds everything as it was.
func TestANodeThatWasCutOffForAWhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	n, line := h.mortal(300 * time.Millisecond)
	other, _ := h.mortal(300 * time.Millisecond)
	meg, _ := login(t, other, "tm_meg", `"seat":"none"`)
	ann, first := login(t, n, "tm_ann")
	line.Set(gateway.Cut)
	meg.sees("grace", func(b view) bool { return b.holders["tm_ann"].State == wire.HolderGrace })
	line.Set(gateway.None)
	meg.sees("her again", func(b view) bool { return b.holders["tm_ann"].State == wire.HolderHeld })
	if seat := ann.seat(wire.TypeSeatTake); seat.Fence != first.Seat.Fence {
		t.Errorf("%+v", seat)
	}
	for _, f := range ann.kept {
		if f.Type == wire.TypeSeatLost || f.Type == wire.TypeSeatGranted {
			t.Errorf("told %s", f.raw)
		}
	}
}

// Her seat outlived the node of one of her devices, thanks to the other. When that goes, the first still counts.
func TestADeviceCountsAgainAfterItsNodesLease(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	h.grace(300 * time.Millisecond)
	n, line := h.mortal(300 * time.Millisecond)
	other := h.node()
	meg, _ := login(t, other, "tm_meg", `"seat":"none"`)
	laptop, first := login(t, n, "tm_ann")
	phone, _ := login(t, other, "tm_ann")
	meg.sees("two", devices(2))
	line.Set(gateway.Cut)
	meg.sees("one", devices(1))
	began := time.Now()
	await(t, "the node to be forgotten", func() bool { return time.Since(began) > 600*time.Millisecond })
	line.Set(gateway.None)
	meg.sees("two again", devices(2))
	_ = phone.ws.CloseNow()
	meg.sees("one", devices(1))
	if h := meg.view.holders["tm_ann"]; h.State != wire.HolderHeld || h.Fence != first.Seat.Fence {
		t.Errorf("%+v", h)
	}
	if seat := laptop.seat(wire.TypeSeatTake); seat.Fence != first.Seat.Fence {
		t.Errorf("%+v", seat)
	}
	for _, f := range laptop.kept {
		if f.Type == wire.TypeSeatLost || f.Type == wire.TypeSeatGranted {
			t.Errorf("the laptop was told %s", f.raw)
		}
	}
}
