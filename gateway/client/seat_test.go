package client_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"usher/gateway/client"
	"usher/gateway/wire"
)

func waiting(place int) wire.Seat {
	return wire.Seat{State: wire.SeatWaiting, Place: place, Since: new(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC))}
}

func ticketed(ticket string, ttl time.Duration) wire.Seat {
	s := held(17)
	s.Ticket, s.TicketTTLMS = ticket, wire.MS(ttl)
	return s
}

// comesBack cuts the connection and returns what the next hello asks for.
func comesBack(t tester, s *server, a *agent, p *peer) (*peer, wire.Hello) {
	t.Helper()
	_ = p.conn.CloseNow()
	p, h := s.welcomed(t, nil)
	until[client.Welcomed](a)
	return p, h
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	s, a, p := connect(t, func(o *client.Options) { o.Seat = client.SeatWait }, func(w *wire.Welcome) { w.Seat = waiting(3) })
	p.send(wire.Push(wire.TypeWaitlist, wire.WaitlistChanged{Place: new(2), Waiting: 4}))
	if e := until[client.WaitlistChanged](a); e.Place != 2 || e.Waiting != 4 || a.State().Seat.Place != 2 {
		t.Errorf("%+v, %+v", e, a.State().Seat)
	}
	p.send(wire.Push(wire.TypeSeatGranted, wire.SeatGranted{Seat: held(18), Cause: wire.CauseWaitlist}))
	if e := until[client.SeatGranted](a); e.Cause != wire.CauseWaitlist || a.State().Seat.State != wire.SeatHeld {
		t.Errorf("%+v", e)
	}
	p, h := comesBack(t, s, a, p)
	if h.Seat != wire.AskWait {
		t.Errorf("comes back with %q", h.Seat)
	}
	p.send(wire.Push(wire.TypeSeatLost, wire.SeatLost{Number: 1, Fence: held(18).Fence, Reason: "handed_over"}))
	until[client.SeatLost](a)
	p, h = comesBack(t, s, a, p)
	if h.Seat != wire.AskNone {
		t.Errorf("comes back with %q after the seat was handed over", h.Seat)
	}

	got := in(func() wire.Seat { s, _ := a.Wait(context.Background()); return s })
	p.answer(wire.TypeSeatWait, wire.SeatReply{Seat: waiting(1)})
	if seat := got(t); seat.Place != 1 || a.State().Seat.State != wire.SeatWaiting {
		t.Errorf("%+v", seat)
	}
	p.send(wire.Push(wire.TypeWaitlist, wire.WaitlistChanged{Waiting: 2}))
	if e := until[client.WaitlistChanged](a); e.Place != 0 || e.Waiting != 2 || a.State().Seat.State != wire.SeatNone {
		t.Errorf("%+v, %+v", e, a.State().Seat)
	}
	if _, h = comesBack(t, s, a, p); h.Seat != wire.AskNone {
		t.Errorf("comes back with %q after the place was gone", h.Seat)
	}
}

func TestUnwaiting(t *testing.T) {
	t.Parallel()
	for ask, answer := range map[string]wire.Seat{wire.AskNone: {State: wire.SeatNone}, wire.AskWait: held(18)} {
		s, a, p := connect(t, func(o *client.Options) { o.Seat = client.SeatWait }, func(w *wire.Welcome) { w.Seat = waiting(3) })
		got := in(func() wire.Seat { s, _ := a.Unwait(context.Background()); return s })
		p.answer(wire.TypeSeatUnwait, wire.SeatReply{Seat: answer})
		if seat := got(t); seat.State != answer.State || a.State().Seat.State != answer.State {
			t.Errorf("%+v", seat)
		}
		if _, h := comesBack(t, s, a, p); h.Seat != ask {
			t.Errorf("comes back with %q, want %q", h.Seat, ask)
		}
	}
}

func TestHandingOver(t *testing.T) {
	t.Parallel()
	s, a, p := connect(t, nil, nil)
	give := func() func(tester) error {
		return in(func() error { return a.HandOver(context.Background(), "tm_eve") })
	}
	err := give()
	p.fail(wire.TypeSeatHandOver, wire.Error{Code: wire.CodeNotPresent})
	if err := err(t); err == nil || err.(*client.Error).Code != wire.CodeNotPresent { //nolint:errorlint // as documented
		t.Error(err)
	}
	p, h := comesBack(t, s, a, p)
	if h.Seat != wire.AskAuto {
		t.Errorf("comes back with %q", h.Seat)
	}
	err = give()
	f := p.expect(wire.TypeSeatHandOver)
	if d, err := wire.Decode[wire.HandOver](f); err != nil || d.To != "tm_eve" {
		t.Errorf("%+v, %v", d, err)
	}
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.SeatReply{Seat: wire.Seat{State: wire.SeatNone}}))
	if err := err(t); err != nil || a.State().Seat.State != wire.SeatNone {
		t.Error(err)
	}
	if _, h = comesBack(t, s, a, p); h.Seat != wire.AskNone {
		t.Errorf("comes back with %q", h.Seat)
	}
}

func TestAskingAndAnswering(t *testing.T) {
	t.Parallel()
	s, a, p := connect(t, nil, nil)
	made := in(func() wire.AskMade { m, _ := a.Ask(context.Background(), "tm_bob", "please"); return m })
	f := p.expect(wire.TypeSeatAsk)
	if d, err := wire.Decode[wire.Ask](f); err != nil || d != (wire.Ask{Of: "tm_bob", Note: "please"}) {
		t.Errorf("%+v, %v", d, err)
	}
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.AskMade{Ask: "ask_1", Delivered: 2, ExpiresMS: 60000}))
	if m := made(t); m.Ask != "ask_1" || m.Delivered != 2 {
		t.Errorf("%+v", m)
	}
	p.send(wire.Push(wire.TypeAskAnswered, wire.AskAnswered{Ask: "ask_1", Outcome: wire.AskDeclined}))
	if e := until[client.AskAnswered](a); e.Ask != "ask_1" || e.Outcome != wire.AskDeclined {
		t.Errorf("%+v", e)
	}
	p.send(wire.Push(wire.TypeAskReceived, wire.AskReceived{Ask: "ask_2", Of: "tm_ann", From: wire.Person{ID: "tm_dan", Name: "Dan"}, Note: "n", ExpiresMS: 1500}))
	asked := until[client.AskReceived](a)
	if asked.Ask != "ask_2" || asked.Of != "tm_ann" || asked.From.Name != "Dan" || asked.Expires != 1500*time.Millisecond {
		t.Errorf("%+v", asked)
	}
	for _, accept := range []bool{false, true} {
		seat := in(func() wire.Seat { s, _ := a.Answer(context.Background(), asked, accept); return s })
		f = p.expect(wire.TypeSeatAnswer)
		if d, err := wire.Decode[wire.Answer](f); err != nil || *d.Accept != accept || d.Ask != "ask_2" {
			t.Errorf("%+v, %v", d, err)
		}
		answer, ask := held(17), wire.AskAuto
		if accept {
			answer, ask = wire.Seat{State: wire.SeatNone}, wire.AskNone
		}
		p.send(wire.Reply(f.ID, wire.TypeOK, wire.SeatReply{Seat: answer}))
		if got := seat(t); got.State != answer.State || a.State().Seat.State != answer.State {
			t.Errorf("%+v", got)
		}
		var h wire.Hello
		if p, h = comesBack(t, s, a, p); h.Seat != ask {
			t.Errorf("comes back with %q, want %q", h.Seat, ask)
		}
	}
}

// What the administrators are asked costs none of them their seat, nor what they ask for when they come back.
func TestAskingTheAdministratorsAndAnsweringAsOne(t *testing.T) {
	t.Parallel()
	s, a, p := connect(t, nil, nil)
	made := in(func() wire.AskMade { m, _ := a.Ask(context.Background(), "", "please"); return m })
	f := p.expect(wire.TypeSeatAsk)
	if d, err := wire.Decode[wire.Ask](f); err != nil || d != (wire.Ask{Note: "please"}) {
		t.Errorf("%+v, %v", d, err)
	}
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.AskMade{Ask: "ask_1", Delivered: 2, ExpiresMS: 60000}))
	if m := made(t); m.Delivered != 2 {
		t.Errorf("%+v", m)
	}
	p.send(wire.Push(wire.TypeAskReceived, wire.AskReceived{Ask: "ask_2", From: wire.Person{ID: "tm_dan", Name: "Dan"}}))
	asked := until[client.AskReceived](a)
	for _, had := range []wire.Seat{held(17), {State: wire.SeatNone}} {
		seat := in(func() wire.Seat { s, _ := a.Answer(context.Background(), asked, true); return s })
		f = p.expect(wire.TypeSeatAnswer)
		if d, err := wire.Decode[wire.Answer](f); err != nil || !*d.Accept || d.Ask != "ask_2" {
			t.Errorf("%+v, %v", d, err)
		}
		p.send(wire.Reply(f.ID, wire.TypeOK, wire.SeatReply{Seat: had}))
		if got := seat(t); got.State != had.State {
			t.Errorf("%+v", got)
		}
		var h wire.Hello
		if p, h = comesBack(t, s, a, p); h.Seat != wire.AskAuto {
			t.Errorf("comes back with %q", h.Seat)
		}
	}
}

func TestRoutingAndActivity(t *testing.T) {
	t.Parallel()
	s, a, p := connect(t, nil, nil)
	err := in(func() error { return a.SetRouting(context.Background(), wire.NotAcceptingChats) })
	p.answer(wire.TypeRoutingSet, wire.Empty{})
	if err := err(t); err != nil {
		t.Error(err)
	}
	err = in(func() error { return a.SetIdle(context.Background(), true) })
	p.answer(wire.TypeActivity, wire.Empty{})
	if err := err(t); err != nil {
		t.Error(err)
	}
	p.send(wire.Push(wire.TypeSeatWarned, wire.SeatWarned{Fence: 5, Reason: wire.WarnedIdle, DeadlineMS: 30000}))
	if e := until[client.SeatWarned](a); e != (client.SeatWarned{Fence: 5, Reason: "idle", Deadline: 30 * time.Second}) {
		t.Errorf("%+v", e)
	}
	p.send(wire.Push(wire.TypeSeatUnwarned, wire.SeatUnwarned{Fence: 5}))
	if e := until[client.WarningWithdrawn](a); e.Fence != 5 {
		t.Errorf("%+v", e)
	}
	p, _ = comesBack(t, s, a, p)
	f := p.expect(wire.TypeActivity) // a new connection is taken for active
	if d, err := wire.Decode[wire.Activity](f); err != nil || !*d.Idle {
		t.Errorf("%+v, %v", d, err)
	}
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.Empty{}))
}

func TestASuspendedSeatIsNotActedOn(t *testing.T) {
	t.Parallel()
	_, a, p := connect(t, func(o *client.Options) { o.Tickets = true }, func(w *wire.Welcome) { w.Seat = ticketed("one", time.Hour) })
	if token, left, ok := a.Ticket(); !ok || token != "one" || left <= 0 {
		t.Errorf("%q %s", token, left)
	}
	p.send(wire.Push(wire.TypeSeatSuspended, wire.SeatSuspension{Fence: held(17).Fence}))
	until[client.SeatSuspended](a)
	if seat := a.State().Seat; seat.State != wire.SeatSuspended || seat.Fence != held(17).Fence || seat.Ticket != "" {
		t.Errorf("%+v", seat)
	}
	if _, _, ok := a.Ticket(); ok {
		t.Error("a ticket for a suspended seat")
	}
	p.send(wire.Push(wire.TypeSeatTicket, wire.SeatTicket{Ticket: "late", TicketTTLMS: 20000})) // only a restoration restores it
	p.send(wire.Push(wire.TypeSeatRestored, wire.SeatRestored{Seat: ticketed("two", time.Hour)}))
	until[client.SeatRestored](a)
	if token, _, ok := a.Ticket(); !ok || token != "two" || a.State().Seat.State != wire.SeatHeld {
		t.Errorf("%q, %+v", token, a.State().Seat)
	}
	p.send(wire.Push(wire.TypeSeatSuspended, wire.SeatSuspension{Fence: held(17).Fence}))
	p.send(wire.Push(wire.TypeSeatLost, wire.SeatLost{Number: 1, Fence: held(17).Fence, Reason: "expired"}))
	until[client.SeatLost](a)
	if seat := a.State().Seat; seat.State != wire.SeatNone {
		t.Errorf("%+v", seat)
	}
}

// When a ticket's time is over the seat is not acted on any more, connected or not, whatever the server says.
func TestASeatEndsWithItsTicket(t *testing.T) {
	t.Parallel()
	const ttl = 150 * time.Millisecond
	s, a, p := connect(t, func(o *client.Options) { o.Tickets = true }, func(w *wire.Welcome) { w.Seat = ticketed("one", ttl) })
	if e := until[client.SeatSuspended](a); e.Fence != held(17).Fence || a.State().Seat.State != wire.SeatSuspended {
		t.Errorf("%+v, %+v", e, a.State().Seat)
	}
	p.send(wire.Push(wire.TypeSeatTicket, wire.SeatTicket{Ticket: "two", TicketTTLMS: wire.MS(ttl)}))
	if e := until[client.TicketRenewed](a); e.Ticket != "two" || e.TTL != ttl {
		t.Errorf("%+v", e)
	}
	if e := until[client.SeatRestored](a); e.Seat.Ticket != "two" {
		t.Errorf("%+v", e)
	}
	_ = p.conn.CloseNow()
	p, h := s.welcomed(t, func(w *wire.Welcome) { w.Seat = ticketed("three", time.Hour) })
	if !h.Ticket {
		t.Error("does not ask for tickets")
	}
	until[client.Welcomed](a)
	if token, _, ok := a.Ticket(); !ok || token != "three" {
		t.Errorf("%q", token)
	}
	_ = p
}

// The time of a ticket is looked at when it is asked for, and not by a timer alone.
func TestATicketIsOverByTheClock(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	_, a, _ := connect(t, func(o *client.Options) {
		o.Tickets, o.Now = true, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	}, func(w *wire.Welcome) { w.Seat = ticketed("one", time.Hour) })
	ahead.Store(int64(time.Hour))
	if _, _, ok := a.Ticket(); ok || a.State().Seat.State != wire.SeatSuspended {
		t.Errorf("%+v", a.State().Seat)
	}
}

func TestBoardHasTheWaitlist(t *testing.T) {
	t.Parallel()
	dan := wire.Waiter{Teammate: "tm_dan", Name: "Dan", Place: 1, State: wire.WaiterWaiting, Eligible: true}
	_, a, p := connect(t, nil, func(w *wire.Welcome) { w.Board.Waitlist, w.Board.Waiting = wire.Waitlist{dan}, 1 })
	line := func(want ...wire.Waiter) {
		t.Helper()
		if b, _ := a.Board(); raw(b.Waitlist) != raw(wire.Waitlist(want)) {
			t.Errorf("%s, want %s", raw(b.Waitlist), raw(want))
		}
	}
	line(dan)
	feed(p, "1", 42, 43, delta(2, nil, holder("tm_bob", 2)))
	until[client.BoardChanged](a)
	line(dan)
	eve := wire.Waiter{Teammate: "tm_eve", Name: "Eve", Place: 1, State: wire.WaiterWaiting}
	d := delta(2, nil)
	d.Waitlist = &wire.Waitlist{eve, dan}
	feed(p, "1", 43, 44, d)
	until[client.BoardChanged](a)
	line(eve, dan)
	d.Waitlist = &wire.Waitlist{}
	feed(p, "1", 44, 45, d)
	until[client.BoardChanged](a)
	line()
}
