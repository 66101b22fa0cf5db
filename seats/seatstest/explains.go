package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// explains: what a take would answer now, and why.
var explains = []promise{
	{"ExplainTellsEachRuleWithTheOccupancy", explainRules},
	{"ExplainTellsWhatIsReserved", explainReserved},
	{"ExplainTellsThePlaceByPriority", explainPlace},
	{"ExplainTellsTheEarliestChance", explainChance},
	{"ExplainTellsNoChanceBeforeTheEndOfAHalt", explainChanceHalted},
}

// explain asks for a member, which may change nothing.
func (s *scene) explain(m seats.Member) seats.Explained {
	s.Helper()
	reply := s.unchanged(s.batch(seats.Explain{Member: m, Revision: s.revision}))[0]
	e, ok := reply.(seats.Explained)
	if !ok {
		s.Fatalf("answered with %#v, want explained", reply)
	}
	return e
}

func explainRules(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.configure(func(c *seats.Config) { c.Overage = seats.Overage1_5 })
	s.cools("eve", time.Minute)
	s.fill("ann", "bob")
	explained := func(m seats.Member, want seats.Explained) {
		t.Helper()
		equal(t, "explained to "+string(m.Teammate), s.explain(m), want)
	}
	two, three := seats.Occupancy{Total: 3, Used: 2}, seats.Occupancy{Total: 3, Used: 3}
	explained(member("dan"), seats.Explained{Rule: seats.SeatOpen, Occupancy: two})
	s.fill("cid")
	s.queue("dan")
	waits(t, s.reply(s.wantsAgain("eve", "ses-eve", 2)))
	explained(member("ann"), seats.Explained{Rule: seats.AlreadySeated, Occupancy: three})
	explained(member("dan"), seats.Explained{Rule: seats.AlreadyWaiting, Occupancy: three, Place: 1})
	explained(member("eve"), seats.Explained{Rule: seats.Rule(seats.InCooldown), Occupancy: three, Place: 2, RetryAfter: time.Minute})
	explained(member("fay"), seats.Explained{Rule: seats.Rule(seats.SeatsFull), Occupancy: three})
	ned := seats.Member{Teammate: "ned"}
	explained(ned, seats.Explained{Rule: seats.Rule(seats.NotOperator), Occupancy: three})
	for status, code := range map[seats.Status]seats.RefusalCode{
		seats.Suspended: seats.LicenseSuspended, seats.Expired: seats.LicenseExpired,
	} {
		s.configure(func(c *seats.Config) { c.Status = status })
		explained(member("fay"), seats.Explained{Rule: seats.Rule(code), Occupancy: seats.Occupancy{Total: 3}})
		explained(member("dan"), seats.Explained{Rule: seats.Rule(code), Occupancy: seats.Occupancy{Total: 3}, Place: 1})
	}
}

func explainReserved(t *testing.T, f Factory) {
	s := open(t, f, 4)
	s.configure(func(c *seats.Config) { c.ReservedAdministrators = 3 })
	s.seatAs(boss("meg"))
	s.seatAs(member("ann"))
	o := seats.Occupancy{Total: 4, Used: 2, Reserved: 3, Administrators: 1}
	equal(t, "to an ordinary one", s.explain(member("bob")), seats.Explained{
		Rule: seats.Rule(seats.SeatsFull), Occupancy: o, ReservedForOthers: 2,
	})
	equal(t, "to an administrator", s.explain(boss("max")), seats.Explained{Rule: seats.SeatOpen, Occupancy: o})
	s.configure(func(c *seats.Config) { c.Overage = seats.OverageAlways })
	o.Total = seats.Unlimited
	equal(t, "without a total", s.explain(member("bob")), seats.Explained{Rule: seats.SeatOpen, Occupancy: o, ReservedForOthers: 2})
}

func explainPlace(t *testing.T, f Factory) {
	s := open(t, f, 0)
	s.queueAs(member("ann"))
	s.queueAs(boss("meg"))
	equal(t, "in turn", s.explain(boss("meg")).Place, 2)
	s.configure(func(c *seats.Config) { c.AdministratorsFirst = true })
	equal(t, "administrators first", [2]int{s.explain(boss("meg")).Place, s.explain(member("ann")).Place}, [2]int{1, 2})
	equal(t, "who does not wait", s.explain(member("bob")).Place, 0)
}

func explainChance(t *testing.T, f Factory) {
	s := idling(t, f, 3)
	s.fill("ann", "bob", "cid")
	s.queue("dan")
	chance := func(want time.Duration) {
		t.Helper()
		equal(t, "to who waits", s.explain(member("dan")).NextChance, want)
		equal(t, "to a newcomer", s.explain(member("eve")).NextChance, want)
	}
	chance(0)
	s.idles("ann", true)
	s.Advance(idleAfter)
	s.do()
	chance(idleWarning)
	s.drop("bob")
	chance(grace)
	s.Advance(grace - time.Second)
	s.drop("cid")
	chance(time.Second)
	equal(t, "to who is seated", s.explain(member("ann")).NextChance, 0)
}

func explainChanceHalted(t *testing.T, f Factory) {
	s := recovering(t, f, 2)
	ann, bob := s.held("ann", 1, old+1), s.held("bob", 2, old+2)
	ann.Holder.GraceUntil = s.now().Add(time.Second)
	s.claimed(ann, bob)
	waits(t, s.reply(s.wants(member("cid"))))
	s.Advance(5 * time.Second)
	equal(t, "chance", s.explain(member("cid")), seats.Explained{
		Rule: seats.AlreadyWaiting, Occupancy: seats.Occupancy{Total: 2, Used: 2}, Place: 1, NextChance: window - 5*time.Second,
	})
}
