package gateway

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/gateway/wire"
	"usher/seats"
	"usher/seats/seatsmem"
)

// line is a license with a waitlist and these many seats.
func line(seatCap int, change ...func(*seats.Config)) *MemoryRecords {
	r := NewMemoryRecords(seatCap)
	r.Restore(func(l *License) {
		l.Config.Waitlist, l.Config.HandOver = true, seats.HandOverAnyone
		for _, f := range change {
			f(&l.Config)
		}
	})
	return r
}

// nodes are two nodes' floors on one engine.
func nodes(t *testing.T, store seats.Store, records *MemoryRecords) (one, two *troupe) {
	return newTroupe(t, store, records), newTroupe(t, store, records)
}

// tick waits until all that is under way is done, and what changed was shown.
func tick() {
	synctest.Wait()
	time.Sleep(50 * time.Millisecond)
	synctest.Wait()
}

// Waiters over two nodes are served in their order, in the step that frees the seat; their places are told as they
// change; newcomers never pass.
func TestPromise6_WaitersOverTwoNodesAreServedInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one, two := nodes(t, seatsmem.New(seatsmem.Options{}), line(1))
		defer one.close()
		defer two.close()
		ann := one.join("tm_ann", "ses_ann", wire.Hello{})
		expectTold(t, ann, "hi: welcome held 1/1000000001 open")
		var waiters []*actor
		for i, who := range []seats.TeammateID{"tm_bob", "tm_cid", "tm_dan", "tm_eve"} {
			a := []*troupe{one, two}[i%2].join(who, seats.SessionID("ses_"+who), wire.Hello{Seat: wire.AskWait})
			waiters = append(waiters, a)
			expectTold(t, a, fmt.Sprintf("hi: welcome waiting %d no_seat", i+1))
			tick()
		}
		expectTold(t, waiters[0], "waitlist.changed 1 of 2", "waitlist.changed 1 of 3", "waitlist.changed 1 of 4")
		for _, a := range waiters[1:] {
			a.told()
		}
		holder := ann
		for i, next := range waiters {
			holder.request("bye", wire.TypeSeatLeave)
			expectTold(t, holder, "bye: ok none", "access.changed no_seat")
			expectTold(t, next, fmt.Sprintf("seat.granted held 1/%d waitlist", 1_000_000_002+i), "access.changed open")
			left := len(waiters) - 1 - i
			for _, a := range waiters[i+1:] {
				expectTold(t, a) // within the tick
			}
			tick()
			for place, a := range waiters[i+1:] {
				expectTold(t, a, fmt.Sprintf("waitlist.changed %d of %d", place+1, left))
			}
			holder.request("again", wire.TypeSeatTake)
			if left > 0 {
				expectTold(t, holder, "again: ok refused seats_full")
			}
			holder = next
		}
	})
}

// A place survives a reconnect within grace and a move to another node; a waiter who is gone for longer loses it.
func TestAPlaceSurvivesAReconnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one, two := nodes(t, seatsmem.New(seatsmem.Options{}), line(1))
		defer one.close()
		defer two.close()
		one.join("tm_ann", "ses_ann", wire.Hello{})
		bob := one.join("tm_bob", "ses_bob", wire.Hello{Seat: wire.AskWait})
		synctest.Wait()
		cid := two.join("tm_cid", "ses_cid", wire.Hello{Seat: wire.AskWait})
		expectTold(t, cid, "hi: welcome waiting 2 no_seat")
		one.part(bob)
		tick()
		if w := two.board().Waiters; len(w) != 2 || !w[0].InGrace() {
			t.Fatalf("%+v", w)
		}
		bob = two.join("tm_bob", "ses_bob_2", wire.Hello{})
		expectTold(t, bob, "hi: welcome waiting 1 no_seat")
		two.part(bob)
		time.Sleep(29 * time.Second)
		expectTold(t, cid)
		time.Sleep(time.Second + 100*time.Millisecond)
		tick()
		expectTold(t, cid, "waitlist.changed 1 of 1")
	})
}

// The waitlist is on the board: as a whole in welcomes and snapshots, and in changes where it is another.
func TestTheWaitlistOnTheBoard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		records := line(1)
		tr := newTroupe(t, seatsmem.New(seatsmem.Options{}), records)
		defer tr.close()
		meg := tr.join("tm_meg", "ses_meg", wire.Hello{Seat: wire.AskNone})
		tr.join("tm_ann", "ses_ann", wire.Hello{})
		tick()
		if d := meg.delta(); d.Waitlist != nil || len(d.Holders) != 1 {
			t.Errorf("%+v", d)
		}
		bob := tr.join("tm_bob", "ses_bob", wire.Hello{Seat: wire.AskWait})
		tr.join("tm_eve", "ses_eve", wire.Hello{Seat: wire.AskWait})
		tick()
		names := func(w wire.Waitlist) (names string) {
			for i, w := range w {
				names += fmt.Sprintf("%d %s %s %t, ", w.Place, w.Name, w.State, w.Eligible)
				if w.Place != i+1 {
					t.Errorf("place %d of %s", w.Place, w.Name)
				}
			}
			return names
		}
		if d := meg.delta(); d.Waitlist == nil || names(*d.Waitlist) != "1 bob waiting true, 2 eve waiting true, " || d.Waiting != 2 ||
			len(d.Holders)+len(d.Gone) != 0 {
			t.Errorf("%+v", d)
		}
		tr.part(bob)
		tick()
		if d := meg.delta(); names(*d.Waitlist) != "1 bob grace true, 2 eve waiting true, " {
			t.Errorf("%+v", d)
		}
		records.Change(func(l *License) { l.Config.AdministratorsFirst = true })
		if _, err := tr.floor.admission.Configure(t.Context(), TheLicense); err != nil {
			t.Fatal(err)
		}
		tick()
		if d := meg.delta(); names(*d.Waitlist) != "1 eve waiting true, 2 bob grace true, " {
			t.Errorf("%+v", d)
		}
		records.Change(func(l *License) { l.Config.Waitlist = false })
		if _, err := tr.floor.admission.Configure(t.Context(), TheLicense); err != nil {
			t.Fatal(err)
		}
		tick()
		if d := meg.delta(); d.Waitlist == nil || len(*d.Waitlist) != 0 || d.Waiting != 0 {
			t.Errorf("%+v", d)
		}
	})
}

// With the waitlist a place goes too, and with a place given up on one device that of the others.
func TestPlacesThatAreGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		records := line(1)
		one, two := nodes(t, seatsmem.New(seatsmem.Options{}), records)
		defer one.close()
		defer two.close()
		ann := one.join("tm_ann", "ses_ann", wire.Hello{})
		synctest.Wait()
		bob := one.join("tm_bob", "ses_bob", wire.Hello{Seat: wire.AskWait})
		synctest.Wait()
		phone := two.join("tm_bob", "ses_bob_2", wire.Hello{Seat: wire.AskWait})
		cid := two.join("tm_cid", "ses_cid", wire.Hello{Seat: wire.AskWait})
		tick()
		for _, a := range []*actor{bob, phone, cid} {
			a.told()
		}
		bob.request("1", wire.TypeSeatUnwait)
		tick()
		expectTold(t, bob, "1: ok none")
		expectTold(t, phone, "waitlist.changed gone of 1")
		expectTold(t, cid, "waitlist.changed 1 of 1")
		records.Change(func(l *License) { l.Config.Waitlist = false })
		if _, err := one.floor.admission.Configure(t.Context(), TheLicense); err != nil {
			t.Fatal(err)
		}
		tick()
		expectTold(t, cid, "waitlist.changed gone of 0")
		ann.request("3", wire.TypeSeatLeave)
		synctest.Wait()
		one.join("tm_cid", "ses_cid_2", wire.Hello{})
		expectTold(t, cid, "seat.granted held 1/1000000002 other_device", "access.changed open") // it is attached as before
		expectTold(t, phone)
		bob.request("2", wire.TypeSeatWait)
		expectTold(t, bob, "2: ok refused seats_full")
	})
}

func TestHandingOverAcrossNodes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		records := line(1)
		one, two := nodes(t, seatsmem.New(seatsmem.Options{}), records)
		defer one.close()
		defer two.close()
		ann := one.join("tm_ann", "ses_ann", wire.Hello{})
		synctest.Wait()
		laptop := two.join("tm_ann", "ses_ann_2", wire.Hello{})
		bob := two.join("tm_bob", "ses_bob", wire.Hello{Seat: wire.AskWait})
		synctest.Wait()
		cid := two.join("tm_cid", "ses_cid", wire.Hello{Seat: wire.AskWait})
		expectTold(t, cid, "hi: welcome waiting 2 no_seat")
		tick()
		for _, a := range []*actor{ann, laptop, bob} {
			a.told()
		}
		for to, want := range map[string]string{
			"tm_eve": "0: error not_present", "tm_meg": "0: error not_operator", "tm_zoe": "0: error not_found",
		} {
			ann.ask("0", wire.TypeSeatHandOver, fmt.Sprintf(`{"to":%q}`, to))
			expectTold(t, ann, want)
		}
		ann.ask("1", wire.TypeSeatHandOver, `{"to":"tm_cid"}`) // past the waitlist
		expectTold(t, ann, "1: ok none", "access.changed no_seat")
		expectTold(t, laptop, "seat.lost handed_over 1000000001", "access.changed no_seat")
		expectTold(t, cid, "seat.granted held 1/1000000002 hand_over", "access.changed open")
		tick()
		expectTold(t, bob, "waitlist.changed 1 of 1")
		records.SetDown(true)
		cid.ask("2", wire.TypeSeatHandOver, `{"to":"tm_bob"}`) // who is known here
		expectTold(t, cid, "2: ok none", "access.changed no_seat")
		expectTold(t, bob, "seat.granted held 1/1000000003 hand_over", "access.changed open")
		bob.ask("3", wire.TypeSeatHandOver, `{"to":"tm_ann"}`) // handing over detached her
		expectTold(t, bob, "3: error not_present")
		bob.ask("4", wire.TypeSeatHandOver, `{"to":"tm_eve"}`)
		expectTold(t, bob, "4: error unavailable")
	})
}

func TestAskingAcrossNodes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := seatsmem.New(seatsmem.Options{})
		records := line(1, func(c *seats.Config) { c.HandOver = seats.HandOverAsked })
		one, two := nodes(t, store, records)
		defer one.close()
		defer two.close()
		ann := one.join("tm_ann", "ses_ann", wire.Hello{})
		synctest.Wait()
		phone := two.join("tm_ann", "ses_ann_2", wire.Hello{})
		other := one.join("tm_ann", "ses_ann_3", wire.Hello{Seat: wire.AskNone})
		bob := two.join("tm_bob", "ses_bob", wire.Hello{})
		cid := one.join("tm_cid", "ses_cid", wire.Hello{})
		synctest.Wait()
		for _, a := range []*actor{ann, phone, other, bob, cid} {
			a.told()
		}
		made := func(a *actor) string {
			t.Helper()
			a.ask("ask", wire.TypeSeatAsk, `{"of":"tm_ann","note":"please"}`)
			expectTold(t, a, "ask: ok")
			return string(one.board().Asks[0].ID)
		}
		id := made(bob)
		expectTold(t, ann, "ask.received bob please")
		expectTold(t, phone, "ask.received bob please")
		expectTold(t, other) // holds nothing
		expectTold(t, cid)
		phone.ask("no", wire.TypeSeatAnswer, fmt.Sprintf(`{"ask":%q,"accept":false}`, id))
		expectTold(t, phone, "no: ok held 1/1000000001")
		expectTold(t, bob, "ask.answered declined")
		phone.ask("no", wire.TypeSeatAnswer, fmt.Sprintf(`{"ask":%q,"accept":true}`, id))
		expectTold(t, phone, "no: error not_found")
		bob.ask("ask", wire.TypeSeatAsk, `{"of":"tm_ann"}`)
		expectTold(t, bob, "ask: error already_asked")

		id = made(cid)
		ann.told()
		phone.told()
		cid.ask("cheat", wire.TypeSeatAnswer, fmt.Sprintf(`{"ask":%q,"accept":true}`, id))
		expectTold(t, cid, "cheat: error not_found")
		ann.ask("1", wire.TypeSeatHandOver, `{"to":"tm_bob"}`)
		expectTold(t, ann, "1: error not_asked")
		ann.ask("yes", wire.TypeSeatAnswer, fmt.Sprintf(`{"ask":%q,"accept":true}`, id))
		expectTold(t, ann, "yes: ok none", "access.changed no_seat")
		expectTold(t, phone, "seat.lost handed_over 1000000001", "access.changed no_seat")
		expectTold(t, cid, "seat.granted held 1/1000000002 hand_over", "access.changed open", "ask.answered accepted")

		bob.ask("ask", wire.TypeSeatAsk, `{"of":"tm_cid"}`)
		expectTold(t, bob, "ask: ok")
		expectTold(t, cid, "ask.received bob")
		time.Sleep(seats.AskLife + 100*time.Millisecond)
		expectTold(t, bob, "ask.answered expired")
	})
}

// Who is asked hears of it, and who asked of the end, though the announcements were lost.
func TestAsksWithoutAnnouncements(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := seatsmem.New(seatsmem.Options{})
		deaf := NewFaultyStore(store)
		records := line(1)
		one, two := newTroupe(t, deaf, records), newTroupe(t, store, records)
		defer one.close()
		defer two.close()
		ann := one.join("tm_ann", "ses_ann", wire.Hello{})
		synctest.Wait()
		bob := two.join("tm_bob", "ses_bob", wire.Hello{})
		cid := one.join("tm_cid", "ses_cid", wire.Hello{})
		synctest.Wait()
		cid.ask("ask", wire.TypeSeatAsk, `{"of":"tm_ann"}`)
		synctest.Wait()
		for _, a := range []*actor{ann, bob, cid} {
			a.told()
		}
		deaf.Deafen(true)
		bob.ask("ask", wire.TypeSeatAsk, `{"of":"tm_ann","note":"please"}`)
		synctest.Wait()
		expectTold(t, ann)
		for _, a := range one.board().Asks {
			if a.From == "tm_cid" {
				if _, err := two.floor.do(t.Context(), seats.AnswerAsk{ID: a.ID, Of: "tm_ann"}); err != nil {
					t.Fatal(err)
				}
			}
		}
		expectTold(t, cid)
		time.Sleep(one.floor.settings.Resync)
		expectTold(t, ann, "ask.received bob please")
		expectTold(t, cid, "ask.answered withdrawn")
		if slices.ContainsFunc(ann.frames, func(f string) bool { return strings.Contains(f, "ask") }) {
			t.Error("told twice")
		}
	})
}

// While somebody waits whom it would help, the longest idle holder is warned, may avert it by activity, and loses the
// seat when the warning runs out.
func TestIdleReclaim(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one, two := nodes(t, seatsmem.New(seatsmem.Options{}), line(1, func(c *seats.Config) {
			c.IdleAfter, c.IdleWarning = 10*time.Minute, 30*time.Second
		}))
		defer one.close()
		defer two.close()
		ann := one.join("tm_ann", "ses_ann", wire.Hello{})
		synctest.Wait()
		ann.told()
		ann.ask("1", wire.TypeActivity, `{"idle":true}`)
		expectTold(t, ann, "1: ok")
		time.Sleep(time.Hour)
		expectTold(t, ann) // nobody waits
		bob := two.join("tm_bob", "ses_bob", wire.Hello{Seat: wire.AskWait})
		expectTold(t, bob, "hi: welcome waiting 1 no_seat")
		expectTold(t, ann, "seat.warned idle 1000000001 30000")
		time.Sleep(20 * time.Second)
		ann.ask("2", wire.TypeActivity, `{"idle":false}`)
		expectTold(t, ann, "2: ok", "seat.warning_withdrawn 1000000001")
		ann.ask("3", wire.TypeActivity, `{"idle":true}`)
		time.Sleep(10*time.Minute + 100*time.Millisecond)
		expectTold(t, ann, "3: ok", "seat.warned idle 1000000001 30000")
		if idle := one.board().Holders[0].IdleSince; wireHolder(one.board().Holders[0]).IdleSince == nil {
			t.Errorf("idle since %s, which is not shown", idle)
		}
		time.Sleep(30*time.Second + 100*time.Millisecond)
		expectTold(t, ann, "seat.lost idle 1000000001", "access.changed no_seat")
		expectTold(t, bob, "seat.granted held 1/1000000002 waitlist", "access.changed open")
	})
}

func TestRoutingIsOnTheBoard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := newTroupe(t, seatsmem.New(seatsmem.Options{}), line(1))
		defer tr.close()
		meg := tr.join("tm_meg", "ses_meg", wire.Hello{Seat: wire.AskNone})
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
		tick()
		if d := meg.delta(); d.Holders[0].Routing != wire.AcceptingChats {
			t.Errorf("%+v", d)
		}
		ann.told()
		ann.ask("1", wire.TypeRoutingSet, `{"routing":"not_accepting_chats"}`)
		tick()
		expectTold(t, ann, "1: ok")
		if d := meg.delta(); d.Holders[0].Routing != wire.NotAcceptingChats {
			t.Errorf("%+v", d)
		}
	})
}
