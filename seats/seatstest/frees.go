package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// frees: an administrator takes a seat away.
var frees = []promise{
	{"FreeTakesTheSeatAndTellsWhoAndWhy", freeTells},
	{"FreeEndsAGraceToo", freeInGrace},
	{"FreeRepeatedIsAnsweredAlikeWithoutEffect", freeRepeated},
	{"FreeDetachesAllDevices", freeDetaches},
	{"Promise3_FreeOfAnotherFenceTakesNothing", freeStale},
	{"FreeOfSomebodyWithoutASeatIsNotSeated", freeNotSeated},
	{"CooldownKeepsTheFreedAwayUntilItEnds", cooldown},
	{"FreeWithoutCooldownLetsThemBackAtOnce", noCooldown},
	{"ALossIsRememberedAsLongAsItsCooldown", lossOutlivesCooldown},
}

func freeTells(t *testing.T, f Factory) {
	s := open(t, f, 2)
	ann := s.seat("ann", "ses-1")
	s.Advance(time.Second)
	c := seats.Free{Teammate: "ann", Fence: ann.Fence, Cooldown: time.Minute, By: "meg", Message: "lunch is \"over\"\n…"}
	out := s.do(c)
	equal[seats.Reply](t, "free", out.Replies[0], seats.Freed{Number: 1, Fence: ann.Fence})
	loss := lossOf(ann, seats.LostFreed, s.now())
	loss.By, loss.Message, loss.CooldownUntil = "meg", c.Message, s.now().Add(time.Minute)
	equal(t, "losses", s.change(out).Losses, []seats.Loss{loss})
	equal(t, "gone", s.change(out).Gone, []seats.TeammateID{"ann"})
	equal(t, "remembered", s.loss("ann"), loss)
	s.seated()
}

func freeInGrace(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	s.do(seats.Drop{Teammate: "ann", Session: "ses-1"})
	s.do(seats.Free{Teammate: "ann", Fence: ann.Fence})
	s.seated()
	again := s.seat("ann", "ses-2")
	s.age(grace)
	equal(t, "when the grace would have ended", s.holder("ann"), again)
}

func freeRepeated(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	b := s.batch(seats.Free{Teammate: "ann", Fence: ann.Fence, Cooldown: 2 * time.Second})
	freed := s.send(b).Replies[0]
	s.Advance(2 * time.Second)
	equal(t, "again", s.unchanged(b)[0], freed)
	granted(t, s.reply(s.take("ann", "ses-1", 2))) // no second cooldown
	equal(t, "while seated anew", s.unchanged(b)[0], freed)
	s.seated("ann")
}

func freeDetaches(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	granted(t, s.reply(s.take("ann", "ses-2", 1)))
	s.do(seats.Free{Teammate: "ann", Fence: ann.Fence})
	back := granted(t, s.reply(s.take("ann", "ses-2", 2)))
	equal(t, "sessions after one came back", back.Holder.Sessions, 1)
}

func freeStale(t *testing.T, f Factory) {
	s := open(t, f, 2)
	first := s.seat("ann", "ses-1")
	s.do(seats.Leave{Teammate: "ann", Session: "ses-1", Seq: 2, Fence: first.Fence})
	second := granted(t, s.reply(s.take("ann", "ses-1", 3))).Holder
	bob := s.seat("bob", "ses-bob")
	for _, fence := range []seats.Fence{first.Fence, bob.Fence, second.Fence + 100} {
		c := seats.Free{Teammate: "ann", Fence: fence, Cooldown: time.Minute}
		equal[seats.Reply](t, "free", s.unchanged(s.batch(c))[0], seats.StaleFence{Held: second.Fence})
	}
	s.seated("ann", "bob")
}

func freeNotSeated(t *testing.T, f Factory) {
	s := open(t, f, 1)
	equal[seats.Reply](t, "never seen", s.reply(seats.Free{Teammate: "ann", Fence: 1}), seats.NotSeated{})
	ann := s.seat("ann", "ses-1")
	s.do(seats.Leave{Teammate: "ann", Session: "ses-1", Seq: 2, Fence: ann.Fence})
	c := seats.Free{Teammate: "ann", Fence: ann.Fence, Cooldown: time.Minute}
	equal[seats.Reply](t, "left before", s.unchanged(s.batch(c))[0], seats.NotSeated{})
	granted(t, s.reply(s.take("ann", "ses-1", 3))) // no cooldown of a free that took nothing
}

func cooldown(t *testing.T, f Factory) {
	s := open(t, f, 2)
	ann := s.seat("ann", "ses-1")
	s.do(seats.Free{Teammate: "ann", Fence: ann.Fence, Cooldown: 10 * time.Second})
	s.Advance(10*time.Second - time.Millisecond)
	r := refused(t, s.reply(s.take("ann", "ses-1", 2)), seats.InCooldown)
	equal(t, "retry after", r.RetryAfter, time.Millisecond)
	refused(t, s.reply(s.take("ann", "ses-2", 1)), seats.InCooldown) // no other device helps
	s.Advance(time.Millisecond)
	equal(t, "when it ended", granted(t, s.reply(s.take("ann", "ses-1", 3))).New, true)
}

func noCooldown(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	s.do(seats.Free{Teammate: "ann", Fence: ann.Fence})
	equal(t, "cooldown", s.loss("ann").CooldownUntil, time.Time{})
	granted(t, s.reply(s.take("ann", "ses-1", 2)))
}

func lossOutlivesCooldown(t *testing.T, f Factory) {
	s := open(t, f, 1)
	ann := s.seat("ann", "ses-1")
	s.do(seats.Free{Teammate: "ann", Fence: ann.Fence, Cooldown: 2 * seats.EndedMemory})
	s.Advance(2*seats.EndedMemory - time.Millisecond)
	equal(t, "fence remembered", s.loss("ann").Fence, ann.Fence)
	s.Advance(time.Millisecond)
	equal(t, "losses", len(s.board().Losses), 0)
}
