package wire_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/gateway/wire"
)

var update = flag.Bool("update", false, "write testdata anew")

var (
	since  = time.Date(2030, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	bob    = wire.Holder{Teammate: "tm_bob", Name: "Bob & Co <b>", Number: 1, Fence: 1000000016, Since: since, State: wire.HolderHeld, Sessions: 2}
	cid    = wire.Holder{Teammate: "tm_cid", Name: "Cid", Number: 3, Fence: 1000000018, Since: since, State: wire.HolderGrace, Overage: true}
	board  = wire.Board{Cap: 3, Total: new(3), Used: 2, Holders: wire.Holders{bob, cid}}
	feeds  = wire.Feeds{Board: &wire.Position{Epoch: "1", Version: 42}}
	lic    = wire.License{ID: "lic_demo", Name: "Acme Support", Status: "active", Cap: 3, Total: new(3)}
	held   = wire.Seat{State: wire.SeatHeld, Number: 2, Fence: 1000000017, Since: &since, Overage: new(false)}
	full   = wire.Seat{State: wire.SeatRefused, Code: "seats_full", Message: "All seats are taken.", Holders: wire.Holders{bob, cid}}
	cooled = wire.Seat{State: wire.SeatRefused, Code: "cooldown", Message: "Wait.", RetryAfterMS: new(int64(59999))}
	access = wire.Access{
		Inbox: wire.InboxOpen, Visitors: true, Team: true, OutgoingCalls: true, OutgoingClients: true,
		ClientList: wire.ScopeOwn, Dialogues: wire.ScopeOwn, Tasks: wire.ScopeOwn,
	}
	welcome = wire.Welcome{
		Session: "ses_1", Resume: "cmVzdW1l", Resumed: true, Node: "node-a", License: lic,
		Teammate: wire.Teammate{ID: "tm_ann", Name: "Ann", Operator: true}, Access: access, Seat: held, Board: board,
		Feeds: feeds, Limits: wire.Limits{FrameBytes: 16384, Pending: 16, PingMS: 25000},
	}
)

// serverFrames has a frame of each type that a server sends, and each shape of a seat.
func serverFrames() map[string][]byte {
	ok := func(v any) []byte { return wire.Reply("7", wire.TypeOK, v) }
	return map[string][]byte{
		"welcome":                 wire.Reply("1", wire.TypeWelcome, welcome),
		"ok":                      ok(wire.Empty{}),
		"ok.seat.held":            ok(wire.SeatReply{Seat: held}),
		"ok.seat.refused":         ok(wire.SeatReply{Seat: full}),
		"ok.seat.refused.retry":   ok(wire.SeatReply{Seat: cooled}),
		"ok.seat.none":            ok(wire.SeatReply{Seat: wire.Seat{State: wire.SeatNone, Number: 9, Code: "left over"}}),
		"ok.explain":              ok(wire.Explain{Would: wire.WouldRefuse, Rule: "seats_full", Total: new(2), Used: 2, Holders: wire.Holders{bob, cid}, NextChanceMS: new(int64(12000))}),
		"ok.explain.unlimited":    ok(wire.Explain{Would: wire.WouldGrant, Rule: "seat_open"}),
		"error":                   wire.Reply("8", wire.TypeError, wire.Error{Code: wire.CodeUnavailable, Message: "Try again.", Retryable: true, RetryAfterMS: new(int64(500))}),
		"error.without_id":        wire.Push(wire.TypeError, wire.Error{Code: wire.CodeBadRequest, Message: "frame is not UTF-8"}),
		"seat.granted":            wire.Push(wire.TypeSeatGranted, wire.SeatGranted{Seat: held, Cause: wire.CauseRecovered}),
		"seat.lost.freed":         wire.Push(wire.TypeSeatLost, wire.SeatLost{Number: 2, Fence: 1000000017, Reason: "freed", By: new("tm_meg"), Message: "Lunch is over.", RetryAfterMS: new(int64(60000))}),
		"seat.lost.expired":       wire.Push(wire.TypeSeatLost, wire.SeatLost{Number: 2, Fence: 1000000017, Reason: "expired"}),
		"access.changed":          wire.Push(wire.TypeAccessChanged, wire.AccessChanged{Access: access}),
		"license.changed":         wire.Push(wire.TypeLicenseChanged, wire.LicenseChanged{License: wire.License{ID: "lic_demo", Name: "Acme", Status: "active", Cap: 3}}),
		"token.expiring":          wire.Push(wire.TypeTokenExpiring, wire.TokenExpiring{InMS: 60000}),
		"server.draining":         wire.Push(wire.TypeDraining, wire.Draining{ReconnectAfterMS: 1840}),
		"board.changed":           wire.Feed(wire.TypeBoardChanged, "1", 42, 45, wire.BoardDelta{Board: board, Gone: []string{"tm_ann"}}),
		"board.changed.gone_only": wire.Feed(wire.TypeBoardChanged, "1", 0, 1, wire.BoardDelta{Board: wire.Board{Cap: 3}, Gone: []string{"tm_bob"}}),
		"snapshot":                wire.Push(wire.TypeSnapshot, wire.Snapshot{Feeds: feeds, Board: &board}),
		"snapshot.empty":          wire.Push(wire.TypeSnapshot, wire.Snapshot{Feeds: feeds, Board: &wire.Board{Cap: 3, Total: new(3)}}),
	}
}

func compareGolden(t *testing.T, dir, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", dir, name+".json")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSuffix(string(want), "\n"), string(got)); diff != "" {
		t.Errorf("%s (-file +encoded):\n%s", path, diff)
	}
}

func TestServerFramesAreGolden(t *testing.T) {
	t.Parallel()
	for name, frame := range serverFrames() {
		compareGolden(t, "server", name, frame)
		f, err := wire.DecodeServer(frame)
		if err != nil || f.Type == "" {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

func TestServerFramesReadBack(t *testing.T) {
	t.Parallel()
	frames := serverFrames()
	read := func(name string, into any) wire.ServerFrame {
		f, err := wire.DecodeServer(frames[name])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(f.Data, into); err != nil {
			t.Fatal(err)
		}
		return f
	}
	var w wire.Welcome
	if f := read("welcome", &w); f.ID != "1" || f.Type != wire.TypeWelcome {
		t.Errorf("frame %+v", f)
	}
	if diff := cmp.Diff(welcome, w); diff != "" {
		t.Error(diff)
	}
	var refused wire.SeatReply
	read("ok.seat.refused", &refused)
	if diff := cmp.Diff(full, refused.Seat); diff != "" {
		t.Error(diff)
	}
	var d wire.BoardDelta
	if f := read("board.changed", &d); f.Epoch != "1" || *f.From != 42 || *f.Version != 45 {
		t.Errorf("frame %+v", f)
	}
	if diff := cmp.Diff(wire.BoardDelta{Board: board, Gone: []string{"tm_ann"}}, d); diff != "" {
		t.Error(diff)
	}
}

func TestEveryServerTypeHasAGoldenFrame(t *testing.T) {
	t.Parallel()
	have := map[string]bool{}
	for _, frame := range serverFrames() {
		f, err := wire.DecodeServer(frame)
		if err != nil {
			t.Fatal(err)
		}
		have[f.Type] = true
	}
	for _, typ := range []string{
		wire.TypeOK, wire.TypeWelcome, wire.TypeError, wire.TypeSeatGranted, wire.TypeSeatLost, wire.TypeAccessChanged,
		wire.TypeLicenseChanged, wire.TypeTokenExpiring, wire.TypeDraining, wire.TypeBoardChanged, wire.TypeSnapshot,
	} {
		if !have[typ] {
			t.Errorf("%s has none", typ)
		}
	}
}

func TestClientFramesAreGolden(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		typ  string
		data any
	}{
		"hello":         {wire.TypeHello, wire.Hello{Token: "eyJ.e30.c2ln", Device: "web", Seat: wire.AskAuto, Roster: wire.RosterFull}},
		"hello.resume":  {wire.TypeHello, wire.Hello{Token: "eyJ.e30.c2ln", Resume: new("cmVzdW1l"), Seat: wire.AskNone}},
		"seat.take":     {wire.TypeSeatTake, nil},
		"seat.leave":    {wire.TypeSeatLeave, nil},
		"seat.explain":  {wire.TypeSeatExplain, nil},
		"logout":        {wire.TypeLogout, wire.Empty{}},
		"token.refresh": {wire.TypeTokenRefresh, wire.TokenRefresh{Token: "eyJ.e30.c2ln"}},
		"sync":          {wire.TypeSync, wire.Sync{Feeds: []string{wire.FeedBoard}}},
	} {
		frame, err := wire.Request("7", tc.typ, tc.data)
		if err != nil {
			t.Fatal(err)
		}
		compareGolden(t, "client", name, frame)
		f, err := wire.DecodeClient(frame)
		if err != nil || f.ID != "7" || f.Type != tc.typ {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
		if want, ok := tc.data.(wire.Hello); ok {
			got, err := wire.Decode[wire.Hello](f)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v %s", name, err, diff)
			}
		}
	}
}
