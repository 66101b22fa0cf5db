package client_test

import (
	"testing"

	"usher/gateway/client"
	"usher/gateway/wire"
)

func TestSeatLost(t *testing.T) {
	t.Parallel()
	for reason, ask := range map[string]string{
		"freed": wire.AskNone, "left": wire.AskNone, "idle": wire.AskNone, "shrunk": wire.AskNone,
		"handed_over": wire.AskNone, "logged_out_remotely": wire.AskNone,
		"expired": wire.AskAuto, "not_operator": wire.AskAuto, "license_suspended": wire.AskAuto,
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			s, a, p := connect(t, nil, nil)
			p.send(wire.Push(wire.TypeSeatLost, wire.SeatLost{Number: 1, Fence: held(17).Fence, Reason: reason}))
			if e := until[client.SeatLost](a); e.Lost.Reason != reason {
				t.Errorf("%+v", e)
			}
			if st := a.State(); st.Seat.State != wire.SeatNone || !st.Connected {
				t.Errorf("%+v", st)
			}
			_ = p.conn.CloseNow()
			if _, h := s.welcomed(t, nil); h.Seat != ask {
				t.Errorf("comes back with %q, want %q", h.Seat, ask)
			}
		})
	}
}

func TestTheLossOfAnEarlierSeatChangesNothing(t *testing.T) {
	t.Parallel()
	s, a, p := connect(t, nil, nil)
	p.send(wire.Push(wire.TypeSeatLost, wire.SeatLost{Number: 1, Fence: held(16).Fence, Reason: "freed"}))
	until[client.SeatLost](a)
	if seat := a.State().Seat; seat.Fence != held(17).Fence {
		t.Errorf("%+v", seat)
	}
	_ = p.conn.CloseNow()
	if _, h := s.welcomed(t, nil); h.Seat != wire.AskAuto {
		t.Errorf("comes back with %q", h.Seat)
	}
}

func TestPushes(t *testing.T) {
	t.Parallel()
	_, a, p := connect(t, nil, nil)
	p.send(wire.Push(wire.TypeSeatGranted, wire.SeatGranted{Seat: held(40), Cause: wire.CauseOtherDevice}))
	if e := until[client.SeatGranted](a); e.Cause != wire.CauseOtherDevice || a.State().Seat.Fence != held(40).Fence {
		t.Errorf("%+v", e)
	}
	p.send(wire.Push(wire.TypeAccessChanged, wire.AccessChanged{Access: wire.Access{Inbox: wire.InboxNoSeat}}))
	if e := until[client.AccessChanged](a); e.Access.Inbox != wire.InboxNoSeat || a.State().Access != e.Access {
		t.Errorf("%+v", e)
	}
	p.send(wire.Push(wire.TypeLicenseChanged, wire.LicenseChanged{License: wire.License{ID: "lic_demo", Cap: 5}}))
	if e := until[client.LicenseChanged](a); e.License.Cap != 5 || a.State().License != e.License {
		t.Errorf("%+v", e)
	}
	p.send([]byte(`{"type":"of.a.later.version","data":7}`))
	p.send(wire.Push(wire.TypeError, wire.Error{Code: wire.CodeBadRequest}))
	if e := until[client.ServerError](a); e.Err.Code != wire.CodeBadRequest {
		t.Errorf("%+v", e)
	}
}

func delta(used int, gone []string, holders ...wire.Holder) wire.BoardDelta {
	return wire.BoardDelta{Board: wire.Board{Cap: 3, Total: new(3), Used: used, Holders: holders}, Gone: gone}
}

func feed(p *peer, epoch string, from, version uint64, d wire.BoardDelta) {
	p.send(wire.Feed(wire.TypeBoardChanged, epoch, from, version, d))
}

// board holds a client's board to what it should be: teammates by number, and the version.
func board(t *testing.T, a *agent, version uint64, teammates ...string) {
	t.Helper()
	b, at := a.Board()
	got := make([]string, 0, len(b.Holders))
	for _, h := range b.Holders {
		got = append(got, h.Teammate)
	}
	if raw(got) != raw(teammates) || at.Version != version || b.Used != len(teammates) {
		t.Errorf("%v, used %d, at version %d; want %v at %d", got, b.Used, at.Version, teammates, version)
	}
}

func TestBoardFollowsTheFeed(t *testing.T) {
	t.Parallel()
	_, a, p := connect(t, nil, nil)
	board(t, a, 42, "tm_ann")
	feed(p, "1", 42, 44, delta(2, nil, holder("tm_bob", 2)))
	until[client.BoardChanged](a)
	board(t, a, 44, "tm_ann", "tm_bob")

	// Known already, then one that overlaps what is known.
	feed(p, "1", 42, 44, delta(9, []string{"tm_ann"}))
	feed(p, "1", 43, 45, delta(3, nil, holder("tm_bob", 2), holder("tm_cid", 3)))
	if e := until[client.BoardChanged](a); e.At.Version != 45 {
		t.Errorf("%+v", e)
	}
	board(t, a, 45, "tm_ann", "tm_bob", "tm_cid")

	feed(p, "1", 45, 46, delta(2, []string{"tm_ann"}))
	until[client.BoardChanged](a)
	board(t, a, 46, "tm_bob", "tm_cid")

	// A gap: one sync, however many changes come meanwhile.
	feed(p, "1", 47, 48, delta(1, nil))
	feed(p, "1", 48, 49, delta(1, nil))
	f := p.expect(wire.TypeSync)
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.Empty{}))
	snapshot(p, "1", 49, holder("tm_dan", 1))
	until[client.BoardChanged](a)
	board(t, a, 49, "tm_dan")

	// Versions never go back, but in another epoch.
	snapshot(p, "1", 48, holder("tm_ann", 1))
	feed(p, "2", 0, 1, delta(1, nil, holder("tm_eve", 1)))
	f = p.expect(wire.TypeSync)
	board(t, a, 49, "tm_dan")
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.Empty{}))
	snapshot(p, "2", 1, holder("tm_eve", 1))
	until[client.BoardChanged](a)
	board(t, a, 1, "tm_eve")
}

func snapshot(p *peer, epoch string, version uint64, holders ...wire.Holder) {
	p.send(wire.Push(wire.TypeSnapshot, wire.Snapshot{
		Feeds: wire.Feeds{Board: &wire.Position{Epoch: epoch, Version: version}},
		Board: &wire.Board{Cap: 3, Total: new(3), Used: len(holders), Holders: holders},
	}))
}

func TestARefusedSyncIsSentAgain(t *testing.T) {
	t.Parallel()
	_, a, p := connect(t, nil, nil)
	feed(p, "1", 50, 51, delta(1, nil))
	p.fail(wire.TypeSync, wire.Error{Code: wire.CodeRateLimited, Retryable: true, RetryAfterMS: new(int64(10))})
	p.answer(wire.TypeSync, wire.Empty{})
	snapshot(p, "1", 51, holder("tm_dan", 1))
	until[client.BoardChanged](a)
	board(t, a, 51, "tm_dan")
}

// TestAReconnectDoesNotTurnTheBoardBack has a node whose replica is behind what the client saw at another.
func TestAReconnectDoesNotTurnTheBoardBack(t *testing.T) {
	t.Parallel()
	s, a, p := connect(t, nil, nil)
	feed(p, "1", 42, 44, delta(2, nil, holder("tm_bob", 2)))
	until[client.BoardChanged](a)
	_ = p.conn.CloseNow()
	p, _ = s.welcomed(t, nil) // version 42 again
	until[client.Welcomed](a)
	board(t, a, 44, "tm_ann", "tm_bob")
	feed(p, "1", 42, 45, delta(3, nil, holder("tm_bob", 2), holder("tm_cid", 3)))
	until[client.BoardChanged](a)
	board(t, a, 45, "tm_ann", "tm_bob", "tm_cid")
}

func TestNoBoard(t *testing.T) {
	t.Parallel()
	_, a, p := connect(t, func(o *client.Options) { o.NoBoard = true }, nil)
	feed(p, "7", 50, 51, delta(1, nil, holder("tm_bob", 2)))
	p.send(wire.Push(wire.TypeError, wire.Error{Code: wire.CodeInternal}))
	until[client.ServerError](a)
	if b, _ := a.Board(); len(b.Holders) != 0 {
		t.Errorf("%s", raw(b))
	}
	got := take(a)
	p.answer(wire.TypeSeatTake, wire.SeatReply{Seat: held(17)}) // and not a sync
	if r := got(t); r.err != nil {
		t.Error(r.err)
	}
}
