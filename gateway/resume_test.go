package gateway_test

import (
	"fmt"
	"testing"

	"usher/gateway"
	"usher/gateway/wire"
)

func resume(w wire.Welcome) string { return fmt.Sprintf(`"resume":%q`, w.Resume) }

func sameSeat(t *testing.T, got, want wire.Welcome) {
	t.Helper()
	if got.Seat.State != wire.SeatHeld || got.Seat.Number != want.Seat.Number || got.Seat.Fence != want.Seat.Fence {
		t.Fatalf("%+v, want %+v", got.Seat, want.Seat)
	}
}

func TestBackWithinGrace(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	one, two := h.node(), h.node()
	watcher, _ := login(t, one, "tm_meg", `"seat":"none"`)
	bob, _ := login(t, one, "tm_bob")
	agent, first := login(t, one, "tm_ann")
	bob.ask(wire.TypeLogout, "{}") // a lower number is free, and is not what she comes back to
	for _, n := range []*node{two, one, two} {
		_ = agent.ws.CloseNow()
		watcher.sees("grace", func(b view) bool { return b.holders["tm_ann"].State == wire.HolderGrace })
		var w wire.Welcome
		agent, w = login(t, n, "tm_ann", resume(first))
		sameSeat(t, w, first)
		if !w.Resumed || w.Session == first.Session || w.Resume == first.Resume {
			t.Errorf("%+v", w)
		}
		watcher.sees("her again", func(b view) bool { return b.holders["tm_ann"].State == wire.HolderHeld })
		first = w
	}
}

// Her old socket need not be known to be gone for her to come back, and the board does not flicker.
func TestResumingALiveSession(t *testing.T) {
	t.Parallel()
	for _, elsewhere := range []bool{false, true} {
		t.Run(fmt.Sprintf("elsewhere=%t", elsewhere), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 1)
			one := h.node()
			two := one
			if elsewhere {
				two = h.node()
			}
			watcher, _ := login(t, one, "tm_meg", `"seat":"none"`)
			old, first := login(t, one, "tm_ann")
			agent, w := login(t, two, "tm_ann", resume(first))
			sameSeat(t, w, first)
			if !w.Resumed {
				t.Error("not resumed")
			}
			if code := old.closed(); code != wire.CloseResumedElsewhere {
				t.Errorf("closed with %d", code)
			}
			agent.ask(wire.TypeLogout, "{}")
			watcher.sees("nobody", func(b view) bool { return b.Version > 2 && b.Used == 0 })
			for _, f := range watcher.kept {
				if f.Type != wire.TypeBoardChanged {
					continue
				}
				for _, holder := range data[wire.BoardDelta](watcher, f).Holders {
					if holder.State != wire.HolderHeld || holder.Sessions != 1 {
						t.Errorf("the board flickered: %+v", holder)
					}
				}
			}
		})
	}
}

// A key that proves nothing is a fresh login, not an error.
func TestResumeKeysThatAreNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node()
	_, bob := login(t, n, "tm_bob")
	seal := h.tokens.SealResume
	for name, key := range map[string]string{
		"empty":           "",
		"garbage":         "%%%",
		"somebody else's": bob.Resume,
		"other license's": seal(gateway.Resume{License: "lic_other", Teammate: "tm_ann", Session: "ses_1"}),
		"unknown session": seal(gateway.Resume{License: license, Teammate: "tm_ann", Session: "ses_never"}),
	} {
		ann, w := login(t, n, "tm_ann", fmt.Sprintf(`"resume":%q`, key))
		if w.Resumed || w.Seat.State != wire.SeatHeld {
			t.Errorf("%s: resumed %t, %+v", name, w.Resumed, w.Seat)
		}
		ann.ask(wire.TypeLogout, "{}")
	}
	watcher, w := login(t, n, "tm_meg", `"seat":"none"`)
	if h := w.Board.Holders; len(h) != 1 || h[0].Teammate != "tm_bob" || h[0].State != wire.HolderHeld {
		t.Errorf("bob's session was touched: %+v", h)
	}
	_ = watcher
}

func TestResumingWithoutASeat(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	one, two := h.node(), h.node()
	old, first := login(t, one, "tm_ann")
	agent, w := login(t, two, "tm_ann", `"seat":"none"`, resume(first))
	if w.Seat.State != wire.SeatNone || w.Access.Inbox != wire.InboxNoSeat {
		t.Errorf("%+v", w.Seat)
	}
	agent.sees("grace", func(b view) bool { return b.holders["tm_ann"].State == wire.HolderGrace })
	if seat := agent.seat(wire.TypeSeatTake); seat.Fence != first.Seat.Fence {
		t.Errorf("%+v, want %+v", seat, first.Seat)
	}
	// The engine has ended the old session: its socket learns that by asking at the latest.
	old.send(`{"id":"late","type":"seat.take"}`)
	if code := old.closed(); code != wire.CloseResumedElsewhere {
		t.Errorf("closed with %d", code)
	}
}

func TestARefusedSessionResumes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	n := h.node()
	login(t, n, "tm_bob")
	old, first := login(t, n, "tm_ann")
	_, w := login(t, n, "tm_ann", resume(first))
	if w.Seat.Code != "seats_full" || !w.Resumed {
		t.Errorf("resumed %t, %+v", w.Resumed, w.Seat)
	}
	if code := old.closed(); code != wire.CloseResumedElsewhere {
		t.Errorf("closed with %d", code)
	}
}
