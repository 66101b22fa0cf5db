package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// shrink: what happens when more seats are used than the total.
var shrink = []promise{
	{"Promise1_WhileDrainingUseNeverRises", drainingNeverRises},
	{"DrainingBeginsAndEndsWithItsCause", drainingEnds},
	{"Promise1_EvictNewestReleasesTheHighestFences", evictNewest},
	{"EvictNewestSparesWhoFits", evictSpares},
	{"ThePolicyTurnedToEvictNewestEndsADrain", evictWhileDraining},
	{"ARaisedTotalDoesNotUnmarkOverage", overageKept},
}

func drainingNeverRises(t *testing.T, f Factory) {
	s := open(t, f, 4)
	s.fill("ann", "bob", "cid", "dan")
	s.queueAs(boss("meg"))
	s.queue("eve")
	s.configure(func(c *seats.Config) { c.Cap = 2 })
	s.seated("ann", "bob", "cid", "dan")
	for _, id := range []seats.TeammateID{"bob", "ann"} {
		s.logout(id)
		refused(t, s.reply(s.take(id, "ses-again-"+seats.SessionID(id), 1)), seats.SeatsFull)
		s.line("meg", "eve")
	}
	s.seated("cid", "dan")
	s.logout("cid")
	s.seated("meg", "dan") // the lowest number, whatever the total
	s.line("eve")
}

func drainingEnds(t *testing.T, f Factory) {
	draining := func(s *scene, want bool) {
		t.Helper()
		equal(t, "draining", s.board().Draining, want)
	}
	s := open(t, f, 3)
	s.fill("ann", "bob", "cid")
	s.configure(func(c *seats.Config) { c.Cap = 3 })
	draining(s, false)
	out := s.configure(func(c *seats.Config) { c.Cap = 2 })
	equal(t, "announced", s.change(out).Draining, true)
	draining(s, true)
	out = s.logout("cid")
	equal(t, "announced", s.change(out).Draining, false)
	draining(s, false)
	s.configure(func(c *seats.Config) { c.Cap = 0 })
	draining(s, true)
	s.configure(func(c *seats.Config) { c.Cap = 1 })
	draining(s, true)
	s.configure(func(c *seats.Config) { c.Overage = seats.Overage2 })
	draining(s, false)
	s.configure(func(c *seats.Config) { c.Cap = 0 })
	s.drop("ann")
	s.logout("bob")
	draining(s, true) // a seat in grace is used
	s.age(grace)
	draining(s, false)
}

func evictNewest(t *testing.T, f Factory) {
	s := open(t, f, 4)
	s.fill("ann", "bob", "cid", "dan")
	s.logout("ann")
	s.fill("eve") // under the lowest number, with the highest fence
	s.by(nodeB, seats.Renew{Lease: time.Hour}, s.take("dan", "ses-2", 1))
	s.drop("bob") // in grace, which nobody asks
	s.queue("fay")
	dan, eve := s.holder("dan"), s.holder("eve")
	s.Advance(time.Second)
	out := s.configure(func(c *seats.Config) { c.Cap, c.OnShrink = 2, seats.ShrinkEvictNewest })
	loss := func(h seats.Holder) seats.Loss { return lossOf(h, seats.LostShrunk, s.now()) }
	equal(t, "losses", s.change(out).Losses, []seats.Loss{loss(dan), loss(eve)})
	s.seated("bob", "cid")
	s.line("fay")
	head := s.board().Head
	equal(t, "draining", head.Draining, false)
	// All devices are detached: they don't come back by themselves.
	s.logout("cid")
	s.age(grace)
	s.seated("fay")
	equal(t, "sessions after one came back", granted(t, s.reply(s.take("dan", "ses-2", 2))).Holder.Sessions, 1)
}

func evictSpares(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.configure(func(c *seats.Config) { c.Overage, c.OnShrink = seats.Overage2, seats.ShrinkEvictNewest })
	s.fill("ann", "bob", "cid")
	s.configure(func(c *seats.Config) { c.Overage = seats.Overage1_5 })
	s.seated("ann", "bob", "cid")
	s.configure(func(c *seats.Config) { c.Overage = seats.OverageNone })
	s.seated("ann", "bob")
	s.configure(func(c *seats.Config) { c.Overage, c.Cap = seats.OverageAlways, 0 })
	s.seated("ann", "bob")
	s.configure(func(c *seats.Config) { c.Overage = "" })
	s.seated()
}

func evictWhileDraining(t *testing.T, f Factory) {
	s := open(t, f, 3)
	s.fill("ann", "bob", "cid")
	s.configure(func(c *seats.Config) { c.Cap = 1 })
	s.seated("ann", "bob", "cid")
	s.configure(func(c *seats.Config) { c.OnShrink = seats.ShrinkEvictNewest })
	s.seated("ann")
	equal(t, "draining", s.board().Draining, false)
}

func overageKept(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.configure(func(c *seats.Config) { c.Overage = seats.Overage2 })
	s.fill("ann", "bob")
	s.configure(func(c *seats.Config) { c.Cap, c.Overage = 5, "" })
	equal(t, "above the cap when granted", s.holder("bob").Overage, true)
	s.drop("bob")
	equal(t, "and after a return", granted(t, s.reply(s.take("bob", "ses-2", 1))).Holder.Overage, true)
	s.configure(func(c *seats.Config) { c.Cap = 0 })
	equal(t, "within the cap when granted", s.holder("ann").Overage, false)
}
