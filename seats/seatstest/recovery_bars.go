package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// What bars later claims.

func leaveBars(t *testing.T, f Factory) {
	leave := func(seq uint64, fence seats.Fence) seats.Leave {
		return seats.Leave{Teammate: "ann", Session: "ses-ann", Seq: seq, Fence: fence}
	}
	t.Run("before any claim", func(t *testing.T) {
		t.Parallel()
		s := recovering(t, f, 3)
		s.do(leave(7, old+5))
		for _, fence := range []seats.Fence{old + 5, old + 4} {
			l := s.lost(on("ses-2", s.holds("ann", 1, fence)), seats.LostLeft)
			equal(t, "fence, session", [2]any{l.Fence, l.Session}, [2]any{seats.Fence(old + 5), seats.SessionID("ses-ann")})
			s.lost(s.held("ann", 1, fence), seats.LostLeft)
		}
		s.do(leave(8, old+3)) // a lower one takes nothing back
		s.lost(s.held("ann", 1, old+5), seats.LostLeft)
		s.claimed(s.holds("ann", 2, old+6)) // a later stay is another
		s.claimed(s.holds("bob", 1, old+5)) // and so is another's
	})
	t.Run("after the claim", func(t *testing.T) {
		t.Parallel()
		s := recovering(t, f, 3)
		s.claimed(s.holds("ann", 1, old+5), on("ses-2", s.holds("ann", 1, old+5)))
		s.do(leave(7, old+5))
		s.seated()
		for _, c := range []seats.Claim{s.held("ann", 1, old+5), s.holds("ann", 1, old+5), on("ses-3", s.holds("ann", 3, old+4))} {
			s.lost(c, seats.LostLeft)
		}
	})
	t.Run("after the claim of an earlier stay", func(t *testing.T) {
		t.Parallel()
		s := recovering(t, f, 3)
		s.claimed(s.held("ann", 1, old+3)) // by a node that is behind
		s.do(leave(7, old+5))
		s.seated() // that was over before
		s.lost(on("ses-2", s.holds("ann", 2, old+5)), seats.LostLeft)
		s.lost(on("ses-2", s.holds("ann", 1, old+3)), seats.LostLeft)
	})
	t.Run("of this generation", func(t *testing.T) {
		t.Parallel()
		s := recovering(t, f, 3)
		s.do(leave(7, 2*old+1)) // a fence that was not given yet
		s.claimed(on("ses-2", s.holds("ann", 1, old+5)))
	})
}

func freeBars(t *testing.T, f Factory) {
	free := seats.Free{Teammate: "ann", Fence: old + 5, Cooldown: 10 * time.Minute, By: "meg", Message: "why"}
	t.Run("before any claim", func(t *testing.T) {
		t.Parallel()
		s := recovering(t, f, 3)
		out := s.do(free)
		equal[seats.Reply](t, "free", out.Replies[0], seats.Freed{Fence: old + 5})
		ends := s.now().Add(10 * time.Minute)
		s.Advance(time.Second)
		equal[seats.Reply](t, "again", s.unchanged(s.batch(free))[0], seats.Freed{Fence: old + 5})
		want := seats.Loss{
			Teammate: "ann", Fence: old + 5, Reason: seats.LostFreed, By: "meg", Message: "why",
			At: s.now().Add(-time.Second), CooldownUntil: ends,
		}
		equal(t, "loss", s.lost(s.holds("ann", 1, old+5), seats.LostFreed), want)
		equal(t, "loss of a lower one", s.lost(s.held("ann", 1, old+4), seats.LostFreed), want)
		r := refused(t, s.reply(s.take("ann", "ses-ann", 1)), seats.InCooldown)
		equal(t, "retry after", r.RetryAfter, 10*time.Minute-time.Second)
		equal(t, "a waiter", waits(t, s.reply(s.wantsAgain("ann", "ses-ann", 2))).Waiter.CooldownUntil, ends)
		s.do(seats.Lift{Teammate: "ann", Fence: old + 5})
		s.lost(on("ses-2", s.holds("ann", 1, old+5)), seats.LostFreed) // lifted, the cooldown is over, not the free undone
		s.claimed(on("ses-3", s.holds("ann", 1, old+6)))
	})
	t.Run("after the claim", func(t *testing.T) {
		t.Parallel()
		s := recovering(t, f, 3)
		s.claimed(s.holds("ann", 1, old+5))
		equal[seats.Reply](t, "free", s.reply(free), seats.Freed{Number: 1, Fence: old + 5})
		s.lost(s.holds("ann", 1, old+5), seats.LostFreed)
		s.lost(s.held("ann", 1, old+4), seats.LostFreed)
	})
	t.Run("after the claim of an earlier stay", func(t *testing.T) {
		t.Parallel()
		s := recovering(t, f, 3)
		s.claimed(s.holds("ann", 1, old+4))
		equal[seats.Reply](t, "free", s.reply(free), seats.Freed{Fence: old + 5})
		s.seated()
		s.lost(on("ses-2", s.holds("ann", 2, old+5)), seats.LostFreed)
	})
	t.Run("after the claim of a later stay", func(t *testing.T) {
		t.Parallel()
		s := recovering(t, f, 3)
		s.claimed(s.holds("ann", 1, old+6))
		equal[seats.Reply](t, "free", s.unchanged(s.batch(free))[0], seats.StaleFence{Held: old + 6})
	})
}

func unwaitBars(t *testing.T, f Factory) {
	unwait := func(seq uint64, turn seats.Turn) seats.Unwait {
		return seats.Unwait{Teammate: "ann", Session: "ses-ann", Seq: seq, Turn: turn}
	}
	for name, claims := range map[string]func(*scene) []seats.Claim{
		"before any claim": func(*scene) []seats.Claim { return nil },
		"after the claim":  func(s *scene) []seats.Claim { return []seats.Claim{s.stands("ann", old+5)} },
		"after the claim of an earlier place": func(s *scene) []seats.Claim {
			return []seats.Claim{s.stood("ann", old+2)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := recovering(t, f, 3)
			s.claimed(claims(s)...)
			s.do(unwait(7, old+5))
			s.line()
			for _, turn := range []seats.Turn{old + 5, old + 4} {
				for _, c := range []seats.Claim{s.stands("ann", turn), on("ses-2", s.stands("ann", turn)), s.stood("ann", turn)} {
					equal(t, "loss", s.lost(c, seats.LostLeft), seats.Loss{Teammate: "ann", Reason: seats.LostLeft})
				}
			}
			// Who waits anew does so at the end of the line.
			w := waits(t, s.reply(s.wantsAgain("ann", "ses-ann", 8)))
			equal(t, "turn", w.Waiter.Turn, seats.Turn(2*old+1))
			s.lost(on("ses-2", s.stands("ann", old+5)), seats.LostLeft)
			equal(t, "turn", s.waiter("ann").Turn, seats.Turn(2*old+1))
			s.do(unwait(9, old+5)) // repeated by a later number: of another turn
			s.line("ann")
			s.claimed(on("ses-2", s.stands("ann", old+6))) // a later place is another
			equal(t, "turn", s.waiter("ann").Turn, seats.Turn(old+6))
		})
	}
}

func logoutBars(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	s.logout("ann")
	l := s.lost(s.held("ann", 1, old+5), seats.LostLoggedOut)
	equal(t, "number, fence", [2]any{l.Number, l.Fence}, [2]any{1, seats.Fence(old + 5)})
	s.lost(s.stood("ann", old+5), seats.LostLoggedOut)
	equal[seats.Reply](t, "the session itself", s.unchanged(s.batch(s.holds("ann", 1, old+5)))[0], seats.Ended{})
	// Another device was there all the same.
	s.claimed(on("ses-2", s.holds("ann", 1, old+5)))
	s.claimed(s.held("ann", 1, old+5)) // adds nothing
	equal(t, "in grace", s.holder("ann").InGrace(), false)
}

func logoutBarsNothing(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	s.claimed(s.holds("bob", 2, old+6))
	s.do(seats.Logout{Teammate: "ann", Session: "ses-bob"})                                                  // somebody else's
	s.do(seats.Drop{Teammate: "ann", Session: "ses-ann"}, seats.Logout{Teammate: "ann", Session: "ses-ann"}) // behind its drop
	s.claimed(s.held("ann", 1, old+5))
	s.seated("ann", "bob")
}

func cooldownBars(t *testing.T, f Factory) {
	until := f(t).Now().Truncate(time.Millisecond).Add(10 * time.Second)
	s := recovering(t, f, 3, seats.Cooldown{Teammate: "ann", Fence: old + 5, Until: until},
		seats.Cooldown{Teammate: "bob", Fence: old + 6, Until: until})
	equal(t, "until", s.lost(s.holds("ann", 1, old+5), seats.LostFreed).CooldownUntil, until)
	s.lost(s.held("ann", 1, old+4), seats.LostFreed)
	s.do(seats.Lift{Teammate: "bob", Fence: old + 6})
	s.lost(s.holds("bob", 1, old+6), seats.LostFreed) // lifted, the cooldown is over, not the free undone
	s.claimed(s.holds("bob", 1, old+7))
	s.age(10 * time.Second)
	s.lost(s.holds("ann", 1, old+5), seats.LostFreed) // nor is it when the cooldown ends
	s.claimed(s.holds("ann", 2, old+8))
	s.seated("bob", "ann")
}

func switchBars(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	s.claimed(s.holds("ann", 1, old+5), s.stands("cid", old+1))
	s.configure(nil, seats.Member{Teammate: "ann"}, seats.Member{Teammate: "bob"}, seats.Member{Teammate: "cid"})
	s.seated()
	s.line()
	equal(t, "reason", s.loss("ann").Reason, seats.LostNotOperator)
	for _, c := range []seats.Claim{s.held("ann", 1, old+5), s.holds("bob", 2, old+6), s.stands("cid", old+1), s.stood("dan", old+2)} {
		stale := c
		stale.Revision = 1
		equal[seats.Reply](t, "by the earlier revision", s.unchanged(s.batch(stale))[0], seats.StaleRevision{Engine: 2})
		c.Member.Operator = false
		l := s.lost(c, seats.LostNotOperator)
		equal(t, "fence", l.Fence, c.Holder.Fence)
	}
}

func statusBars(t *testing.T, f Factory) {
	for status, reason := range map[seats.Status]seats.Reason{
		seats.Suspended: seats.LostLicenseSuspended, seats.Expired: seats.LostLicenseExpired,
	} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			s := recovering(t, f, 3)
			s.claimed(s.holds("ann", 1, old+5))
			s.configure(func(c *seats.Config) { c.Status = status })
			s.seated()
			s.lost(s.holds("bob", 2, old+6), reason)
			s.lost(s.held("cid", 3, old+7), reason)
			s.claimed(s.stands("dan", old+1)) // places stay
			s.line("dan")
			s.configure(func(c *seats.Config) { c.Waitlist = false })
			s.lost(s.stands("eve", old+2), seats.LostLeft)
			s.age(window)
			s.seated()
		})
	}
}
