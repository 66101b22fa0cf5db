package gateway

import (
	"errors"
	"fmt"
	"testing"

	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"
)

// A session comes in before it asks for a seat; why it can't is told as at any login.
func TestASessionComesInFirst(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reply presence.Reply
		want  []string
	}{
		"here":              {presence.Present{}, []string{"take 1 for hi"}},
		"not known":         {nil, []string{"take 1 for hi"}},
		"no lease":          {presence.NoLease{}, []string{"take 1 for hi"}},
		"too many sessions": {presence.TooManySessions{Limit: 1}, []string{"hi: error too_many_connections", "shut 4505"}},
		"no such teammate":  {presence.NoTeammate{}, []string{"hi: error not_found", "shut 4504"}},
		"ended": {presence.Ended{Ending: presence.Ending{Cause: presence.CauseExpelled}}, []string{
			"hi: error unavailable", "shut 4502",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t)
			p.frame(`{"id":"hi","type":"hello","data":{"token":"tm_ann","device":"web"}}`)
			p.expect("enter tm_ann")
			p.s.admitted(ofAnn(), ann(1), wire.Hello{Device: "web"}, "ses_0")
			p.expect("arrive")
			if c := p.s.arrival(); c.Device != "web" || c.Resumes != "ses_0" || c.Seq != 1 || c.Session != "ses_1" {
				t.Errorf("%+v", c)
			}
			p.s.arrived(tc.reply)
			if tc.want[0] == "take 1 for hi" {
				tc.want[0] = "take 1 resuming ses_0 for hi"
			}
			p.expect(tc.want...)
		})
	}
}

// What ended a session elsewhere decides with which code its connection is closed, and what the engines are told.
func TestHowASessionEndsElsewhere(t *testing.T) {
	t.Parallel()
	for cause, want := range map[presence.Cause][]string{
		presence.CauseResumed:  {"shut 4509"},
		presence.CauseExpelled: {"seat.lost logged_out_remotely 11", "shut 4502"},
		presence.CauseRemoved:  {"shut 4504"},
		presence.CauseDeparted: {"shut 4501"},
		presence.CauseDropped:  {"shut 4003"},
	} {
		t.Run(string(cause), func(t *testing.T) {
			t.Parallel()
			p := newPlay(t)
			p.serve()
			p.s.arrival()
			p.s.endedElsewhere(presence.Ending{Session: "ses_1", Cause: cause, By: "tm_meg"})
			p.expect(want...)
			c, gone := p.s.closed()
			_, logout := c.(seats.Logout)
			_, departs := gone.(presence.Depart)
			if expelled := cause == presence.CauseExpelled; logout != expelled || departs != expelled {
				t.Errorf("the engines are told %T and %T", c, gone)
			}
		})
	}
}

func TestClosedTellsTheRosterOnce(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	if _, gone := p.s.closed(); gone != nil {
		t.Errorf("%T of a session that never arrived", gone)
	}
	p = newPlay(t)
	p.serve()
	p.s.arrival()
	if _, gone := p.s.closed(); gone != (presence.Drop{Teammate: "tm_ann", Session: "ses_1"}) {
		t.Errorf("%T %+v", gone, gone)
	}
	if _, gone := p.s.closed(); gone != nil {
		t.Errorf("%T the second time", gone)
	}
	p = newPlay(t)
	p.serve()
	p.s.arrival()
	p.request("1", wire.TypeLogout)
	p.expect("logout ses_1 for 1")
	p.answer(done(at(6), seen(0, at(6))))
	p.expect("1: ok", "shut 4501")
	if _, gone := p.s.closed(); gone != (presence.Depart{Teammate: "tm_ann", Session: "ses_1"}) {
		t.Errorf("%T %+v after a logout", gone, gone)
	}
}

// Idle edges go to the roster, whether or not the session ever asked for a seat, and once each.
func TestIdleEdgesGoToTheRoster(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.enter(wire.Hello{Seat: wire.AskNone}, "")
	p.s.arrival()
	p.expect("look for hi")
	p.answer(done(at(1), seen(0, at(1))))
	p.expect("hi: welcome none no_seat")
	p.ask("1", wire.TypeActivity, `{"idle":true}`)
	p.expect("presence.SetIdle", "1: ok")
	p.ask("2", wire.TypeActivity, `{"idle":true}`)
	p.expect("2: ok")
	p.ask("3", wire.TypeActivity, `{"idle":false}`)
	p.expect("presence.SetIdle", "3: ok")
}

// What was said while the session was coming in anew is told after it.
func TestIdlenessIsToldAgainAfterArriving(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	first := p.s.arrival()
	p.ask("1", wire.TypeActivity, `{"idle":true}`)
	p.expect("presence.SetIdle", "idle 2 true for 1")
	again := p.s.arrival()
	if !again.Idle || again.Seq <= first.Seq+1 {
		t.Errorf("%+v after %+v", again, first)
	}
	p.s.arrivedAgain(presence.Present{Entry: presence.Entry{Devices: []presence.Device{{Session: "ses_1", Since: curtain}}}})
	p.expect()
	if third := p.s.arrival(); !third.Since.Equal(curtain) {
		t.Errorf("the connection began %s", third.Since)
	}
}

func TestAStatusIsChosen(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.ask("1", wire.TypeStatusSet, `{"status":"away","until":null,"note":"lunch"}`)
	p.expect("choose away for 1")
	c := presence.Choice{Number: 3, Status: presence.Away, Note: "lunch"}
	p.s.chosen("1", c, presence.Chosen{Entry: presence.Entry{Teammate: "tm_ann", Status: presence.Away}})
	p.expect("1: ok")
	if a := p.s.arrival(); a.Choice != c {
		t.Errorf("comes in anew with %+v", a.Choice)
	}
	for i, tc := range []struct {
		err  error
		want string
	}{
		{presence.ErrInvalid, "error bad_request"}, {presence.ErrNoTeammate, "error not_found"}, {errors.New("down"), "error unavailable"},
	} {
		id := fmt.Sprint("n", i)
		p.ask(id, wire.TypeStatusSet, `{"status":"busy"}`)
		p.expect("choose busy for " + id)
		p.s.notChosen(id, tc.err)
		p.expect(id + ": " + tc.want)
	}
	p.ask("2", wire.TypeStatusSet, `{"status":"busy"}`)
	p.expect("choose busy for 2")
	p.s.chosen("2", presence.Choice{Number: 4}, nil)
	p.expect("2: error unavailable")
}

// Of several choices the one that was made last is committed last, whatever became of those before.
func TestStatusesAreChosenInTheirOrder(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.ask("1", wire.TypeStatusSet, `{"status":"away"}`)
	p.expect("choose away for 1")
	p.ask("2", wire.TypeStatusSet, `{"status":"busy"}`)
	p.ask("3", wire.TypeStatusSet, `{"status":"online"}`)
	p.ask("4", wire.TypeStatusSet, `{"status":"away"}`)
	p.expect()
	p.s.chosen("1", presence.Choice{Number: 1}, presence.Chosen{Entry: presence.Entry{Teammate: "tm_ann", Status: presence.Away}})
	p.expect("1: ok", "choose busy for 2")
	p.s.notChosen("2", errors.New("down"))
	p.expect("2: error unavailable", "choose online for 3")
	p.s.endedElsewhere(presence.Ending{Session: "ses_1", Cause: presence.CauseExpelled})
	p.expect("seat.lost logged_out_remotely 11", "shut 4502")
	p.s.chosen("3", presence.Choice{Number: 2}, nil)
	p.expect("choose away for 4")
	p.s.chosen("4", presence.Choice{Number: 3}, nil)
	p.expect()
}

func TestBadStatusesAreRefused(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	for i, data := range []string{
		`{}`, `{"status":"offline"}`, `{"status":"asleep"}`, `{"status":"away","until":"soon"}`, `{"status":7}`,
		`{"status":"away","note":"a\u0000b"}`, `{"status":"away","note":"a\nb"}`,
		fmt.Sprintf(`{"status":"away","note":"%0201d"}`, 0),
	} {
		id := fmt.Sprint(i)
		p.ask(id, wire.TypeStatusSet, data)
		p.expect(id + ": error bad_request")
	}
}

// One may not keep the directory busy.
func TestStatusesAreLimited(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	for i := range choiceRate.burst {
		id := fmt.Sprint(i)
		p.ask(id, wire.TypeStatusSet, `{"status":"busy"}`)
		p.expect("choose busy for " + id)
		p.s.notChosen(id, presence.ErrInvalid)
		p.expect(id + ": error bad_request")
	}
	p.ask("x", wire.TypeStatusSet, `{"status":"busy"}`)
	p.expect("x: error rate_limited")
}

// A client that wants no roster is shown none, whatever it asks for.
func TestNoRosterForWhoWantsNone(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.enter(wire.Hello{Roster: wire.RosterNone}, "")
	p.expect("take 1 for hi")
	p.answer(held(11, at(5)))
	p.expect("hi: welcome held 1/11 open")
	p.ask("1", wire.TypeSync, `{"feeds":["board","roster"]}`)
	p.expect("show for 1")
	if p.s.rosterChanged(made(packet(`{}`)), position{"1", 9}) {
		t.Error("was shown a change")
	}
}

// A change that leads no further than a client was shown is none to it.
func TestPromise9_NoRosterIsShownTwice(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.enter(wire.Hello{}, "")
	p.expect("take 1 for hi")
	r := held(11, at(5))
	r.roster = func(seats.Member) shownRoster { return shownRoster{at: position{"2", 7}, whole: []wire.Entry{}} }
	p.answer(r)
	p.expect("hi: welcome held 1/11 open")
	frame := textPacket(wire.Feed(wire.TypeRosterChanged, "2", 6, 8, wire.RosterDelta{Changes: []wire.Entry{}, Removed: []string{}}))
	for _, tc := range []struct {
		at    position
		shown bool
	}{{position{"2", 6}, false}, {position{"2", 7}, false}, {position{"1", 9}, false}, {position{"2", 8}, true}, {position{"2", 8}, false}, {position{"3", 1}, true}} {
		encoded := false
		frame := func() packet { encoded = true; return frame }
		if p.s.rosterChanged(frame, tc.at) != tc.shown || encoded != tc.shown {
			t.Errorf("%v: shown %t, encoded %t", tc.at, !tc.shown, encoded)
		}
		if tc.shown {
			p.expect("roster.changed")
		} else {
			p.expect()
		}
	}
}
