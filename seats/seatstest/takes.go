package seatstest

import (
	"fmt"
	"testing"
	"time"

	"usher/seats"
)

// takes: who is admitted, to what, and in which order the rules go.
var takes = []promise{
	{"Promise1_NeverMoreSeatsThanTheTotal", neverMoreThanTotal},
	{"Promise3_FencesStrictlyGrow", fencesGrow},
	{"Promise5_ASecondDeviceGetsTheSameSeat", secondDevice},
	{"LowestFreeNumberIsTaken", lowestNumber},
	{"RulesAreAskedInTheirOrder", rulesInOrder},
	{"SeatsAboveTheCapAreMarkedOverage", overageMarked},
	{"TheTotalIsTheCapTimesThePolicyRoundedDown", totals},
	{"OverageAlwaysHasNoTotal", overageAlways},
	{"CapZeroAdmitsNobody", capZero},
	{"TakeNeedsALiveLease", takeNeedsLease},
	{"ARefusedSessionIsAttachedAndMayAskAgain", refusedMayAskAgain},
	{"ExplainTellsWhatATakeWouldAndTakesNothing", explainTakesNothing},
	{"ExplainTellsTheNextChance", explainNextChance},
}

func neverMoreThanTotal(t *testing.T, f Factory) {
	for _, c := range []struct {
		overage seats.Overage
		total   int
	}{{"", 5}, {seats.OverageNone, 5}, {seats.Overage1_25, 6}, {seats.Overage1_5, 7}, {seats.Overage2, 10}} {
		t.Run("overage="+string(c.overage), func(t *testing.T) {
			t.Parallel()
			s := open(t, f, 5)
			s.configure(func(config *seats.Config) { config.Overage = c.overage })
			for i := range c.total {
				id := fmt.Sprint(i)
				s.seat(seats.TeammateID("tm"+id), seats.SessionID("ses"+id))
			}
			refused(t, s.reply(s.take("late", "ses-late", 1)), seats.SeatsFull)
			head := s.board().Head
			equal(t, "cap, total, used", [3]int{head.Cap, head.Total, head.Used}, [3]int{5, c.total, c.total})
		})
	}
}

func fencesGrow(t *testing.T, f Factory) {
	s := open(t, f, 2)
	last := seats.Fence(0)
	for i := range 5 {
		session := seats.SessionID(fmt.Sprintf("ses%d", i))
		h := s.seat("ann", session)
		if h.Fence <= last {
			t.Fatalf("fence %d after %d", h.Fence, last)
		}
		equal(t, "fence", h.Fence, seats.Fence(seats.FencesPerGeneration+i+1))
		last = h.Fence
		s.do(seats.Logout{Teammate: "ann", Session: session})
	}
}

func secondDevice(t *testing.T, f Factory) {
	s := open(t, f, 2)
	first := s.seat("ann", "ses-1")
	again := granted(t, s.reply(s.take("ann", "ses-2", 1)))
	want := first
	want.Sessions = 2
	equal(t, "second device", again, seats.Granted{Holder: want})
	s.do(seats.Logout{Teammate: "ann", Session: "ses-1"})
	equal(t, "after one device is gone", s.holder("ann"), first)
	s.do(seats.Logout{Teammate: "ann", Session: "ses-2"})
	s.seated()
}

func lowestNumber(t *testing.T, f Factory) {
	s := open(t, f, 4)
	for i, id := range []string{"ann", "bob", "cid", "dan"} {
		h := s.seat(seats.TeammateID(id), seats.SessionID("ses-"+id))
		equal(t, "number of "+id, h.Number, i+1)
	}
	for _, id := range []string{"cid", "ann", "bob"} {
		s.do(seats.Logout{Teammate: seats.TeammateID(id), Session: seats.SessionID("ses-" + id)})
	}
	for i, id := range []string{"eve", "fay", "gus"} {
		h := s.seat(seats.TeammateID(id), seats.SessionID("ses-"+id))
		equal(t, "number of "+id, h.Number, i+1)
	}
	s.seated("eve", "fay", "gus", "dan")
}

func rulesInOrder(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-ann")
	bob := s.take("bob", "ses-bob", 1)
	refused(t, s.reply(bob), seats.SeatsFull)

	s.do(seats.Free{Teammate: "ann", Fence: ann.Fence, Cooldown: time.Minute})
	s.seat("cid", "ses-cid")
	r := refused(t, s.reply(s.take("ann", "ses-ann", 2)), seats.InCooldown) // although the seats are full
	equal(t, "retry after", r.RetryAfter, time.Minute)

	ned := s.take("ann", "ses-ann", 3)
	ned.Member.Operator = false
	refused(t, s.reply(ned), seats.NotOperator) // although in cooldown

	for status, code := range map[seats.Status]seats.RefusalCode{
		seats.Suspended: seats.LicenseSuspended, seats.Expired: seats.LicenseExpired,
	} {
		s.configure(func(c *seats.Config) { c.Status = status })
		ned.Revision, ned.Seq = s.revision, ned.Seq+1
		refused(t, s.reply(ned), code) // although no operator
	}
}

func overageMarked(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.configure(func(c *seats.Config) { c.Overage = seats.Overage2 })
	equal(t, "overage within the cap", s.seat("ann", "ses-ann").Overage, false)
	equal(t, "overage above the cap", s.seat("bob", "ses-bob").Overage, true)
	s.do(seats.Logout{Teammate: "ann", Session: "ses-ann"})
	equal(t, "overage stays for the whole stay", s.holder("bob").Overage, true)
	equal(t, "overage counts seats, not numbers", s.seat("cid", "ses-cid").Overage, true)
	s.configure(func(c *seats.Config) { c.Cap = 4 })
	equal(t, "a raised cap changes no mark", s.holder("bob").Overage, true)
}

func totals(t *testing.T, f Factory) {
	s := open(t, f, 0)
	for seatCap := range 10 {
		for overage, total := range map[seats.Overage]int{
			"": seatCap, seats.OverageNone: seatCap, seats.Overage1_25: seatCap + seatCap/4,
			seats.Overage1_5: seatCap + seatCap/2, seats.Overage2: seatCap + seatCap, seats.OverageAlways: seats.Unlimited,
		} {
			s.configure(func(c *seats.Config) { c.Cap, c.Overage = seatCap, overage })
			what := fmt.Sprintf("total of %d by %q", seatCap, overage)
			equal(t, what, s.board().Total, total)
			e := s.explain(member("ann"))
			equal(t, what+", explained", e.Total, total)
		}
	}
}

func overageAlways(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.configure(func(c *seats.Config) { c.Overage = seats.OverageAlways })
	for i := range 20 {
		id := fmt.Sprint(i)
		h := s.seat(seats.TeammateID("tm"+id), seats.SessionID("ses"+id))
		equal(t, "overage", h.Overage, i >= 1)
	}
	equal(t, "total", s.board().Total, seats.Unlimited)
}

func capZero(t *testing.T, f Factory) {
	s := open(t, f, 0)
	refused(t, s.reply(s.take("ann", "ses-ann", 1)), seats.SeatsFull)
}

func takeNeedsLease(t *testing.T, f Factory) {
	s := open(t, f, 2)
	out := s.by(nodeB, s.take("ann", "ses-ann", 1))
	equal[seats.Reply](t, "take by a node without lease", out.Replies[0], seats.NoLease{})
	equal(t, "changes", len(out.Changes), 0)
	s.Advance(lease)
	equal[seats.Reply](t, "take at the moment the lease ends", s.reply(s.take("ann", "ses-ann", 1)), seats.NoLease{})
	out = s.do(seats.Renew{Lease: lease}, s.take("ann", "ses-ann", 1))
	granted(t, out.Replies[1])
}

func refusedMayAskAgain(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.seat("ann", "ses-ann")
	refused(t, s.reply(s.take("bob", "ses-bob", 1)), seats.SeatsFull)
	s.do(seats.Logout{Teammate: "ann", Session: "ses-ann"})
	s.seated() // nobody is let in who does not ask
	equal(t, "asked again", granted(t, s.reply(s.take("bob", "ses-bob", 2))).New, true)
}

func explainTakesNothing(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ask := func(id seats.TeammateID) seats.Explained {
		t.Helper()
		out := s.do(seats.Explain{Member: member(id), Revision: s.revision})
		equal(t, "changes", len(out.Changes), 0)
		return answered[seats.Explained](t, out.Replies[0])
	}
	equal(t, "open", ask("ann"), seats.Explained{Rule: seats.SeatOpen, Occupancy: seats.Occupancy{Total: 1}})
	s.seated()
	ann := s.seat("ann", "ses-ann")
	equal(t, "seated", ask("ann"), seats.Explained{Rule: seats.AlreadySeated, Occupancy: seats.Occupancy{Total: 1, Used: 1}})
	equal(t, "full", ask("bob"), seats.Explained{Rule: seats.Rule(seats.SeatsFull), Occupancy: seats.Occupancy{Total: 1, Used: 1}})
	s.do(seats.Free{Teammate: "ann", Fence: ann.Fence, Cooldown: time.Minute})
	s.Advance(time.Second)
	equal(t, "cooldown", ask("ann"), seats.Explained{Rule: seats.Rule(seats.InCooldown), Occupancy: seats.Occupancy{Total: 1}, RetryAfter: 59 * time.Second})
	stale := s.reply(seats.Explain{Member: member("ann"), Revision: 2})
	equal[seats.Reply](t, "other revision", stale, seats.StaleRevision{Engine: 1})
}

func explainNextChance(t *testing.T, f Factory) {
	s := open(t, f, 2)
	s.seat("ann", "ses-ann")
	s.seat("bob", "ses-bob")
	s.do(seats.Drop{Teammate: "bob", Session: "ses-bob"})
	s.Advance(time.Second)
	s.do(seats.Drop{Teammate: "ann", Session: "ses-ann"})
	got := s.reply(seats.Explain{Member: member("cid"), Revision: 1})
	equal[seats.Reply](t, "explained", got, seats.Explained{
		Rule: seats.Rule(seats.SeatsFull), Occupancy: seats.Occupancy{Total: 2, Used: 2}, NextChance: grace - time.Second,
	})
}
