package seatstest

import (
	"testing"

	"usher/seats"
)

// counts: what adds up on every board. Each board that a scene reads is audited, so this is checked all along.
var counts = []promise{
	{"Promise8_StaysBegunLessStaysEndedAreTheHolders", staysCounted},
}

// audit fails when a board shows what may never be.
func audit(t testing.TB, b seats.Board) {
	t.Helper()
	equal(t, "seats used", b.Used, len(b.Holders))
	equal(t, "places in line", b.Waiting, len(b.Waiters))
	equal(t, "stays that began less those that ended", b.StaysBegan-b.StaysEnded, int64(b.Used))
	halted := !b.HaltUntil.IsZero()
	if b.Total != seats.Unlimited && b.Used > b.Total && !b.Draining && !halted {
		t.Fatalf("%d of %d seats are used, and the license does not drain", b.Used, b.Total)
	}
	numbers, who := map[int]bool{}, map[seats.TeammateID]bool{}
	o := seats.Occupancy{Total: b.Total, Used: b.Used, Reserved: b.Reserved}
	for _, h := range b.Holders {
		if numbers[h.Number] || who[h.Teammate] {
			t.Fatalf("a number or a teammate is there twice: %+v", b.Holders)
		}
		numbers[h.Number], who[h.Teammate] = true, true
		if h.Sessions == 0 && !h.InGrace() {
			t.Fatalf("nobody is there for a seat that is not in grace: %+v", h)
		}
		if h.Administrator {
			o.Administrators++
		}
	}
	for _, w := range b.Waiters {
		if who[w.Teammate] {
			t.Fatalf("%s holds a seat and waits, or waits twice", w.Teammate)
		}
		who[w.Teammate] = true
		if !halted && !w.InGrace() && b.Eligible(w) && o.Open(w.Administrator) {
			t.Fatalf("a seat is open to %+v, who waits for it: %+v", w, b.Head)
		}
	}
}

// staysCounted counts each way in which a stay begins or ends.
func staysCounted(t *testing.T, f Factory) {
	s := open(t, f, 3)
	began, ended := int64(0), int64(0)
	count := func(what string, begins, ends int64) {
		t.Helper()
		began, ended = began+begins, ended+ends
		head := s.board().Head
		equal(t, what+": began, ended", [2]int64{head.StaysBegan, head.StaysEnded}, [2]int64{began, ended})
	}
	s.fill("ann", "bob", "cid")
	count("three takes", 3, 0)
	granted(t, s.reply(s.take("ann", "ses-2", 1)))
	count("a second device", 0, 0)
	s.queue("dan", "eve", "fay")
	count("three wait", 0, 0)
	s.do(seats.Leave{Teammate: "bob", Session: "ses-bob", Seq: 2, Fence: s.holder("bob").Fence})
	count("a leave, with a waiter", 1, 1)
	s.do(seats.Free{Teammate: "cid", Fence: s.holder("cid").Fence})
	count("a free, with a waiter", 1, 1)
	s.do(seats.HandOver{Teammate: "ann", Fence: s.holder("ann").Fence, To: member("bob"), Revision: s.revision})
	count("a hand-over to nobody", 0, 0)
	granted(t, s.do(s.take("ann", "ses-3", 1)).Replies[0])
	s.do(seats.HandOver{Teammate: "ann", Fence: s.holder("ann").Fence, To: member("fay"), Revision: s.revision})
	count("a hand-over", 1, 1)
	s.drop("dan")
	s.age(grace)
	count("an expiry", 0, 1)
	s.configure(func(c *seats.Config) { c.Cap, c.OnShrink = 1, seats.ShrinkEvictNewest })
	count("an eviction", 0, 1)
	s.configure(func(c *seats.Config) { c.Status = seats.Suspended })
	count("a suspension", 0, 1)
	s.seated()
}
