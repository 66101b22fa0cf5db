package gateway_test

import (
	"fmt"
	"testing"

	"usher/gateway"
	"usher/gateway/wire"
	"usher/seats"
)

// Over sockets, on two nodes: one waits, another asks for the seat and gets it, and hands it on to who waits.
func TestASeatGoesFromHandToHand(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	h.records.Restore(func(l *gateway.License) { l.Config.Waitlist, l.Config.HandOver = true, seats.HandOverAnyone })
	one, two := h.node(), h.node()
	ann, first := login(t, one, "tm_ann")
	bob, w := login(t, two, "tm_bob", `"seat":"wait"`)
	if w.Seat.State != wire.SeatWaiting || w.Seat.Place != 1 || len(w.Seat.Holders) != 1 || len(w.Board.Waitlist) != 1 || w.Board.Waiting != 1 {
		t.Fatalf("%+v %+v", w.Seat, w.Board)
	}
	cid, _ := login(t, two, "tm_cid")

	made := data[wire.AskMade](cid, cid.ask(wire.TypeSeatAsk, `{"of":"tm_ann","note":"My shift begins."}`))
	if made.Delivered != 1 || made.ExpiresMS != 60_000 {
		t.Errorf("%+v", made)
	}
	asked := data[wire.AskReceived](ann, ann.until("", wire.TypeAskReceived))
	if asked.Ask != made.Ask || asked.Of != "tm_ann" || asked.From.ID != "tm_cid" || asked.Note != "My shift begins." || asked.ExpiresMS <= 0 {
		t.Errorf("%+v", asked)
	}
	if f := ann.ask(wire.TypeSeatAnswer, fmt.Sprintf(`{"ask":%q,"accept":true}`, asked.Ask)); data[wire.SeatReply](ann, f).Seat.State != wire.SeatNone {
		t.Fatal(f.raw)
	}
	granted := data[wire.SeatGranted](cid, cid.until("", wire.TypeSeatGranted))
	if granted.Cause != wire.CauseHandOver || granted.Seat.Number != 1 || granted.Seat.Fence <= first.Seat.Fence {
		t.Errorf("%+v", granted)
	}
	if answered := data[wire.AskAnswered](cid, cid.until("", wire.TypeAskAnswered)); answered.Outcome != wire.AskAccepted || answered.Ask != made.Ask {
		t.Errorf("%+v", answered)
	}

	if f := cid.ask(wire.TypeSeatHandOver, `{"to":"tm_bob"}`); data[wire.SeatReply](cid, f).Seat.State != wire.SeatNone {
		t.Fatal(f.raw)
	}
	granted = data[wire.SeatGranted](bob, bob.until("", wire.TypeSeatGranted))
	if granted.Cause != wire.CauseHandOver || granted.Seat.Number != 1 {
		t.Errorf("%+v", granted)
	}
	bob.sees("the line empty", func(b view) bool { return b.Waiting == 0 && b.holders["tm_bob"].Fence == granted.Seat.Fence })
	explain := data[wire.Explain](ann, ann.ask(wire.TypeSeatExplain, "{}"))
	if explain.Would != wire.WouldRefuse || explain.Rule != "seats_full" || explain.Cap != 1 || *explain.Total != 1 || explain.Place != nil {
		t.Errorf("%+v", explain)
	}
}

// Over sockets, on two nodes: who is refused asks the administrators, of whom one sits at no device with a seat.
func TestTheAdministratorsAreAsked(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	one, two := h.node(), h.node()
	login(t, one, "tm_ann")
	bob, _ := login(t, one, "tm_bob")
	meg, _ := login(t, one, "tm_meg", `"seat":"none"`)
	eve, _ := login(t, two, "tm_eve")
	made := data[wire.AskMade](bob, bob.ask(wire.TypeSeatAsk, `{"note":"My shift begins."}`))
	if made.Delivered != 2 || made.ExpiresMS != 60_000 {
		t.Errorf("%+v", made)
	}
	for _, a := range []*agent{meg, eve} {
		asked := data[wire.AskReceived](a, a.until("", wire.TypeAskReceived))
		if asked.Ask != made.Ask || asked.Of != "" || asked.From != (wire.Person{ID: "tm_bob", Name: "bob"}) ||
			asked.Note != "My shift begins." || asked.ExpiresMS <= 0 {
			t.Errorf("%+v", asked)
		}
	}
	f := meg.ask(wire.TypeSeatAnswer, fmt.Sprintf(`{"ask":%q,"accept":true}`, made.Ask))
	if seat := data[wire.SeatReply](meg, f).Seat; f.Type != wire.TypeOK || seat.State != wire.SeatNone {
		t.Error(f.raw)
	}
	if answered := data[wire.AskAnswered](bob, bob.until("", wire.TypeAskAnswered)); answered != (wire.AskAnswered{Ask: made.Ask, Outcome: wire.AskAccepted}) {
		t.Errorf("%+v", answered)
	}
}

// A license may bound how many devices a teammate has at once.
func TestTooManyDevices(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	h.records.Restore(func(l *gateway.License) { l.Config.SessionsPerTeammate = 1 })
	n := h.node()
	first, w := login(t, n, "tm_ann")
	second := dial(t, n)
	second.send(`{"id":"hi","type":"hello","data":{"token":"tm_ann"}}`)
	if code := second.errorCode("hi"); code != wire.CodeTooManyConnections {
		t.Error(code)
	}
	if code := second.closed(); code != wire.CloseTooManyConnections {
		t.Errorf("closed with %d", code)
	}
	if _, again := login(t, n, "tm_ann", resume(w)); again.Seat.Fence != w.Seat.Fence || !again.Resumed {
		t.Errorf("%+v", again.Seat)
	}
	if code := first.closed(); code != wire.CloseResumedElsewhere {
		t.Errorf("closed with %d", code)
	}
}
