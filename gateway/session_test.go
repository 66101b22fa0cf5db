package gateway

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"
)

func TestGreetingBearsMistakes(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	for text, want := range map[string]string{
		`not json`:                           "error bad_request",
		`[]`:                                 "error bad_request",
		`{"type":"hello"}`:                   "error bad_request",
		`{"id":"1"}`:                         "1: error bad_request",
		`{"id":"1","type":"seat.take"}`:      "1: error bad_request",
		`{"id":"1","type":"hello","data":1}`: "1: error bad_request",
		`{"id":"1","type":"hello","data":{"seat":"best"}}`:  "1: error bad_request",
		`{"id":"1","type":"hello","data":{"seat":"queue"}}`: "1: error bad_request",
		"{\"id\":\"\xff\"}": "error bad_request",
	} {
		p.frame(text)
		p.expect(want)
	}
	p.s.binary(p.now)
	p.expect("error bad_request")
	p.s.tooLong(p.now, false)
	p.expect("error bad_request")
	if p.s.phase != greeting {
		t.Fatalf("phase %d", p.s.phase)
	}
	if want := curtain.Add(p.s.settings.HelloTimeout); !p.s.deadline().Equal(want) {
		t.Fatalf("deadline %s, want %s", p.s.deadline(), want)
	}
	p.s.passed(curtain.Add(p.s.settings.HelloTimeout - 1))
	p.expect()
	p.s.passed(curtain.Add(p.s.settings.HelloTimeout))
	p.expect("shut 4008")
	if c, _ := p.s.closed(); c != nil {
		t.Fatalf("%#v for an engine that never heard of it", c)
	}
}

func TestTheHeadersTokenIsSecondToHellos(t *testing.T) {
	t.Parallel()
	for hello, want := range map[string]string{
		`{}`:                   "enter tm_header",
		`{"token":"tm_hello"}`: "enter tm_hello",
	} {
		p := newPlay(t)
		p.s.entrance.header = "tm_header"
		p.frame(`{"id":"hi","type":"hello","data":` + hello + `}`)
		p.expect(want)
		if p.s.entrance.header != "" {
			t.Error("the token is kept for longer than it is needed")
		}
	}
}

func TestRefusedEntry(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  error
		want []string
	}{
		{fmt.Errorf("x: %w", ErrUnauthorized), []string{"hi: error unauthorized", "shut 4500"}},
		{fmt.Errorf("x: %w", seats.ErrNoLicense), []string{"hi: error not_found", "shut 4504"}},
		{fmt.Errorf("x: %w", seats.ErrNoTeammate), []string{"hi: error not_found", "shut 4504"}},
		{fmt.Errorf("x: %w", seats.ErrUnavailable), []string{"hi: error unavailable", "shut 1013"}},
		{errors.New("database is down"), []string{"hi: error unavailable", "shut 1013"}},
	} {
		p := newPlay(t)
		p.frame(`{"id":"hi","type":"hello","data":{"token":"tm_ann"}}`)
		p.expect("enter tm_ann")
		p.s.refusedEntry(tc.err)
		p.expect(tc.want...)
		p.s.refusedEntry(tc.err)
		p.expect()
	}
}

func TestEntering(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		ask     string
		resumes seats.SessionID
		orders  []string
		answer  result
		want    []string
	}{
		{"granted", "", "", []string{"take 1 for hi"}, held(11, at(5)), []string{"hi: welcome held 1/11 open"}},
		{"refused", "auto", "", []string{"take 1 for hi"}, refusedFull(at(5)),
			[]string{"hi: welcome refused seats_full no_seat"}},
		{"engine does not answer", "", "", []string{"take 1 for hi"}, unknown(seen(0, at(5))),
			[]string{"hi: welcome refused unavailable no_seat"}},
		{"wants no seat", "none", "", []string{"look for hi"}, result{view: seen(0, at(5))},
			[]string{"hi: welcome none no_seat"}},
		{"resumes within grace", "", "ses_0", []string{"take 1 resuming ses_0 for hi"},
			result{reply: seats.Granted{Holder: seat(11)}, at: at(5), view: seen(11, at(5))},
			[]string{"hi: welcome held 1/11 open resumed", "supersede ses_0"}},
		{"resumes too late", "", "ses_0", []string{"take 1 resuming ses_0 for hi"}, held(12, at(5)),
			[]string{"hi: welcome held 1/12 open", "supersede ses_0"}},
		{"resumes, refused", "", "ses_0", []string{"take 1 resuming ses_0 for hi"},
			result{reply: seats.Refused{Code: seats.SeatsFull, Resumed: true}, at: at(5), view: seen(0, at(5))},
			[]string{"hi: welcome refused seats_full no_seat resumed", "supersede ses_0"}},
		{"resumes, engine does not answer", "", "ses_0", []string{"take 1 resuming ses_0 for hi"}, unknown(seen(0, at(5))),
			[]string{"drop ses_0", "hi: welcome refused unavailable no_seat", "supersede ses_0"}},
		{"resumes without a seat", "none", "ses_0", []string{"drop ses_0", "look for hi"}, result{view: seen(11, at(5))},
			[]string{"hi: welcome none no_seat", "supersede ses_0"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t)
			p.enter(wire.Hello{Seat: tc.ask}, tc.resumes)
			p.expect(tc.orders...)
			if len(tc.orders) > 1 { // what became of the drop concerns nobody
				p.answer(done(at(5), seen(0, at(5))))
				p.expect()
			}
			p.answer(tc.answer)
			p.expect(tc.want...)
			if p.s.phase != serving {
				t.Fatalf("phase %d", p.s.phase)
			}
		})
	}
}

// What a timer is set for has to come about when it fires: else it fires again at once, and again.
func TestEveryDeadlineIsActedUpon(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.frame(`{"id":"hi","type":"hello","data":{"token":"tm_ann"}}`)
	p.expect("enter tm_ann")
	if d := p.s.deadline(); !d.IsZero() {
		t.Fatalf("deadline %s while the token is checked", d)
	}
	p.s.admitted(ofAnn(), ann(1), wire.Hello{}, "")
	p.expect("arrive")
	p.s.arrived(presence.Present{})
	p.expect("take 1 for hi")
	p.now = curtain.Add(time.Hour - time.Second) // the token is about to end, and the engine still silent
	p.s.passed(p.now)
	if d := p.s.deadline(); !d.After(p.now) {
		t.Fatalf("deadline %s has passed at %s, and passing it changed nothing", d, p.now)
	}
	p.answer(held(11, at(5)))
	p.expect("hi: welcome held 1/11 open")
	p.s.passed(p.now)
	p.expect("token.expiring")
	p.now = curtain.Add(time.Hour)
	p.s.passed(p.now)
	p.expect("shut 4001")
	if d := p.s.deadline(); !d.IsZero() {
		t.Fatalf("deadline %s after the end", d)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.now = curtain.Add(59 * time.Minute)
	p.s.passed(p.now)
	p.expect("token.expiring")
	p.s.passed(p.now)
	p.expect()

	refresh := func(token string, c Claims, err error, want string) {
		t.Helper()
		p.frame(fmt.Sprintf(`{"id":"r","type":"token.refresh","data":{"token":%q}}`, token))
		p.expect("verify " + token + " for r")
		p.s.refreshed("r", c, err)
		p.expect(want)
	}
	foreign, other := ofAnn(), ofAnn()
	foreign.Teammate, other.License = "tm_bob", "lic_other"
	refresh("bad", Claims{}, ErrUnauthorized, "r: error unauthorized")
	refresh("bob", foreign, nil, "r: error forbidden")
	refresh("other", other, nil, "r: error forbidden")
	refresh("later", Claims{}, errors.New("keys are out of reach"), "r: error unavailable")
	p.frame(`{"id":"r","type":"token.refresh","data":{}}`)
	p.expect("r: error bad_request")
	if want := curtain.Add(time.Hour); !p.s.deadline().Equal(want) {
		t.Fatalf("deadline %s, want the old token's end", p.s.deadline())
	}
	longer := ofAnn()
	longer.Expires = curtain.Add(3 * time.Hour)
	refresh("good", longer, nil, "r: ok")
	p.now = curtain.Add(time.Hour)
	p.s.passed(p.now)
	p.expect()
	if want := curtain.Add(3*time.Hour - p.s.settings.TokenWarning); !p.s.deadline().Equal(want) {
		t.Fatalf("deadline %s, want the warning before the new token's end", p.s.deadline())
	}
}

// Seat calls of one session go to the engine one by one, and each names what the one before came to.
func TestPipelinedSeatCalls(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.enter(wire.Hello{Seat: wire.AskNone}, "")
	p.expect("look for hi")
	p.answer(result{view: seen(0, at(4))})
	p.expect("hi: welcome none no_seat")

	p.request("1", wire.TypeSeatTake)
	p.request("2", wire.TypeSeatLeave)
	p.request("3", wire.TypeSeatTake)
	p.request("4", wire.TypeLogout)
	p.expect("take 1 for 1")
	p.answer(held(11, at(5)))
	p.expect("1: ok held 1/11", "access.changed open", "leave 2 of 11 for 2")
	p.view(seen(11, at(5))) // the feed is behind the answer that is to come: nothing is made of it
	p.expect()
	p.answer(done(at(6), seen(0, at(6), seats.Loss{Fence: 11, Reason: seats.LostLeft, Session: "ses_1"})))
	p.expect("2: ok none", "access.changed no_seat", "take 3 for 3")
	p.answer(held(12, at(7)))
	p.expect("3: ok held 1/12", "access.changed open", "logout ses_1 for 4")
	p.answer(done(at(8), seen(0, at(8))))
	p.expect("4: ok", "shut 4501")
	if c, _ := p.s.closed(); c != nil {
		t.Fatalf("%#v after a logout", c)
	}
}

func TestLeavingWithoutASeatAsksNobody(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.enter(wire.Hello{Seat: wire.AskNone}, "")
	p.expect("look for hi")
	p.answer(result{view: seen(0, at(4))})
	p.expect("hi: welcome none no_seat")
	p.request("1", wire.TypeSeatLeave)
	p.expect("1: ok none")
	p.request("2", wire.TypeLogout)
	p.expect("2: ok", "shut 4501")
}

func TestTheBoardTakesOver(t *testing.T) {
	t.Parallel()
	loss := func(fence seats.Fence, r seats.Reason) seats.Loss {
		return seats.Loss{Number: 1, Fence: fence, Reason: r}
	}
	for _, tc := range []struct {
		name string
		view seatView
		want []string
	}{
		{"as it is known", seen(11, at(6)), nil},
		{"older than the answer", seen(0, at(4), loss(10, seats.LostLeft)), nil},
		{"of an earlier epoch", seen(0, position{"", 99}), nil},
		{"freed", seen(0, at(6), loss(11, seats.LostFreed)), []string{"seat.lost freed 11", "access.changed no_seat"}},
		{"another device left", seen(0, at(6), loss(11, seats.LostLeft)), []string{"seat.lost left 11", "access.changed no_seat"}},
		{"suspended", seen(0, at(6), loss(11, seats.LostLicenseSuspended)),
			[]string{"seat.lost license_suspended 11", "access.changed no_seat"}},
		{"nobody remembers why", seen(0, at(6)), []string{"seat.lost expired 11", "access.changed no_seat"}},
		{"another stay is remembered", seen(0, at(6), loss(9, seats.LostFreed)),
			[]string{"seat.lost expired 11", "access.changed no_seat"}},
		{"left and taken again by another device", seen(12, at(7), loss(11, seats.LostLeft)),
			[]string{"seat.lost left 11", "access.changed no_seat"}},
		{"not an operator for a moment", seen(12, at(7), loss(11, seats.LostNotOperator)),
			[]string{"seat.lost not_operator 11", "seat.granted held 1/12 other_device"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t)
			p.serve()
			p.view(tc.view)
			p.expect(tc.want...)
			p.view(tc.view) // seeing it again tells nothing new
			p.expect()
		})
	}
}

// No reason leaves the server that the wire does not have.
func TestReasonsOnTheWire(t *testing.T) {
	t.Parallel()
	known := " freed handed_over left idle shrunk expired not_operator license_suspended license_expired logged_out_remotely "
	for _, r := range []seats.Reason{
		seats.LostFreed, seats.LostLeft, seats.LostLoggedOut, seats.LostExpired, seats.LostNotOperator,
		seats.LostLicenseSuspended, seats.LostLicenseExpired,
	} {
		if got := wireLost(seats.Loss{Reason: r}, curtain).Reason; !strings.Contains(known, " "+got+" ") {
			t.Errorf("%s is shown as %s", r, got)
		}
	}
}

func TestARefusedSessionHearsOfItsOtherDevice(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.enter(wire.Hello{}, "")
	p.expect("take 1 for hi")
	p.answer(refusedFull(at(5)))
	p.expect("hi: welcome refused seats_full no_seat")
	p.view(seen(12, at(6)))
	p.expect("seat.granted held 1/12 other_device", "access.changed open")
}

// Who was refused and gives up tells the engine: a colleague could hand a seat to an app that would never hear of it.
func TestARefusedSessionThatLeavesIsDetached(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{wire.TypeSeatLeave, wire.TypeSeatUnwait} {
		p := newPlay(t)
		p.enter(wire.Hello{}, "")
		p.expect("take 1 for hi")
		p.answer(refusedFull(at(5)))
		p.expect("hi: welcome refused seats_full no_seat")
		p.request("1", typ)
		p.expect("leave 2 of 0 for 1")
		p.answer(result{reply: seats.Done{}, at: at(5)})
		p.expect("1: ok none")
		p.request("2", typ) // there is nothing to tell any more
		p.expect("2: ok none")
	}
}

func TestASessionThatWantsNoSeatIsLeftAlone(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.enter(wire.Hello{Seat: wire.AskNone}, "")
	p.expect("look for hi")
	p.answer(result{view: seen(11, at(5))})
	p.expect("hi: welcome none no_seat")
	p.view(seen(0, at(6), seats.Loss{Fence: 11, Reason: seats.LostFreed}))
	p.view(seen(12, at(7)))
	p.expect()
}

// A take whose answer was lost may have landed: then the board tells, and the client is told so.
func TestAnUnknownTakeThatLanded(t *testing.T) {
	t.Parallel()
	for name, seatless := range map[string]func(*play){
		"at hello": func(p *play) {
			p.enter(wire.Hello{}, "")
			p.expect("take 1 for hi")
			p.answer(unknown(seen(0, at(5))))
			p.expect("hi: welcome refused unavailable no_seat")
		},
		"later": func(p *play) {
			p.enter(wire.Hello{}, "")
			p.expect("take 1 for hi")
			p.answer(refusedFull(at(4)))
			p.expect("hi: welcome refused seats_full no_seat")
			p.request("1", wire.TypeSeatTake)
			p.expect("take 2 for 1")
			p.answer(unknown(seen(0, at(5))))
			p.expect("1: error unavailable")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t)
			seatless(p)
			p.view(seen(12, at(6)))
			p.expect("seat.granted held 1/12 recovered", "access.changed open")
			p.view(seen(0, at(7), seats.Loss{Fence: 12, Reason: seats.LostNotOperator}))
			p.expect("seat.lost not_operator 12", "access.changed not_operator")
			p.view(seen(13, at(8)))
			p.expect("seat.granted held 1/13 other_device", "access.changed open")
		})
	}
}

// What the board showed while an answer was awaited counts when there is none.
func TestViewsWaitForTheAnswer(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.request("1", wire.TypeSeatLeave)
	p.expect("leave 2 of 11 for 1")
	p.view(seen(0, at(6), seats.Loss{Fence: 11, Reason: seats.LostLeft, Session: "ses_1"}))
	p.expect()
	p.answer(unknown(seen(0, at(6))))
	p.expect("1: error unavailable", "seat.lost left 11", "access.changed no_seat")
}

// A session that another one continues learns it from the engine, when nobody else told it.
func TestAnEndedSessionIsClosed(t *testing.T) {
	t.Parallel()
	ended := result{reply: seats.Ended{}, at: at(6), now: curtain, view: seen(11, at(6))}
	for _, typ := range []string{wire.TypeSeatTake, wire.TypeSeatLeave} {
		p := newPlay(t)
		p.serve()
		p.request("1", typ)
		p.s.takeEffects()
		p.s.replied(call{id: "1", command: seatCommand(typ)}, ended)
		p.expect("shut 4509")
	}
	p := newPlay(t) // resumed while its own hello was under way
	p.enter(wire.Hello{}, "")
	p.expect("take 1 for hi")
	p.answer(ended)
	p.expect("shut 4509")
}

func seatCommand(typ string) seats.Command {
	if typ == wire.TypeSeatTake {
		return seats.Take{}
	}
	return seats.Leave{}
}

func TestRequestsAreBounded(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.request("0", wire.TypeSeatTake)
	p.expect("take 2 for 0")
	p.request("0", wire.TypeSeatTake)
	p.expect("error bad_request")
	p.frame(`{"id":"0","type":"seat.take","data":[]}`)
	p.expect("error bad_request") // under no id that awaits another answer
	p.frame(`{"id":"0","type":"hello"}`)
	p.expect("error bad_request")
	for i := 1; i < 16; i++ {
		p.request(fmt.Sprint(i), wire.TypeSeatTake)
	}
	p.expect()
	p.request("16", wire.TypeSeatTake)
	p.expect("16: error rate_limited")
	p.answer(held(11, at(5)))
	p.expect("0: ok held 1/11", "take 3 for 1")
	p.request("16", wire.TypeSeatTake)
	p.expect()
}

func TestUnknownRequests(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.request("1", "seat.levitate")
	p.expect("1: error unknown_type")
	p.frame(`{"id":"2","type":"sync","data":{"feeds":["board"]}}`)
	p.expect("show for 2")
	p.request("21", wire.TypeSync) // all feeds
	p.expect("show for 21")
	p.frame(`{"id":"3","type":"sync","data":{"feeds":["gossip"]}}`)
	p.expect("show for 3")
	p.frame(`{"id":"4","type":"sync","data":{"feeds":7}}`)
	p.expect("4: error bad_request")
	p.frame(`{"id":"5","type":"hello","data":{"token":"tm_ann"}}`)
	p.expect("5: error bad_request")
}

func TestFloods(t *testing.T) {
	t.Parallel()
	few := func(o *Options) { o.FrameBurst, o.FramesPerSecond = 5, 1 }
	frames := func(p *play) { p.request("x", "seat.levitate") }
	for name, flood := range map[string]struct {
		frame func(*play)
		says  bool
	}{
		"frames": {frames, true},
		"binary": {func(p *play) { p.s.binary(p.now) }, true},
		"long":   {func(p *play) { p.s.tooLong(p.now, false) }, true},
		"pings":  {func(p *play) { p.s.pinged(p.now) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t, few)
			p.serve() // costs one
			for range 4 {
				flood.frame(p)
			}
			for _, e := range p.s.takeEffects() {
				if got := tellEffect(t, e); strings.Contains(got, "rate") {
					t.Fatalf("%s within the burst", got)
				}
			}
			flood.frame(p)
			if effects := p.s.takeEffects(); flood.says && (len(effects) != 1 || !strings.Contains(tellEffect(t, effects[0]), "rate_limited")) {
				t.Fatalf("%v beyond the burst", effects)
			}
			p.now = p.now.Add(2 * time.Second) // who waits is served again
			frames(p)
			p.expect("x: error unknown_type")
			for range 20 {
				flood.frame(p)
			}
			effects := p.s.takeEffects()
			if last := tellEffect(t, effects[len(effects)-1]); last != "shut 4029" {
				t.Fatalf("%s for one who goes on", last)
			}
		})
	}
}

func TestARateLimitedFrameDoesNotAnswerAnother(t *testing.T) {
	t.Parallel()
	p := newPlay(t, func(o *Options) { o.FrameBurst, o.FramesPerSecond = 2, 1 })
	p.serve()
	p.request("1", wire.TypeSeatTake)
	p.expect("take 2 for 1")
	p.request("1", wire.TypeSeatTake)
	p.expect("error rate_limited")
	p.answer(held(11, at(6)))
	p.expect("1: ok held 1/11")
}

func TestChangesOfTheProfile(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.s.profileChanged(ann(2))
	p.expect() // nothing that is shown
	next := ann(3)
	next.Member.Operator = false
	p.s.profileChanged(next)
	p.expect("access.changed not_operator")
	p.view(seen(0, at(6), seats.Loss{Fence: 11, Reason: seats.LostNotOperator}))
	p.expect("seat.lost not_operator 11")
	next = ann(4)
	next.License.Config.Status = seats.Suspended
	p.s.profileChanged(next)
	p.expect("license.changed suspended", "access.changed no_seat")
	next = ann(5)
	next.License.Config.Status, next.License.Config.Cap = seats.Suspended, 4
	p.s.profileChanged(next)
	p.expect("license.changed suspended")
	p.s.removed()
	p.expect("shut 4504")
}

func TestDraining(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.s.drain(p.now, time.Second)
	p.expect("shut 4000") // nothing to lose yet

	p = newPlay(t)
	p.serve()
	p.s.drain(p.now, time.Second)
	p.expect("server.draining")
	if want := p.now.Add(time.Second); !p.s.deadline().Equal(want) {
		t.Fatalf("deadline %s, want %s", p.s.deadline(), want)
	}
	p.s.passed(p.now.Add(time.Second))
	p.expect("shut 4000")
	if c, _ := p.s.closed(); c != (seats.Drop{Teammate: "tm_ann", Session: "ses_1"}) {
		t.Fatal("the engine is not told that the session is gone")
	}
}

// Nothing is said after the end, whatever comes.
func TestNothingFollowsTheEnd(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.request("1", wire.TypeSeatTake)
	p.expect("take 2 for 1")
	p.ask("4", wire.TypeStatusSet, `{"status":"away"}`)
	p.expect("choose away for 4")
	p.s.resumedElsewhere()
	p.expect("shut 4509")
	p.request("2", wire.TypeSeatTake)
	p.s.binary(p.now)
	p.s.tooLong(p.now, true)
	p.s.pinged(p.now)
	p.answer(held(11, at(9)))
	p.view(seen(0, at(10)))
	p.s.board(made(packet("{}")), position{"9", 9})
	p.s.rosterChanged(made(packet("{}")), position{"9", 9})
	p.s.arrived(presence.Present{})
	p.s.arrivedAgain(presence.Ended{})
	p.s.endedElsewhere(presence.Ending{Cause: presence.CauseExpelled})
	p.s.chosen("4", presence.Choice{}, presence.Chosen{})
	p.s.refreshed("4", ofAnn(), nil)
	p.s.profileChanged(ann(2))
	p.s.forgotWholly(2, false)
	p.s.passed(p.now.Add(24 * time.Hour))
	p.s.drain(p.now, 0)
	p.s.removed()
	p.s.resumedElsewhere()
	p.expect()
}

// Whoever logs in is welcomed with a board that has what the next frame tells the others. The version that a client
// sees never goes back.
func TestClientIsShownNoVersionTwice(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve() // welcomed with version 5
	shown := func(want int, at position) {
		t.Helper()
		p.s.board(made(wire.Push(wire.TypeBoardChanged, wire.BoardDelta{})), at)
		if got := len(p.s.takeEffects()); got != want {
			t.Fatalf("%d frames for %v, want %d", got, at, want)
		}
	}
	shown(0, at(4))
	shown(0, at(5))
	shown(1, at(6))
	shown(0, at(6))
	p.s.snapshot(wire.Push(wire.TypeSnapshot, wire.Snapshot{}), at(8))
	p.s.takeEffects()
	shown(0, at(8))
	shown(1, at(9))
	shown(1, position{"2", 1})
	shown(0, at(10))
}

// A token ends by the wall clock, which may jump; nothing is done on it after that, whether its timer fired or not.
func TestPromise11_NothingHappensOnAnExpiredToken(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.now = ofAnn().Expires
	p.request("2", wire.TypeSeatTake)
	p.expect("shut 4001")
}
