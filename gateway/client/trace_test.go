package client_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"usher/gateway/client"
	"usher/gateway/wire"
)

// tracing notes what a trace is shown.
type tracing struct {
	mu   sync.Mutex
	said []string
}

func (t *tracing) notef(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.said = append(t.said, fmt.Sprintf(format, args...))
}

func (t *tracing) trace() *client.Trace {
	return &client.Trace{
		Sending:  func(call uint64, typ string, _ any) { t.notef("→ %d %s", call, typ) },
		Received: func(call uint64, f wire.ServerFrame) { t.notef("← %d %s", call, f.Type) },
	}
}

func (t *tracing) heard(what string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Contains(t.said, what)
}

// A trace is shown requests before their answers, and answers in their order with what is pushed, on each connection anew.
func TestTraceShowsAllInOrder(t *testing.T) {
	t.Parallel()
	s, heard := newServer(t), &tracing{}
	a := run(t, s, func(o *client.Options) { o.Trace = heard.trace() })
	p, _ := s.welcomed(t, nil)
	until[client.Welcomed](a)
	done := make(chan error, 1)
	go func() { done <- a.Leave(t.Context()) }()
	f := p.expect(wire.TypeSeatLeave)
	p.send(wire.Push(wire.TypeWaitlist, wire.WaitlistChanged{Waiting: 1}))
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.SeatReply{Seat: wire.Seat{State: wire.SeatNone}}))
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	_ = p.conn.CloseNow()
	s.welcomed(t, nil)
	until[client.Welcomed](a)
	want := []string{
		"→ 1 hello", "← 1 welcome", "→ 2 seat.leave", "← 0 waitlist.changed", "← 2 ok", "→ 1 hello", "← 1 welcome",
	}
	heard.mu.Lock()
	defer heard.mu.Unlock()
	if !slices.Equal(heard.said, want) {
		t.Errorf("the trace was shown %q", heard.said)
	}
}

// Who leaves the feeds to a trace is told of none of them, and still says how far they were shown.
func TestTracedFeedsAreFollowed(t *testing.T) {
	t.Parallel()
	s, heard := newServer(t), &tracing{}
	a := run(t, s, func(o *client.Options) { o.Trace, o.Traced = heard.trace(), true })
	p, hello := s.welcomed(t, func(w *wire.Welcome) {
		w.Roster = []wire.Entry{{Teammate: "tm_ann"}}
		w.Feeds.Roster = &wire.Position{Epoch: "1", Version: 5}
		w.Seat = wire.Seat{State: wire.SeatRefused, Code: "seats_full", Holders: wire.Holders{holder("tm_bob", 1)}}
	})
	if hello.Roster != wire.RosterFull {
		t.Errorf("the server was asked for %q", hello.Roster)
	}
	welcome := until[client.Welcomed](a).Welcome
	if len(welcome.Board.Holders) != 0 || len(welcome.Roster) != 0 || welcome.Seat.Code != "seats_full" || welcome.Session != "ses_1" {
		t.Errorf("the welcome is %+v", welcome)
	}
	// 44 to 45: what is between is for the trace to miss.
	p.send(wire.Feed(wire.TypeBoardChanged, "1", 44, 45, wire.BoardDelta{}))
	p.send(wire.Feed(wire.TypeRosterChanged, "1", 5, 6, wire.RosterDelta{}))
	half := wire.Snapshot{Feeds: wire.Feeds{Roster: &wire.Position{Epoch: "1", Version: 9}}, First: true}
	p.send(wire.Push(wire.TypeSnapshot, half))
	p.send(wire.Push(wire.TypeTokenExpiring, wire.TokenExpiring{InMS: 1000}))
	until[client.TokenExpiring](a)
	p.expect(wire.TypeTokenRefresh) // and no sync before it
	_ = p.conn.CloseNow()
	_, again := s.welcomed(t, nil)
	if *again.Feeds.Board != (wire.Position{Epoch: "1", Version: 45}) || *again.Feeds.Roster != (wire.Position{Epoch: "1", Version: 6}) {
		t.Errorf("it was shown board %v and roster %v", again.Feeds.Board, again.Feeds.Roster)
	}
	if !heard.heard("← 0 board.changed") || !heard.heard("← 0 roster.changed") || !heard.heard("← 0 snapshot") {
		t.Errorf("the trace was shown %q", heard.said)
	}
	if board, _ := a.Board(); len(board.Holders) != 0 {
		t.Errorf("it keeps %v", board.Holders)
	}
}
