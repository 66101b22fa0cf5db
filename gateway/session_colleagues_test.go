package gateway

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/gateway/wire"
	"usher/seats"
)

var eve = Profile{License: &License{Config: seats.Config{Revision: 4}}, Member: seats.Member{Teammate: "tm_eve", Name: "Eve", Operator: true}}

func TestHandingOver(t *testing.T) {
	t.Parallel()
	look := result{now: curtain, view: seen(11, at(5))}
	for _, tc := range []struct {
		name  string
		reply seats.Reply
		want  []string
	}{
		{"done", seats.HandedOver{Number: 1, Fence: 11}, []string{"1: ok none", "access.changed no_seat"}},
		{"off", seats.NotHanded{Code: seats.HandOverIsOff}, []string{"1: error hand_over_off"}},
		{"not asked", seats.NotHanded{Code: seats.NotAskedFor}, []string{"1: error not_asked"}},
		{"warned", seats.NotHanded{Code: seats.GiverWarned}, []string{"1: error warned"}},
		{"to no operator", seats.NotHanded{Code: seats.ToNotOperator}, []string{"1: error not_operator"}},
		{"to a holder", seats.NotHanded{Code: seats.ToSeated}, []string{"1: error already_seated"}},
		{"in cooldown", seats.NotHanded{Code: seats.ToInCooldown, RetryAfter: time.Second}, []string{"1: error cooldown"}},
		{"to nobody", seats.NotHanded{Code: seats.ToNotPresent}, []string{"1: error not_present"}},
		{"in a window", seats.NotHanded{Code: seats.HandOverUnavailable}, []string{"1: error unavailable"}},
		{"not mine", seats.NotSeated{}, []string{"1: error not_seated"}},
		{"an old one", seats.StaleFence{Held: 12}, []string{"1: error not_seated"}},
		{"no answer", nil, []string{"1: error unavailable"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := newPlay(t)
			p.serve()
			p.ask("1", wire.TypeSeatHandOver, `{"to":"tm_eve"}`)
			p.expect("introduce tm_eve for 1")
			p.s.introduced("1", eve, nil, look)
			p.expect("hand 11 over to tm_eve for 1")
			if c := p.orders[0].command.(seats.HandOver); c.Revision != 4 || c.Session != "ses_1" || c.Teammate != "tm_ann" {
				t.Errorf("%+v", c)
			}
			r := result{reply: tc.reply, at: at(6), now: curtain, view: seen(11, at(5))}
			if tc.reply == nil {
				r.err = seats.ErrUnavailable
			}
			p.answer(r)
			p.expect(tc.want...)
			p.request("2", wire.TypeSeatTake) // the call is over
			if got := p.s.takeEffects(); len(got) != 1 {
				t.Errorf("%d effects", len(got))
			}
		})
	}
}

func TestHandingOverToNobody(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	for to, want := range map[string]string{
		"tm_ann": "1: error bad_request", "": "1: error bad_request", "tm eve": "1: error not_found",
		strings.Repeat("x", 65): "1: error bad_request",
	} {
		p.ask("1", wire.TypeSeatHandOver, fmt.Sprintf(`{"to":%q}`, to))
		p.expect(want)
	}
	for err, want := range map[error]string{
		seats.ErrNoTeammate: "1: error not_found", errDown: "1: error unavailable",
	} {
		p.ask("1", wire.TypeSeatHandOver, `{"to":"tm_xxx"}`)
		p.expect("introduce tm_xxx for 1")
		p.view(seen(11, at(6))) // waits
		p.s.introduced("1", Profile{}, err, result{now: curtain, view: seen(11, at(6))})
		p.expect(want)
	}
	p.view(seen(0, at(7), seats.Loss{Fence: 11, Reason: seats.LostFreed}))
	p.expect("seat.lost freed 11", "access.changed no_seat")
	p.ask("1", wire.TypeSeatHandOver, `{"to":"tm_eve"}`)
	p.expect("1: error not_seated")
}

// All other devices of the giver lose the seat, and don't come back by themselves.
func TestASeatThatAnotherDeviceHandedOver(t *testing.T) {
	t.Parallel()
	for _, r := range []seats.Reason{seats.LostHandedOver, seats.LostIdle, seats.LostShrunk, seats.LostFreed, seats.LostLeft} {
		p := newPlay(t)
		p.serve()
		p.view(seen(0, at(6), seats.Loss{Number: 1, Fence: 11, Reason: r}))
		p.expect(fmt.Sprintf("seat.lost %s 11", r), "access.changed no_seat")
		p.view(seen(12, at(7)))
		p.expect()
	}
}

func TestAsking(t *testing.T) {
	t.Parallel()
	asked := seats.Asked{Ask: seats.Ask{ID: "ask_1", Until: curtain.Add(time.Minute)}, Delivered: 2}
	for _, tc := range []struct {
		reply seats.Reply
		want  string
	}{
		{asked, "1: ok"},
		{seats.NotAsked{Code: seats.AskerSeated}, "1: error already_seated"},
		{seats.NotAsked{Code: seats.AskerUnknown}, "1: error not_attached"},
		{seats.NotAsked{Code: seats.AlreadyAsked, RetryAfter: time.Second}, "1: error already_asked"},
		{seats.NotAsked{Code: seats.TooManyAsks, RetryAfter: time.Second}, "1: error rate_limited"},
		{seats.NotSeated{}, "1: error not_seated"},
		{nil, "1: error unavailable"},
	} {
		p := newPlay(t)
		p.wait()
		p.ask("1", wire.TypeSeatAsk, `{"of":"tm_bob","note":"please"}`)
		p.expect("ask tm_bob: please for 1")
		c := p.orders[0].command.(seats.MakeAsk)
		if c.Session != "ses_1" || c.Name != "ann" || !strings.HasPrefix(string(c.ID), "ask_") || len(c.ID) < 20 {
			t.Errorf("%+v", c)
		}
		r := result{reply: tc.reply, at: at(6), now: curtain, view: waiting(7, 2, 3, at(6))}
		if tc.reply == nil {
			r.err = seats.ErrUnavailable
		}
		p.answer(r)
		p.expect(tc.want)
	}
}

func TestAsksAreLimited(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.wait()
	for of, want := range map[string]string{"tm_ann": "bad_request", "tm bob": "not_found"} {
		p.ask("0", wire.TypeSeatAsk, fmt.Sprintf(`{"of":%q}`, of))
		p.expect("0: error " + want)
	}
	p.ask("a", wire.TypeSeatAsk, `{"note":"please"}`)
	p.expect("ask administrators: please for a")
	for i := range askRate.burst - 1 {
		p.ask(fmt.Sprint(i), wire.TypeSeatAsk, `{"of":"tm_bob"}`)
		p.expect(fmt.Sprintf("ask tm_bob:  for %d", i))
	}
	p.ask("x", wire.TypeSeatAsk, `{"of":"tm_bob"}`)
	p.expect("x: error rate_limited")
	p.now = p.now.Add(10 * time.Second)
	p.ask("y", wire.TypeSeatAsk, `{"of":"tm_bob"}`)
	p.expect("ask tm_bob:  for y")
	p.ask("z", wire.TypeSeatAsk, `{"of":"tm_bob"}`)
	p.expect("z: error rate_limited")
}

func TestBeingAsked(t *testing.T) {
	t.Parallel()
	asks := func(v seatView, ids ...seats.AskID) seatView {
		for _, id := range ids {
			v.asks = append(v.asks, seats.Ask{ID: id, From: "tm_dan", Name: "Dan", Of: "tm_ann", Fence: 11, Note: string(id), Until: curtain.Add(time.Minute)})
		}
		return v
	}
	p := newPlay(t)
	p.serve()
	p.view(asks(seen(11, at(6)), "ask_1"))
	p.expect("ask.received Dan ask_1")
	p.view(asks(seen(11, at(7)), "ask_1", "ask_2"))
	p.expect("ask.received Dan ask_2")
	p.view(asks(seen(11, at(8)), "ask_2"))
	p.expect()
	p.view(asks(seen(12, at(9), seats.Loss{Fence: 11, Reason: seats.LostNotOperator}), "ask_2")) // of the seat before
	p.expect("seat.lost not_operator 11", "seat.granted held 1/12 other_device")

	p = newPlay(t) // who comes in is shown what is open
	p.enter(wire.Hello{}, "")
	p.expect("take 1 for hi")
	r := held(11, at(5))
	r.view = asks(r.view, "ask_1")
	p.answer(r)
	p.expect("hi: welcome held 1/11 open", "ask.received Dan ask_1")
}

func TestAnswering(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	a := seats.Ask{ID: "ask_1", From: "tm_eve", Of: "tm_ann", Fence: 11}
	look := result{now: curtain, view: seen(11, at(5))}
	answer := func(accept bool) {
		t.Helper()
		p.ask("1", wire.TypeSeatAnswer, fmt.Sprintf(`{"ask":"ask_1","accept":%t}`, accept))
		p.expect("find ask_1 for 1")
	}
	answer(true)
	p.s.askFound("1", nil, true, look)
	p.expect("1: error not_found")
	answer(false)
	p.s.askFound("1", &seats.Ask{Fence: 10}, false, look) // of an earlier seat
	p.expect("1: error not_found")
	answer(false)
	p.s.askFound("1", &a, false, look)
	p.expect("answer ask_1 to tm_ann: false for 1")
	p.answer(done(at(6), seen(11, at(6))))
	p.expect("1: ok held 1/11")
	answer(true)
	p.s.askFound("1", &a, true, look)
	p.expect("introduce tm_eve for 1")
	p.s.introduced("1", eve, nil, look)
	p.expect("hand 11 over to tm_eve for 1")
	p.answer(result{reply: seats.HandedOver{Number: 1, Fence: 11}, at: at(7), now: curtain, view: seen(0, at(7))})
	p.expect("1: ok none", "access.changed no_seat")
	p.s.askEnded("ask_9", seats.AskDeclined)
	p.expect("ask.answered declined")
}

func TestRouting(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	for _, tc := range []struct {
		reply seats.Reply
		want  string
	}{
		{seats.Done{}, "1: ok"}, {seats.NotSeated{}, "1: error not_seated"}, {seats.StaleFence{}, "1: error not_seated"},
	} {
		p.ask("1", wire.TypeRoutingSet, `{"routing":"not_accepting_chats"}`)
		p.s.takeEffects()
		p.s.replied(call{id: "1", command: seats.SetRouting{}}, result{reply: tc.reply, at: at(5), now: curtain, view: seen(11, at(5))})
		p.expect(tc.want)
	}
	p.ask("1", wire.TypeRoutingSet, `{"routing":"accepting_chats"}`)
	p.expect("route 5 of 11 accepting_chats for 1")
	p.answer(unknown(seen(11, at(5))))
	p.expect("1: error unavailable")

	p = newPlay(t)
	p.wait()
	p.ask("1", wire.TypeRoutingSet, `{"routing":"accepting_chats"}`)
	p.expect("1: error not_seated")
}

// Edges are told, and nothing else; one whose outcome is not known has to be said again.
func TestActivity(t *testing.T) {
	t.Parallel()
	idle := func(p *play, id string, idle bool) { p.ask(id, wire.TypeActivity, fmt.Sprintf(`{"idle":%t}`, idle)) }
	p := newPlay(t)
	p.serve()
	idle(p, "1", false)
	p.expect("1: ok")
	idle(p, "2", true)
	p.expect("idle 2 true for 2")
	idle(p, "3", true)
	p.expect() // waits for the answer to the one before
	p.answer(done(at(6), seen(11, at(6))))
	p.expect("2: ok", "3: ok")
	idle(p, "4", false)
	p.expect("idle 3 false for 4")
	p.answer(unknown(seen(11, at(6))))
	p.expect("4: error unavailable")
	idle(p, "5", false)
	p.expect("idle 4 false for 5")
	p.answer(done(at(7), seen(11, at(7))))
	p.expect("5: ok")

	p = newPlay(t)
	p.enter(wire.Hello{Seat: wire.AskNone}, "")
	p.expect("look for hi")
	p.answer(result{view: seen(0, at(5))})
	p.expect("hi: welcome none no_seat")
	idle(p, "1", true)
	p.expect("1: ok") // no engine knows this session
	p.request("2", wire.TypeSeatTake)
	p.expect("take 1 for 2")
	p.answer(held(11, at(6)))
	p.expect("2: ok held 1/11", "access.changed open", "idle 2 true") // the engine takes who attaches for active
	idle(p, "3", false)
	p.expect("3: ok")
	p.answer(done(at(7), seen(11, at(7))))
	p.expect("idle 3 false")
	p.answer(done(at(8), seen(11, at(8))))
	p.expect()
}
