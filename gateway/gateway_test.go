package gateway_test

import (
	"testing"
	"time"

	"usher/gateway/wire"
	"usher/seats"
)

// The story that all else stands on: as many as there are seats are let in, the next is told who holds them; a
// logout lets them in with a larger fence; a freed holder stays connected.
func TestOperatorsAreAdmittedUpToTheCap(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node()
	var agents []*agent
	last := int64(0)
	for i, who := range []string{"tm_ann", "tm_bob", "tm_cid"} {
		a, w := login(t, n, who)
		if w.Seat.State != wire.SeatHeld || w.Seat.Number != i+1 || w.Seat.Fence <= last {
			t.Fatalf("%s: %+v", who, w.Seat)
		}
		// No answer is older than what its own request changed.
		if w.Board.Used != i+1 || len(w.Board.Holders) != i+1 || w.Board.Holders[i].Fence != w.Seat.Fence {
			t.Fatalf("%s is welcomed with an old board: %+v", who, w.Board)
		}
		last = w.Seat.Fence
		agents = append(agents, a)
	}
	dan, w := login(t, n, "tm_dan")
	if w.Seat.State != wire.SeatRefused || w.Seat.Code != "seats_full" || len(w.Seat.Holders) != 3 {
		t.Fatalf("dan: %+v", w.Seat)
	}
	if w.Access.Inbox != wire.InboxNoSeat || w.Board.Used != 3 {
		t.Fatalf("dan: %+v %+v", w.Access, w.Board)
	}

	if f := agents[1].ask(wire.TypeLogout, "{}"); f.Type != wire.TypeOK {
		t.Fatal(f.raw)
	}
	if code := agents[1].closed(); code != wire.CloseLoggedOut {
		t.Fatalf("closed with %d", code)
	}
	dan.sees("bob gone", func(b view) bool { return len(b.holders) == 2 && b.holders["tm_bob"].Number == 0 && b.Used == 2 })
	seat := dan.seat(wire.TypeSeatTake)
	if seat.State != wire.SeatHeld || seat.Number != 2 || seat.Fence <= last {
		t.Fatalf("dan: %+v", seat)
	}
	access := data[wire.AccessChanged](dan, dan.until("", wire.TypeAccessChanged))
	if access.Access.Inbox != wire.InboxOpen {
		t.Fatalf("access: %+v", access)
	}

	out, err := n.Do(t.Context(), seats.Batch{License: license, Commands: []seats.Command{
		seats.Free{Teammate: "tm_dan", Fence: seats.Fence(seat.Fence), Cooldown: time.Minute, By: "tm_meg", Message: "lunch"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := out.Replies[0].(seats.Freed); !ok {
		t.Fatalf("%#v", out.Replies)
	}
	lost := data[wire.SeatLost](dan, dan.until("", wire.TypeSeatLost))
	if lost.Reason != "freed" || lost.By == nil || *lost.By != "tm_meg" || lost.Message != "lunch" || lost.RetryAfterMS == nil {
		t.Fatalf("lost: %+v", lost)
	}
	if seat := dan.seat(wire.TypeSeatTake); seat.Code != "cooldown" || seat.RetryAfterMS == nil {
		t.Fatalf("dan: %+v", seat)
	}
}
