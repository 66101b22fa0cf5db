package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// cooldowns: a freed teammate may wait, but is passed over until the cooldown ends or is lifted.
var cooldowns = []promise{
	{"Promise6_AWaiterInCooldownIsPassedOverUntilItEnds", cooldownPassedOver},
	{"Promise7_ACooldownThatEndsServesItsWaiterAtThatMoment", cooldownServes},
	{"ACooldownOutlivesItsPlace", cooldownOutlivesPlace},
	{"ACooldownThatEndsInGraceServesNobody", cooldownInGrace},
	{"ALiftedCooldownIsOverAtOnce", lifted},
	{"ALiftServesTheWaiterInTheSameStep", liftServes},
	{"ALiftOfAnEarlierSeatSparesALaterCooldown", liftOlder},
	{"Promise4_ARepeatedLiftSparesTheNextCooldown", liftRepeated},
	{"TheCooldownsOfAnOpeningBindWaitersToo", openCooldownWaits},
}

// cools has a teammate take a seat and be freed for a while.
func (s *scene) cools(teammate seats.TeammateID, d time.Duration) seats.Fence {
	s.Helper()
	s.fill(teammate)
	fence := s.holder(teammate).Fence
	s.do(seats.Free{Teammate: teammate, Fence: fence, Cooldown: d})
	return fence
}

func cooldownPassedOver(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.cools("ann", time.Minute)
	until := s.now().Add(time.Minute)
	s.Advance(time.Second)
	// A seat is free, and ann may wait for it.
	out := s.do(s.wantsAgain("ann", "ses-ann", 2))
	w := waits(t, out.Replies[0])
	equal(t, "place, until", [2]any{w.Place, w.Waiter.CooldownUntil}, [2]any{1, until})
	equal(t, "due", out.Due, s.now().Add(lease-time.Second))
	s.seat("bob", "ses-bob") // nobody is kept out for her
	s.queue("cid", "dan")
	s.logout("bob")
	s.seated("cid")
	s.line("ann", "dan")
	s.age(59*time.Second - time.Millisecond)
	s.logout("cid")
	s.seated("dan")
	s.Advance(time.Millisecond)
	equal(t, "over", s.waiter("ann").CooldownUntil, time.Time{})
	s.queue("eve")
	s.logout("dan")
	s.seated("ann")
	s.line("eve")
}

func cooldownServes(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.cools("ann", time.Minute)
	ends := s.now().Add(time.Minute)
	s.do(seats.Renew{Lease: time.Hour})
	waits(t, s.reply(s.wantsAgain("ann", "ses-ann", 2)))
	equal(t, "due", s.do().Due, ends)
	s.Advance(time.Minute - time.Millisecond)
	s.seated()
	s.Advance(time.Second) // late
	out := s.do()
	equal(t, "waiting no longer", s.change(out).Unwaiting, []seats.TeammateID{"ann"})
	equal(t, "since", s.holder("ann").Since, ends)
}

func cooldownOutlivesPlace(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.cools("ann", 10*time.Second)
	w := waits(t, s.reply(s.wantsAgain("ann", "ses-ann", 2)))
	equal(t, "without a place", refused(t, s.reply(s.take("ann", "ses-ann", 3)), seats.InCooldown).RetryAfter, 10*time.Second)
	s.line("ann") // which she keeps all the same
	s.do(seats.Unwait{Teammate: "ann", Session: "ses-ann", Seq: 4, Turn: w.Waiter.Turn})
	s.Advance(time.Second)
	refused(t, s.reply(s.take("ann", "ses-ann", 5)), seats.InCooldown)
	equal(t, "due", s.do().Due, s.now().Add(lease-time.Second)) // nobody waits for its end
	s.Advance(9 * time.Second)
	granted(t, s.reply(s.take("ann", "ses-ann", 6)))
}

func cooldownInGrace(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.cools("ann", 10*time.Second)
	waits(t, s.reply(s.wantsAgain("ann", "ses-ann", 2)))
	s.drop("ann")
	s.Advance(10 * time.Second)
	s.seated()
	equal(t, "over", s.waiter("ann").CooldownUntil, time.Time{})
	granted(t, s.reply(s.take("ann", "ses-2", 1)))
}

func lifted(t *testing.T, f Factory) {
	s := open(t, f, 1)
	fence := s.cools("ann", time.Minute)
	refused(t, s.reply(s.take("ann", "ses-ann", 2)), seats.InCooldown)
	equal[seats.Reply](t, "lift", s.reply(seats.Lift{Teammate: "ann", Fence: fence}), seats.Done{})
	s.seated() // nobody is let in who does not ask
	granted(t, s.reply(s.take("ann", "ses-ann", 3)))
	for _, id := range []seats.TeammateID{"ann", "eve"} {
		s.unchanged(s.batch(seats.Lift{Teammate: id, Fence: fence})) // where there is none
	}
}

func liftServes(t *testing.T, f Factory) {
	s := open(t, f, 1)
	fence := s.cools("ann", time.Minute)
	waits(t, s.reply(s.wantsAgain("ann", "ses-ann", 2)))
	out := s.do(seats.Lift{Teammate: "ann", Fence: fence + 7})
	equal(t, "holders", len(s.change(out).Holders), 1)
	equal(t, "how", s.holder("ann").Via, seats.ViaWaitlist)
	// Where it is not her turn, only the cooldown goes.
	s.do(seats.Free{Teammate: "ann", Fence: s.holder("ann").Fence, Cooldown: time.Minute})
	s.fill("bob")
	waits(t, s.reply(s.wantsAgain("ann", "ses-ann", 3)))
	out = s.do(seats.Lift{Teammate: "ann", Fence: fence + 7})
	w := s.waiter("ann")
	equal(t, "cooldown", w.CooldownUntil, time.Time{})
	equal(t, "announced", s.change(out).Waiters, []seats.Waiter{w})
}

func liftOlder(t *testing.T, f Factory) {
	s := open(t, f, 1)
	fence := s.cools("ann", time.Minute)
	for i, older := range []seats.Fence{0, fence - 1} {
		equal[seats.Reply](t, "lift", s.unchanged(s.batch(seats.Lift{Teammate: "ann", Fence: older}))[0], seats.Done{})
		refused(t, s.reply(s.take("ann", "ses-ann", uint64(2+i))), seats.InCooldown)
	}
}

func liftRepeated(t *testing.T, f Factory) {
	s := open(t, f, 1)
	fence := s.cools("ann", time.Minute)
	b := s.batch(seats.Lift{Teammate: "ann", Fence: fence})
	s.send(b)
	h := granted(t, s.reply(s.take("ann", "ses-ann", 2))).Holder
	s.do(seats.Free{Teammate: "ann", Fence: h.Fence, Cooldown: time.Minute})
	equal[seats.Reply](t, "the lift again", s.unchanged(b)[0], seats.Done{})
	refused(t, s.reply(s.take("ann", "ses-ann", 3)), seats.InCooldown)
}

func openCooldownWaits(t *testing.T, f Factory) {
	s := empty(t, f)
	s.revision = 1
	s.config = seats.Config{Revision: 1, Status: seats.Active, Cap: 1, Grace: grace, Waitlist: true}
	until := s.now().Add(20 * time.Second)
	s.do(seats.Open{Generation: 2, Cooldowns: []seats.Cooldown{{Teammate: "ann", Fence: seats.FencesPerGeneration + 3, Until: until}}},
		seats.Configure{Config: s.config}, seats.Renew{Lease: time.Hour})
	equal(t, "until", waits(t, s.reply(s.wants(member("ann")))).Waiter.CooldownUntil, until)
	s.unchanged(s.batch(seats.Lift{Teammate: "ann", Fence: seats.FencesPerGeneration + 2}))
	s.do(seats.Lift{Teammate: "ann", Fence: seats.FencesPerGeneration + 3})
	s.seated("ann")
}
