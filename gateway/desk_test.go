package gateway_test

import (
	"errors"
	"fmt"
	"testing"

	"usher/gateway/wire"
	"usher/seats"
)

// What other parts of a node ask in an impossible way fails alone: commands of a floor leave together.
func TestInvalidCommandFailsAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	n := h.node()
	ann, _ := login(t, n, "tm_ann")
	_, err := n.Do(t.Context(), seats.Batch{License: license, Commands: []seats.Command{seats.Free{Teammate: "no id"}}})
	if !errors.Is(err, seats.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	if seat := ann.seat(wire.TypeSeatTake); seat.State != wire.SeatHeld {
		t.Fatalf("ann: %+v", seat)
	}
}

// Commands that come together are answered each in its place, and what a step changed that they share is told once.
func TestSeveralCommandsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	n := h.node()
	_, w := login(t, n, "tm_ann")
	free := seats.Free{Teammate: "tm_ann", Fence: seats.Fence(w.Seat.Fence)}
	out, err := n.Do(t.Context(), seats.Batch{License: license, Commands: []seats.Command{
		seats.Find{Teammate: "tm_ann"}, free, free, seats.Find{Teammate: "tm_ann"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []seats.Reply{seats.Found{}, seats.Freed{}, seats.Freed{}, seats.NotSeated{}} {
		if got := out.Replies[i]; fmt.Sprintf("%T", got) != fmt.Sprintf("%T", want) {
			t.Errorf("reply %d is %#v, want %T", i, got, want)
		}
	}
	losses := 0
	for _, c := range out.Changes {
		losses += len(c.Losses)
	}
	if losses != 1 {
		t.Errorf("one loss was told %d times", losses)
	}
}
