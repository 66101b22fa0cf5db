package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// moments: in which order things go that are due at one moment, whoever notices them.
var moments = []promise{
	{"AtOneMomentALeaseEndsBeforeTheWarnedLose", leaseBeforeWarning},
	{"AtOneMomentASeatIsLostBeforeACooldownEnds", graceBeforeCooldown},
	{"AtOneMomentACooldownEndsBeforeTheWarnedLose", cooldownBeforeWarning},
	{"AtOneMomentTheWarnedLoseBeforeAsksExpire", warningBeforeAsk},
	{"AtOneMomentSeatsAreLostInTheOrderOfIDs", gracesByID},
	{"InAHaltAsksStayOpen", asksInHalt},
}

// leaseBeforeWarning: who is not there any more is not idle, and keeps the seat for the grace.
func leaseBeforeWarning(t *testing.T, f Factory) {
	s := idling(t, f, 1)
	s.by(nodeB, seats.Renew{Lease: idleAfter + idleWarning}, s.take("ann", "ses-ann", 1))
	s.idles("ann", true)
	s.queue("bob")
	s.Advance(idleAfter + idleWarning)
	s.do()
	h := s.holder("ann")
	equal(t, "warned, grace", [2]time.Time{h.WarnedUntil, h.GraceUntil}, [2]time.Time{{}, s.now().Add(grace)})
}

func graceBeforeCooldown(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.do(seats.Renew{Lease: witnessLease})
	s.cools("ann", grace)
	s.fill("bob")
	s.drop("bob")
	waits(t, s.reply(s.wantsAgain("ann", "ses-ann", 2)))
	s.queue("cid")
	s.line("ann", "cid")
	s.Advance(grace)
	s.seated("cid") // ann was passed over, at that very moment for the last time
	equal(t, "ann's cooldown", s.waiter("ann").CooldownUntil, time.Time{})
}

// cooldownBeforeWarning: the seat of the warned goes to who stands first then.
func cooldownBeforeWarning(t *testing.T, f Factory) {
	s := idling(t, f, 1)
	s.cools("ann", idleAfter+idleWarning)
	s.fill("bob")
	s.idles("bob", true)
	waits(t, s.reply(s.wantsAgain("ann", "ses-ann", 2)))
	s.queue("cid")
	s.Advance(idleAfter + idleWarning)
	s.seated("ann")
	s.line("cid")
}

func warningBeforeAsk(t *testing.T, f Factory) {
	s := idling(t, f, 1)
	s.configure(func(c *seats.Config) { c.IdleWarning = seats.AskLife })
	s.fill("ann")
	s.idles("ann", true)
	s.Advance(idleAfter)
	s.queue("bob")
	s.here("cid")
	s.warned("ann")
	s.asks("ask-1", "cid", "ann")
	s.Advance(seats.AskLife)
	out := s.do()
	equal(t, "asks that ended", s.change(out).Asked, askEnd("cid", seats.AskWithdrawn))
}

func gracesByID(t *testing.T, f Factory) {
	s := open(t, f, 3)
	s.do(seats.Renew{Lease: witnessLease})
	s.fill("dan", "cid", "ann") // seats 1, 2, 3
	s.queue("eve", "fay", "gus")
	s.do(seats.Drop{Teammate: "dan", Session: "ses-dan"}, seats.Drop{Teammate: "ann", Session: "ses-ann"},
		seats.Drop{Teammate: "cid", Session: "ses-cid"})
	s.Advance(grace)
	s.seated("gus", "fay", "eve") // of ann's seat the first waiter heard first
}

func asksInHalt(t *testing.T, f Factory) {
	s := silent(t, f, 1)
	s.do(seats.Renew{Lease: seats.AskLife})
	s.fill("ann")
	s.queue("bob", "cid")
	s.asks("ask-1", "bob", "ann")
	s.asks("ask-2", "cid", "ann")
	s.Advance(seats.AskLife)
	s.do()
	s.openAsks("ask-1", "ask-2") // nothing expires
	s.logout("cid")
	s.openAsks("ask-1") // but who goes has asked for nothing
	s.Advance(seats.AskLife / 3)
	out := s.do()
	equal(t, "asks that ended", s.change(out).Asked, askEnd("bob", seats.AskWithdrawn)) // for bob's node is dead
}
