package wire_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"usher/gateway/wire"
)

// TestUnwritableDataIsAnErrorFrame holds that a mistake of ours neither panics nor sends half a frame.
func TestUnwritableDataIsAnErrorFrame(t *testing.T) {
	t.Parallel()
	for name, frame := range map[string][]byte{
		"reply":           wire.Reply("7", wire.TypeOK, math.NaN()),
		"push":            wire.Push(wire.TypeSeatGranted, make(chan int)),
		"feed":            wire.Feed(wire.TypeBoardChanged, "1", 1, 2, func() {}),
		"zero seat":       wire.Reply("7", wire.TypeOK, wire.SeatReply{}),
		"unheard-of seat": wire.Reply("7", wire.TypeOK, wire.SeatReply{Seat: wire.Seat{State: "sofa"}}),
	} {
		f, err := wire.DecodeServer(frame)
		if err != nil {
			t.Fatalf("%s: %v in %s", name, err, frame)
		}
		var e wire.Error
		if err := json.Unmarshal(f.Data, &e); err != nil || f.Type != wire.TypeError || e.Code != wire.CodeInternal {
			t.Errorf("%s: %s", name, frame)
		}
	}
	if _, err := wire.Request("1", wire.TypeHello, math.Inf(1)); err == nil {
		t.Error("request: no error")
	}
}

func TestIDsAreQuoted(t *testing.T) {
	t.Parallel()
	for _, id := range []string{`"`, `\`, "\n", "<&>", "\u2028", "ü", `","type":"welcome`} {
		f, err := wire.DecodeServer(wire.Reply(id, wire.TypeOK, wire.Empty{}))
		if err != nil || f.ID != id || f.Type != wire.TypeOK {
			t.Errorf("%q came back as %+v, %v", id, f, err)
		}
	}
}

func TestDurationsAreRoundedUp(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]int64{
		0: 0, 1: 1, time.Millisecond: 1, time.Millisecond + 1: 2, time.Minute: 60000, -time.Second: 0, math.MaxInt64: math.MaxInt64/1_000_000 + 1,
	} {
		if got := wire.MS(d); got != want {
			t.Errorf("MS(%d) = %d, want %d", d, got, want)
		}
	}
}
