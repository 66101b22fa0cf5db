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
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/gateway/wire"
)

var update = flag.Bool("update", false, "write testdata anew")

var (
	since = time.Date(2030, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	bob   = wire.Holder{Teammate: "tm_bob", Name: "Bob & Co <b>", Number: 1, Fence: 1000000016, Since: since, State: wire.HolderHeld, Routing: wire.AcceptingChats, Sessions: 2}
	cid   = wire.Holder{Teammate: "tm_cid", Name: "Cid", Number: 3, Fence: 1000000018, Since: since, State: wire.HolderGrace, Routing: wire.NotAcceptingChats, Overage: true}
	eve   = wire.Holder{Teammate: "tm_eve", Name: "Eve", Number: 4, Fence: 1000000019, Since: since, State: wire.HolderHeld, IdleSince: &since, Routing: wire.AcceptingChats, Sessions: 1}
	line  = wire.Waitlist{
		{Teammate: "tm_dan", Name: "Dan", Place: 1, Since: since, State: wire.WaiterWaiting, Eligible: true},
		{Teammate: "tm_fay", Name: "Fay", Place: 2, Since: since, State: wire.WaiterGrace},
	}
	board  = wire.Board{Cap: 3, Total: new(3), Used: 2, Waiting: 2, Holders: wire.Holders{bob, cid}, Waitlist: line}
	delta  = wire.BoardDelta{Board: wire.Board{Cap: 3, Total: new(3), Used: 2, Waiting: 2, Holders: wire.Holders{bob, cid}}, Gone: []string{"tm_ann"}, Waitlist: &line}
	feeds  = wire.Feeds{Board: &wire.Position{Epoch: "1", Version: 42}}
	lic    = wire.License{ID: "lic_demo", Name: "Acme Support", Status: "active", Cap: 3, Total: new(3)}
	held   = wire.Seat{State: wire.SeatHeld, Number: 2, Fence: 1000000017, Since: &since, Overage: new(false), Routing: wire.AcceptingChats}
	proven = wire.Seat{State: wire.SeatHeld, Number: 2, Fence: 1000000017, Since: &since, Overage: new(true), Routing: wire.NotAcceptingChats, Ticket: "eyJ.e30.c2ln", TicketTTLMS: 20000}
	unsure = wire.Seat{State: wire.SeatSuspended, Number: 2, Fence: 1000000017, Since: &since, Overage: new(false), Routing: wire.AcceptingChats}
	place  = wire.Seat{State: wire.SeatWaiting, Place: 2, Since: &since, Holders: wire.Holders{bob, cid}}
	full   = wire.Seat{State: wire.SeatRefused, Code: "seats_full", Message: "All seats are taken.", Holders: wire.Holders{bob, cid}}
	cooled = wire.Seat{State: wire.SeatRefused, Code: "cooldown", Message: "Wait.", RetryAfterMS: new(int64(59999))}
	access = wire.Access{
		Inbox: wire.InboxOpen, Visitors: true, Team: true, OutgoingCalls: true, OutgoingClients: true,
		ClientList: wire.ScopeOwn, Dialogues: wire.ScopeOwn, Tasks: wire.ScopeOwn,
	}
	both   = wire.Feeds{Board: &wire.Position{Epoch: "1", Version: 42}, Roster: &wire.Position{Epoch: "1", Version: 7}}
	rest   = wire.Feeds{Roster: both.Roster}
	here   = wire.Entry{Teammate: "tm_ann", Name: "Ann", Operator: true, Status: wire.StatusOnline, Devices: []wire.Device{{Session: "ses_1", Device: "web", Since: since}, {Session: "ses_2", Since: since, Idle: true}}, Since: &since}
	lunch  = wire.Entry{Teammate: "tm_bob", Name: "Bob & Co <b>", Operator: true, Status: wire.StatusAway, Note: "Lunch", Until: &since, Devices: []wire.Device{{Session: "ses_3", Device: "phone", Node: "node-b", Since: since}}, Since: &since}
	hidden = wire.Entry{Teammate: "tm_cid", Name: "Cid", Operator: true, Status: wire.StatusInvisible, Devices: []wire.Device{{Session: "ses_4", Since: since}}, Since: &since}
	gone   = wire.Entry{Teammate: "tm_dan", Name: "Dan", Operator: true, Status: wire.StatusOffline, Devices: []wire.Device{}, Since: &since, LastSeen: &since}
	never  = wire.Entry{Teammate: "tm_meg", Name: "Meg", Administrator: true, Status: wire.StatusOffline, Devices: []wire.Device{}}

	welcome = wire.Welcome{
		Session: "ses_1", Resume: "cmVzdW1l", Resumed: true, Node: "node-a", License: lic,
		Teammate: wire.Teammate{ID: "tm_ann", Name: "Ann", Operator: true}, Access: access, Seat: held, Board: board,
		Feeds: feeds, Limits: wire.Limits{FrameBytes: 16384, Pending: 16, PingMS: 25000},
	}
)

// met is a welcome with the roster.
func met() wire.Welcome {
	w := welcome
	w.Feeds, w.Roster = both, []wire.Entry{here, gone}
	return w
}

// serverFrames has a frame of each type that a server sends, and each shape of a seat.
func serverFrames() map[string][]byte {
	ok := func(v any) []byte { return wire.Reply("7", wire.TypeOK, v) }
	return map[string][]byte{
		"welcome":                    wire.Reply("1", wire.TypeWelcome, welcome),
		"welcome.roster":             wire.Reply("1", wire.TypeWelcome, met()),
		"ok":                         ok(wire.Empty{}),
		"ok.status":                  ok(wire.StatusReply{Entry: lunch}),
		"ok.seat.held":               ok(wire.SeatReply{Seat: held}),
		"ok.seat.refused":            ok(wire.SeatReply{Seat: full}),
		"ok.seat.refused.retry":      ok(wire.SeatReply{Seat: cooled}),
		"ok.seat.none":               ok(wire.SeatReply{Seat: wire.Seat{State: wire.SeatNone, Number: 9, Code: "left over"}}),
		"ok.seat.held.ticket":        ok(wire.SeatReply{Seat: proven}),
		"ok.seat.suspended":          ok(wire.SeatReply{Seat: unsure}),
		"ok.seat.waiting":            ok(wire.SeatReply{Seat: place}),
		"ok.ask":                     ok(wire.AskMade{Ask: "ask_1", Delivered: 1, ExpiresMS: 60000}),
		"ok.explain":                 ok(wire.Explain{Would: wire.WouldRefuse, Rule: "seats_full", Overage: "none", Cap: 2, Total: new(2), Used: 2, Holders: wire.Holders{bob, cid}, NextChanceMS: new(int64(12000))}),
		"ok.explain.waiting":         ok(wire.Explain{Would: wire.WouldWait, Rule: "already_waiting", Overage: "none", Cap: 2, Total: new(4), Used: 3, Reserved: 1, ReservedAdministrators: 2, AdministratorsSeated: 1, Holders: wire.Holders{bob, cid, eve}, Waitlist: line, Place: new(1)}),
		"ok.explain.unlimited":       ok(wire.Explain{Would: wire.WouldGrant, Rule: "seat_open", Overage: "always"}),
		"error":                      wire.Reply("8", wire.TypeError, wire.Error{Code: wire.CodeUnavailable, Message: "Try again.", Retryable: true, RetryAfterMS: new(int64(500))}),
		"error.without_id":           wire.Push(wire.TypeError, wire.Error{Code: wire.CodeBadRequest, Message: "frame is not UTF-8"}),
		"seat.granted":               wire.Push(wire.TypeSeatGranted, wire.SeatGranted{Seat: held, Cause: wire.CauseRecovered}),
		"seat.granted.waitlist":      wire.Push(wire.TypeSeatGranted, wire.SeatGranted{Seat: proven, Cause: wire.CauseWaitlist}),
		"seat.granted.hand_over":     wire.Push(wire.TypeSeatGranted, wire.SeatGranted{Seat: held, Cause: wire.CauseHandOver}),
		"seat.suspended":             wire.Push(wire.TypeSeatSuspended, wire.SeatSuspension{Fence: 1000000017}),
		"seat.restored":              wire.Push(wire.TypeSeatRestored, wire.SeatRestored{Seat: proven}),
		"seat.warned":                wire.Push(wire.TypeSeatWarned, wire.SeatWarned{Fence: 1000000017, Reason: wire.WarnedIdle, DeadlineMS: 30000}),
		"seat.warning_withdrawn":     wire.Push(wire.TypeSeatUnwarned, wire.SeatUnwarned{Fence: 1000000017}),
		"seat.ticket":                wire.Push(wire.TypeSeatTicket, wire.SeatTicket{Ticket: "eyJ.e30.c2ln", TicketTTLMS: 20000}),
		"waitlist.changed":           wire.Push(wire.TypeWaitlist, wire.WaitlistChanged{Place: new(1), Waiting: 3}),
		"waitlist.changed.gone":      wire.Push(wire.TypeWaitlist, wire.WaitlistChanged{Waiting: 2}),
		"ask.received":               wire.Push(wire.TypeAskReceived, wire.AskReceived{Ask: "ask_1", Of: "tm_bob", From: wire.Person{ID: "tm_dan", Name: "Dan"}, Note: "My shift <begins>", ExpiresMS: 60000}),
		"ask.received.more_seats":    wire.Push(wire.TypeAskReceived, wire.AskReceived{Ask: "ask_2", From: wire.Person{ID: "tm_dan", Name: "Dan"}, ExpiresMS: 60000}),
		"ask.answered":               wire.Push(wire.TypeAskAnswered, wire.AskAnswered{Ask: "ask_1", Outcome: wire.AskDeclined}),
		"error.conflict":             wire.Reply("8", wire.TypeError, wire.Error{Code: wire.CodeCooldown, Message: "Wait.", RetryAfterMS: new(int64(59000))}),
		"seat.lost.freed":            wire.Push(wire.TypeSeatLost, wire.SeatLost{Number: 2, Fence: 1000000017, Reason: "freed", By: new("tm_meg"), Message: "Lunch is over.", RetryAfterMS: new(int64(60000))}),
		"seat.lost.expired":          wire.Push(wire.TypeSeatLost, wire.SeatLost{Number: 2, Fence: 1000000017, Reason: "expired"}),
		"access.changed":             wire.Push(wire.TypeAccessChanged, wire.AccessChanged{Access: access}),
		"license.changed":            wire.Push(wire.TypeLicenseChanged, wire.LicenseChanged{License: wire.License{ID: "lic_demo", Name: "Acme", Status: "active", Cap: 3}}),
		"token.expiring":             wire.Push(wire.TypeTokenExpiring, wire.TokenExpiring{InMS: 60000}),
		"server.draining":            wire.Push(wire.TypeDraining, wire.Draining{ReconnectAfterMS: 1840}),
		"board.changed":              wire.Feed(wire.TypeBoardChanged, "1", 42, 45, delta),
		"board.changed.nobody_waits": wire.Feed(wire.TypeBoardChanged, "1", 45, 46, wire.BoardDelta{Board: wire.Board{Cap: 3}, Waitlist: &wire.Waitlist{}}),
		"board.changed.idle":         wire.Feed(wire.TypeBoardChanged, "1", 46, 47, wire.BoardDelta{Board: wire.Board{Cap: 3, Used: 1, Holders: wire.Holders{eve}}}),
		"board.changed.gone_only":    wire.Feed(wire.TypeBoardChanged, "1", 0, 1, wire.BoardDelta{Board: wire.Board{Cap: 3}, Gone: []string{"tm_bob"}}),
		"roster.changed":             wire.Feed(wire.TypeRosterChanged, "1", 7, 9, wire.RosterDelta{Changes: []wire.Entry{here, lunch, hidden, never}, Removed: []string{}}),
		"roster.changed.removed":     wire.Feed(wire.TypeRosterChanged, "1", 9, 10, wire.RosterDelta{Changes: []wire.Entry{}, Removed: []string{"tm_x"}}),
		"snapshot":                   wire.Push(wire.TypeSnapshot, wire.Snapshot{Feeds: feeds, Board: &board}),
		"snapshot.both":              wire.Push(wire.TypeSnapshot, wire.Snapshot{Feeds: both, Board: &board, Roster: []wire.Entry{here, gone}, First: true, Last: true}),
		"snapshot.roster.first":      wire.Push(wire.TypeSnapshot, wire.Snapshot{Feeds: rest, Roster: []wire.Entry{here, lunch}, First: true}),
		"snapshot.roster.more":       wire.Push(wire.TypeSnapshot, wire.Snapshot{Feeds: rest, Roster: []wire.Entry{hidden}}),
		"snapshot.roster.last":       wire.Push(wire.TypeSnapshot, wire.Snapshot{Feeds: rest, Roster: []wire.Entry{gone, never}, Last: true}),
		"snapshot.empty":             wire.Push(wire.TypeSnapshot, wire.Snapshot{Feeds: feeds, Board: &wire.Board{Cap: 3, Total: new(3)}}),
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

// asWritten compares what is written, and not what is kept beside it.
var asWritten = cmpopts.IgnoreUnexported(wire.Holder{}, wire.Entry{})

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
	if diff := cmp.Diff(welcome, w, asWritten); diff != "" {
		t.Error(diff)
	}
	var refused wire.SeatReply
	read("ok.seat.refused", &refused)
	if diff := cmp.Diff(full, refused.Seat, asWritten); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]wire.Seat{
		"ok.seat.held.ticket": proven, "ok.seat.suspended": unsure, "ok.seat.waiting": place,
	} {
		var got wire.SeatReply
		read(name, &got)
		if diff := cmp.Diff(want, got.Seat, asWritten); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	var d wire.BoardDelta
	if f := read("board.changed", &d); f.Epoch != "1" || *f.From != 42 || *f.Version != 45 {
		t.Errorf("frame %+v", f)
	}
	if diff := cmp.Diff(delta, d, asWritten); diff != "" {
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
		wire.TypeSeatSuspended, wire.TypeSeatRestored, wire.TypeSeatWarned, wire.TypeSeatUnwarned, wire.TypeSeatTicket,
		wire.TypeWaitlist, wire.TypeAskReceived, wire.TypeAskAnswered,
		wire.TypeLicenseChanged, wire.TypeTokenExpiring, wire.TypeDraining, wire.TypeBoardChanged,
		wire.TypeRosterChanged, wire.TypeSnapshot,
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
		"hello":                   {wire.TypeHello, wire.Hello{Token: "eyJ.e30.c2ln", Device: "web", Seat: wire.AskAuto, Roster: wire.RosterFull}},
		"hello.resume":            {wire.TypeHello, wire.Hello{Token: "eyJ.e30.c2ln", Resume: new("cmVzdW1l"), Seat: wire.AskNone}},
		"seat.take":               {wire.TypeSeatTake, nil},
		"hello.wait":              {wire.TypeHello, wire.Hello{Token: "eyJ.e30.c2ln", Seat: wire.AskWait, Ticket: true}},
		"seat.wait":               {wire.TypeSeatWait, nil},
		"seat.unwait":             {wire.TypeSeatUnwait, nil},
		"seat.leave":              {wire.TypeSeatLeave, nil},
		"seat.hand_over":          {wire.TypeSeatHandOver, wire.HandOver{To: "tm_eve"}},
		"seat.ask":                {wire.TypeSeatAsk, wire.Ask{Of: "tm_bob", Note: "My shift begins."}},
		"seat.ask.administrators": {wire.TypeSeatAsk, wire.Ask{}},
		"seat.answer":             {wire.TypeSeatAnswer, wire.Answer{Ask: "ask_1", Accept: new(false)}},
		"routing.set":             {wire.TypeRoutingSet, wire.Routing{Routing: wire.NotAcceptingChats}},
		"activity":                {wire.TypeActivity, wire.Activity{Idle: new(true)}},
		"seat.explain":            {wire.TypeSeatExplain, nil},
		"logout":                  {wire.TypeLogout, wire.Empty{}},
		"token.refresh":           {wire.TypeTokenRefresh, wire.TokenRefresh{Token: "eyJ.e30.c2ln"}},
		"sync":                    {wire.TypeSync, wire.Sync{Feeds: []string{wire.FeedBoard}}},
		"sync.both":               {wire.TypeSync, wire.Sync{Feeds: []string{wire.FeedBoard, wire.FeedRoster}}},
		"hello.roster.none":       {wire.TypeHello, wire.Hello{Token: "eyJ.e30.c2ln", Seat: wire.AskAuto, Roster: wire.RosterNone}},
		"hello.feeds":             {wire.TypeHello, wire.Hello{Token: "eyJ.e30.c2ln", Device: "web", Seat: wire.AskAuto, Resume: new("cmVzdW1l"), Feeds: both}},
		"status.set":              {wire.TypeStatusSet, wire.SetStatus{Status: wire.StatusBusy}},
		"status.set.until":        {wire.TypeStatusSet, wire.SetStatus{Status: wire.StatusAway, Until: &since, Note: "Lunch"}},
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
			if diff := cmp.Diff(want, got, asWritten); err != nil || diff != "" {
				t.Errorf("%s: %v %s", name, err, diff)
			}
		}
	}
}
