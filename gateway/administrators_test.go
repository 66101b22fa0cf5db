package gateway

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"
	"usher/seats/seatsmem"
)

// admin is ann's profile as an administrator, at a revision.
func admin(revision seats.Revision) *Profile {
	p := ann(revision)
	p.Member.Administrator = true
	return p
}

// toAdministrators are asks to them, by dan.
func toAdministrators(ids ...seats.AskID) (asks []seats.Ask) {
	for _, id := range ids {
		asks = append(asks, seats.Ask{ID: id, From: "tm_dan", Name: "Dan", Note: string(id), Until: curtain.Add(time.Minute)})
	}
	return asks
}

func TestAdministratorsAreAsked(t *testing.T) {
	t.Parallel()
	own := seats.Ask{ID: "ask_0", From: "tm_ann"}
	board := func(version uint64, asks ...seats.Ask) seatView {
		v := seen(0, at(version))
		v.asks = asks
		return v
	}
	p := newPlay(t)
	p.enter(wire.Hello{Seat: wire.AskNone}, "")
	p.s.profileChanged(admin(2))
	p.expect("look for hi")
	p.answer(result{now: curtain, view: board(5, append(toAdministrators("ask_1"), own)...)})
	p.expect("hi: welcome none no_seat", "ask.received administrators Dan ask_1")
	p.view(board(6, append(toAdministrators("ask_1", "ask_2"), own)...))
	p.expect("ask.received administrators Dan ask_2")
	p.view(board(7, toAdministrators("ask_2")...))
	p.expect()
	p.s.profileChanged(ann(3))
	p.expect("access.changed no_seat", "show")
	p.view(board(8, toAdministrators("ask_2", "ask_3")...))
	p.expect()
	p.s.profileChanged(admin(4))
	p.expect("access.changed no_seat", "show")
	p.view(board(8, toAdministrators("ask_2", "ask_3")...))
	p.expect("ask.received administrators Dan ask_2", "ask.received administrators Dan ask_3")
}

// Who is asked as a holder and as an administrator is told which.
func TestAHolderWhoIsAnAdministrator(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.s.profileChanged(admin(2))
	p.expect("access.changed open", "show")
	v := seen(11, at(6))
	v.asks = append(toAdministrators("ask_2"), seats.Ask{ID: "ask_1", From: "tm_dan", Name: "Dan", Of: "tm_ann", Fence: 11})
	p.view(v)
	p.expect("ask.received administrators Dan ask_2", "ask.received Dan")
	p.view(seatView{at: at(7), asks: v.asks, loss: &seats.Loss{Number: 1, Fence: 11, Reason: seats.LostFreed}})
	p.expect("seat.lost freed 11", "access.changed no_seat")
	p.view(seatView{at: at(8), asks: toAdministrators("ask_2")})
	p.expect() // it was told, seat or not
}

// A take of which nobody knows what became does not keep an administrator from what is asked.
func TestAnAdministratorWhoLogsInWhileTheEngineIsAway(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.enter(wire.Hello{}, "")
	p.s.profileChanged(admin(2))
	p.expect("take 1 for hi")
	v := seen(0, at(5))
	v.asks = toAdministrators("ask_1")
	p.answer(unknown(v))
	p.expect("hi: welcome refused unavailable no_seat", "ask.received administrators Dan ask_1")
}

func TestAdministratorsAnswer(t *testing.T) {
	t.Parallel()
	look := result{now: curtain, view: seen(11, at(5))}
	p := newPlay(t)
	p.serve()
	answer := func(accept bool, found seats.Ask, want string) {
		t.Helper()
		p.ask("1", wire.TypeSeatAnswer, fmt.Sprintf(`{"ask":"ask_1","accept":%t}`, accept))
		p.expect("find ask_1 for 1")
		p.s.askFound("1", &found, accept, look)
		p.expect(want)
	}
	asked := toAdministrators("ask_1")[0]
	answer(true, asked, "1: error not_found") // by one who is none
	p.s.profileChanged(admin(2))
	p.expect("access.changed open", "show")
	answer(true, seats.Ask{ID: "ask_1", From: "tm_ann"}, "1: error not_found")          // their own
	answer(true, seats.Ask{ID: "ask_1", Of: "tm_bob", Fence: 12}, "1: error not_found") // for somebody else
	answer(true, seats.Ask{ID: "ask_1", Of: "tm_bob", Fence: 11}, "1: error not_found") // who held it before
	for _, accept := range []bool{true, false} {
		answer(accept, asked, fmt.Sprintf("answer ask_1 to administrators: %t for 1", accept))
		p.answer(done(at(6), seen(11, at(6))))
		p.expect("1: ok held 1/11") // and keep what they hold
	}
	answer(true, asked, "answer ask_1 to administrators: true for 1")
	p.answer(unknown(seen(11, at(6))))
	p.expect("1: error unavailable")
}

// Administrators hear on all their devices, on every node, seat or none, also when they come or become such later.
func TestAskingTheAdministratorsAcrossNodes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		records := line(1)
		one, two := nodes(t, seatsmem.New(seatsmem.Options{}), records)
		defer one.close()
		defer two.close()
		ann := one.join("tm_ann", "ses_ann", wire.Hello{})
		synctest.Wait()
		bob, cid := one.join("tm_bob", "ses_bob", wire.Hello{}), two.join("tm_cid", "ses_cid", wire.Hello{Seat: wire.AskWait})
		meg, phone := one.join("tm_meg", "ses_meg", wire.Hello{Seat: wire.AskNone}), two.join("tm_meg", "ses_meg_2", wire.Hello{Seat: wire.AskNone})
		synctest.Wait()
		eve := two.join("tm_eve", "ses_eve", wire.Hello{Seat: wire.AskWait})
		tick()
		for _, a := range []*actor{ann, bob, cid, meg, phone, eve} {
			a.told()
		}
		made := func(a *actor) seats.AskID {
			t.Helper()
			a.ask("ask", wire.TypeSeatAsk, `{"note":"please"}`)
			expectTold(t, a, "ask: ok")
			asks := one.board().Asks
			return asks[len(asks)-1].ID
		}
		answer := func(a *actor, id seats.AskID, accept bool, want ...string) {
			t.Helper()
			a.ask("answer", wire.TypeSeatAnswer, fmt.Sprintf(`{"ask":%q,"accept":%t}`, id, accept))
			expectTold(t, a, want...)
		}
		id := made(bob)
		for _, a := range []*actor{meg, phone, eve} {
			expectTold(t, a, "ask.received administrators bob please")
		}
		expectTold(t, ann)
		expectTold(t, cid)
		answer(ann, id, true, "answer: error not_found")
		answer(bob, id, true, "answer: error not_found")
		tablet := two.join("tm_meg", "ses_meg_3", wire.Hello{Seat: wire.AskNone})
		expectTold(t, tablet, "hi: welcome none not_operator", "ask.received administrators bob please")

		// Switches are as true as the session was told.
		records.SetMember("tm_cid", func(m *seats.Member) { m.Administrator = true })
		records.SetMember("tm_eve", func(m *seats.Member) { m.Administrator = false })
		if _, err := one.floor.admission.Configure(t.Context(), TheLicense); err != nil {
			t.Fatal(err)
		}
		tick()
		expectTold(t, cid, "access.changed no_seat", "ask.received administrators bob please")
		expectTold(t, eve, "access.changed no_seat")
		answer(eve, id, false, "answer: error not_found")
		answer(cid, id, true, "answer: ok waiting 1")
		expectTold(t, bob, "ask.answered accepted")
		for _, a := range []*actor{meg, phone, tablet} {
			expectTold(t, a) // as holders are not told of an end
		}
		answer(meg, id, false, "answer: error not_found")

		// An administrator asks the others.
		second := made(cid)
		for _, a := range []*actor{meg, phone, tablet} {
			expectTold(t, a, "ask.received administrators cid please")
		}
		expectTold(t, eve)
		answer(cid, second, true, "answer: error not_found")
		answer(phone, second, false, "answer: ok none")
		expectTold(t, cid, "ask.answered declined")

		eve.ask("ask", wire.TypeSeatAsk, `{}`)
		expectTold(t, eve, "ask: ok")
		expectTold(t, cid, "ask.received administrators eve")
		time.Sleep(seats.AskLife + 100*time.Millisecond)
		expectTold(t, eve, "ask.answered expired")
		third := made(bob)
		bob.request("leave", wire.TypeSeatLeave)
		expectTold(t, bob, "ask.answered withdrawn", "leave: ok none")
		meg.told()
		answer(meg, third, true, "answer: error not_found")
	})
}

// How many are shown an ask is what the roster knows: all live sessions of administrators but the asker's own.
func TestAsksAreDeliveredToAdministrators(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		records := line(0)
		tr := newTroupe(t, seatsmem.New(seatsmem.Options{}), records)
		defer tr.close()
		tr.join("tm_bob", "ses_bob", wire.Hello{})
		tr.join("tm_meg", "ses_meg", wire.Hello{Seat: wire.AskNone})
		phone := tr.join("tm_meg", "ses_meg_2", wire.Hello{Seat: wire.AskNone})
		eve := tr.join("tm_eve", "ses_eve", wire.Hello{})
		synctest.Wait()
		here := func(what string, asker seats.TeammateID, want int) {
			t.Helper()
			tr.floor.lock()
			defer tr.floor.unlock()
			made := tr.floor.delivered(seats.Asked{Ask: seats.Ask{From: asker}}).(seats.Asked)
			if made.Delivered != want {
				t.Errorf("%s: delivered to %d, want %d", what, made.Delivered, want)
			}
		}
		settle()
		here("all", "tm_bob", 3)
		here("but for her own", "tm_eve", 2)
		tr.part(phone)
		settle()
		here("a device is gone", "tm_bob", 2)
		records.SetMember("tm_meg", func(m *seats.Member) { m.Administrator = false })
		if _, err := tr.floor.admission.Configure(t.Context(), TheLicense); err != nil {
			t.Fatal(err)
		}
		if _, err := tr.floor.settings.Presence.Configure(t.Context(), presence.LicenseID(TheLicense)); err != nil {
			t.Fatal(err)
		}
		settle()
		here("one is an administrator no longer", "tm_bob", 1)
		tr.part(eve)
		settle()
		here("nobody", "tm_bob", 0)
		if len(tr.floor.administrators) != 0 {
			t.Errorf("left: %v", tr.floor.administrators)
		}
	})
}

// Administrators hear of an ask though its announcement was lost.
func TestAsksToAdministratorsWithoutAnnouncements(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := seatsmem.New(seatsmem.Options{})
		deaf := NewFaultyStore(store)
		records := line(0)
		one, two := newTroupe(t, deaf, records), newTroupe(t, store, records)
		defer one.close()
		defer two.close()
		meg := one.join("tm_meg", "ses_meg", wire.Hello{Seat: wire.AskNone})
		bob := two.join("tm_bob", "ses_bob", wire.Hello{})
		synctest.Wait()
		meg.told()
		deaf.Deafen(true)
		bob.ask("ask", wire.TypeSeatAsk, `{"note":"please"}`)
		expectTold(t, meg)
		time.Sleep(one.floor.settings.Resync)
		expectTold(t, meg, "ask.received administrators bob please")
		time.Sleep(one.floor.settings.Resync / 2)
		expectTold(t, meg)
	})
}
