package gateway_test

import (
	"errors"
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
