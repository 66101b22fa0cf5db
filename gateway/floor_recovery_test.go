package gateway

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/gateway/wire"
	"usher/seats"
	"usher/seats/seatsmem"

	"github.com/google/go-cmp/cmp"
)

const window = 35 * time.Second

// tribe is two nodes on an engine that can be exchanged for one without memory: Ann holds a seat through both of them,
// Bob holds one that is in grace, Cid, Dan and Eve wait, of whom Dan is in grace.
type tribe struct {
	engine             *FaultyStore
	records            *MemoryRecords
	one, two           *troupe
	ann, phone, cid, e *actor
	before             seats.Board
}

func newTribe(t *testing.T) *tribe {
	t.Helper()
	tb := &tribe{engine: NewFaultyStore(seatsmem.New(seatsmem.Options{})), records: line(2)}
	tb.records.SetWindow(window)
	tb.one, tb.two = nodes(t, tb.engine, tb.records)
	bob := tb.one.join("tm_bob", "ses_bob", wire.Hello{})
	synctest.Wait()
	tb.ann = tb.one.join("tm_ann", "ses_ann", wire.Hello{})
	synctest.Wait()
	tb.phone = tb.two.join("tm_ann", "ses_ann_2", wire.Hello{})
	tb.cid = tb.two.join("tm_cid", "ses_cid", wire.Hello{Seat: wire.AskWait})
	synctest.Wait()
	dan := tb.one.join("tm_dan", "ses_dan", wire.Hello{Seat: wire.AskWait})
	synctest.Wait()
	tb.e = tb.one.join("tm_eve", "ses_eve", wire.Hello{Seat: wire.AskWait})
	synctest.Wait()
	tb.one.part(dan)
	tb.one.part(bob)
	tick()
	for _, a := range tb.all() {
		a.told()
	}
	tb.before = tb.one.board()
	return tb
}

func (tb *tribe) all() []*actor { return []*actor{tb.ann, tb.phone, tb.cid, tb.e} }

func (tb *tribe) close() {
	tb.one.close()
	tb.two.close()
}

// forget exchanges the engine.
func (tb *tribe) forget() { tb.engine.Exchange(seatsmem.New(seatsmem.Options{})) }

// The engine lost its memory: what was held, waited for, or in grace is there again as it was, before newcomers are let
// in; nobody who stayed connected is told anything.
func TestAnEngineThatForgotIsToldWhatWasHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tb := newTribe(t)
		defer tb.close()
		grace := tb.before.Holders[0].GraceUntil
		tb.forget()
		tick()
		for _, tr := range []*troupe{tb.one, tb.two} {
			b := tr.board()
			if b.Epoch != "2" || !b.Window || b.Used != 2 || b.Waiting != 3 {
				t.Fatalf("%+v", b.Head)
			}
			if d := cmp.Diff(tb.before.Holders, b.Holders); d != "" {
				t.Errorf("holders (- before):\n%s", d)
			}
			if d := cmp.Diff(tb.before.Waiters, b.Waiters); d != "" {
				t.Errorf("waiters (- before):\n%s", d)
			}
			if problems := seats.Audit(b); problems != nil {
				t.Error(problems)
			}
		}
		for _, a := range tb.all() {
			expectTold(t, a)
		}
		newcomer := tb.two.join("tm_dan", "ses_dan_2", wire.Hello{}) // who is back in line
		expectTold(t, newcomer, "hi: welcome waiting 2 no_seat")
		time.Sleep(time.Until(grace) + 100*time.Millisecond)
		if b := tb.one.board(); b.Used != 2 {
			t.Errorf("%+v", b)
		}
		time.Sleep(window - time.Until(grace)) // what ran out in the window goes to who is first when that is over
		tick()
		expectTold(t, tb.cid, "seat.granted held 1/2000000001 waitlist", "access.changed open")
		tb.ann.request("1", wire.TypeSeatTake)
		expectTold(t, tb.ann, "1: ok held 2/1000000002")
	})
}

// A newcomer is told to come back when the window is over, and gets what is open then.
func TestNewcomersWaitForTheWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		engine := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
		records := line(2)
		records.SetWindow(window)
		tr := newTroupe(t, engine, records)
		defer tr.close()
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
		synctest.Wait()
		ann.told()
		engine.Exchange(seatsmem.New(seatsmem.Options{}))
		bob := tr.join("tm_bob", "ses_bob", wire.Hello{})
		expectTold(t, bob, "hi: welcome refused unavailable no_seat")
		cid := tr.join("tm_cid", "ses_cid", wire.Hello{Seat: wire.AskWait})
		expectTold(t, cid, "hi: welcome waiting 1 no_seat")
		ann.ask("1", wire.TypeSeatHandOver, `{"to":"tm_bob"}`)
		expectTold(t, ann, "1: error unavailable")
		eve := tr.join("tm_eve", "ses_eve", wire.Hello{Seat: wire.AskWait})
		tick()
		expectTold(t, eve, "hi: welcome waiting 2 no_seat")
		expectTold(t, cid) // who waits is still being found out
		time.Sleep(window + 100*time.Millisecond)
		tick()
		expectTold(t, eve, "waitlist.changed 1 of 1")
		expectTold(t, cid, "seat.granted held 2/2000000001 waitlist", "access.changed open")
		bob.request("1", wire.TypeSeatTake)
		expectTold(t, bob, "1: ok refused seats_full")
		expectTold(t, ann)
	})
}

// What was given back in the window is not claimed by the other devices.
func TestLeavingInTheWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tb := newTribe(t)
		defer tb.close()
		tb.engine.Set(Cut)
		tb.two.floor.lock()
		tb.two.floor.timers.rereading = true // the other node is slow to find out
		tb.two.floor.unlock()
		tb.forget()
		tb.engine.Set(None)
		tb.ann.request("1", wire.TypeSeatLeave)
		synctest.Wait()
		expectTold(t, tb.ann, "1: ok none", "access.changed no_seat")
		tb.two.floor.lock()
		tb.two.floor.timers.rereading = false
		tb.two.floor.reread()
		tb.two.floor.unlock()
		synctest.Wait()
		expectTold(t, tb.phone, "seat.lost left 1000000002", "access.changed no_seat")
	})
}

// A node that was cut off for as long as lease and grace claims nothing: what its sessions held may be others' by then.
func TestANodeThatWasAwayForTooLongClaimsNothing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		away time.Duration
		told []string
	}{
		{42 * time.Second, []string{"seat.restored held 1/1000000001", "access.changed open"}},
		{44500 * time.Millisecond, []string{"seat.lost expired 1000000001"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			line1 := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
			records := line(1)
			records.SetWindow(window)
			tr := newTroupe(t, line1, records)
			defer tr.close()
			ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
			synctest.Wait()
			line1.Set(Cut)
			line1.Exchange(seatsmem.New(seatsmem.Options{}))
			time.Sleep(tc.away)
			synctest.Wait()
			ann.told()
			line1.Set(None)
			tr.floor.lock()
			tr.floor.queue.poke()
			tr.floor.unlock()
			synctest.Wait()
			tick()
			expectTold(t, ann, tc.told...)
		})
	}
}

// unwilling is an engine that does not get claims for a while.
type unwilling struct {
	seats.Store
	mu    sync.Mutex
	until time.Time
	tries int
}

func (s *unwilling) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	for _, c := range b.Commands {
		if _, ok := c.(seats.Claim); ok && time.Now().Before(s.until) {
			s.mu.Lock()
			s.tries++
			s.mu.Unlock()
			return seats.Outcome{}, seats.ErrUnavailable
		}
	}
	return s.Store.Do(ctx, b)
}

// Claims are sent until they are answered. When that is too late the seat is taken like anybody's.
func TestClaimsAreSentUntilTheyAreAnswered(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		pause time.Duration
		told  []string
	}{
		{8 * time.Second, nil},
		{40 * time.Second, []string{"seat.granted held 1/2000000001 recovered"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			engine := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
			flaky := &unwilling{Store: engine}
			records := line(1)
			records.SetWindow(window)
			tr := newTroupe(t, flaky, records)
			defer tr.close()
			ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
			synctest.Wait()
			ann.told()
			flaky.until = time.Now().Add(tc.pause)
			engine.Exchange(seatsmem.New(seatsmem.Options{}))
			time.Sleep(tc.pause + 10*time.Second)
			synctest.Wait()
			told := ann.told()
			for len(told) > 0 && len(tc.told) > 0 && told[0] != tc.told[0] { // suspended while nothing was answered
				told = told[1:]
			}
			if len(tc.told) > 0 {
				told = told[:min(len(told), 1)]
			}
			if d := cmp.Diff(tc.told, told); d != "" || flaky.tries < 3 {
				t.Errorf("after %d tries (- wanted):\n%s", flaky.tries, d)
			}
		})
	}
}

// A claim that needs the database waits for it.
func TestAClaimWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tb := newTribe(t)
		defer tb.close()
		tb.engine.Set(Cut)
		tb.records.SetMember("tm_zoe", func(*seats.Member) {}) // a revision that no node knows
		fresh := seatsmem.New(seatsmem.Options{})
		tb.engine.Exchange(fresh)
		opener := seats.NewAdmission(fresh, tb.records, time.Minute)
		if _, err := opener.Do(t.Context(), seats.Batch{License: TheLicense}); err != nil {
			t.Fatal(err)
		}
		tb.records.SetDown(true)
		tb.engine.Set(None)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if b := tb.one.board(); b.Used != 0 || b.Epoch != "2" {
			t.Errorf("%+v", b)
		}
		tb.records.SetDown(false)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if b := tb.one.board(); b.Used != 2 || b.Waiting != 3 {
			t.Errorf("%+v", b)
		}
		for _, a := range tb.all() {
			expectTold(t, a)
		}
	})
}

// Who was dropped while the engine was out of reach, and it forgot, is in grace all the same.
func TestADropThatTheEngineForgot(t *testing.T) {
	t.Parallel()
	for name, slow := range map[string]time.Duration{"before the claim": 0, "while it is under way": 3 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				engine := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
				flaky := &unwilling{Store: engine}
				records := line(1)
				records.SetWindow(window)
				tr := newTroupe(t, flaky, records)
				defer tr.close()
				meg := tr.join("tm_meg", "ses_meg", wire.Hello{Seat: wire.AskNone})
				ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
				synctest.Wait()
				bob := tr.join("tm_bob", "ses_bob", wire.Hello{Seat: wire.AskWait})
				synctest.Wait()
				engine.Set(Cut)
				if slow == 0 {
					tr.part(ann)
					tr.part(bob)
				}
				flaky.until = time.Now().Add(slow)
				engine.Exchange(seatsmem.New(seatsmem.Options{}))
				engine.Set(None)
				meg.request("1", wire.TypeSeatExplain)
				synctest.Wait()
				if slow > 0 {
					tr.part(ann)
					tr.part(bob)
				}
				time.Sleep(10 * time.Second)
				synctest.Wait()
				b := tr.board()
				if b.Epoch != "2" || b.Used != 1 || b.Waiting != 1 || !b.Holders[0].InGrace() || !b.Waiters[0].InGrace() {
					t.Fatalf("%+v", b)
				}
				back := tr.join("tm_ann", "ses_ann_2", wire.Hello{})
				expectTold(t, back, "hi: welcome held 1/1000000001 open")
			})
		})
	}
}
