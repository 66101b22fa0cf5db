package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// What is claimed in the window of a new generation, and what stands of it.

func claimBringsBack(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	c := s.holds("ann", 2, old+7)
	c.Holder.Overage, c.Holder.Via, c.Holder.Routing = true, seats.ViaHandOver, seats.NotAcceptingChats
	// A node may have read the moment in another zone, and in a finer unit.
	ann := seats.Holder{
		Teammate: "ann", Name: "Name of ann", Number: 2, Fence: old + 7, Since: c.Holder.Since, Sessions: 1,
		Overage: true, Via: seats.ViaHandOver, Routing: seats.NotAcceptingChats,
	}
	c.Holder.Since = c.Holder.Since.Add(time.Microsecond).In(time.FixedZone("somewhere", 3600))
	out := s.do(c)
	equal[seats.Reply](t, "claim", out.Replies[0], seats.Granted{Holder: ann})
	equal(t, "announced", s.change(out).Holders, []seats.Holder{ann})
	equal(t, "on the board", s.holder("ann"), ann)
	s.age(window)
	equal(t, "after the window", s.holder("ann"), ann)
	s.logout("ann")
	s.seated()
}

func claimedFencesBelow(t *testing.T, f Factory) {
	s := recovering(t, f, 5)
	s.claimed(s.holds("ann", 1, old+7), s.holds("bob", 4, 2*old-1), s.holds("cid", 3, 12))
	s.age(window)
	dan := s.seat("dan", "ses-dan")
	equal(t, "the lowest number that nobody claimed", dan.Number, 2)
	equal(t, "fence", dan.Fence, 2*old+1)
	equal(t, "the next number", s.seat("eve", "ses-eve").Number, 5)
}

// claimOfTheFuture: such a fence could be granted to somebody else.
func claimOfTheFuture(t *testing.T, f Factory) {
	s := recovering(t, f, 2)
	for _, c := range []seats.Claim{
		s.holds("ann", 1, 2*old+1), s.held("ann", 1, 2*old+1), s.stands("ann", 2*old+1), s.stood("ann", 2*old+1),
	} {
		equal[seats.Reply](t, "claim", s.unchanged(s.batch(c))[0], seats.Unclaimed{})
	}
	// But a second device may join what the first one got in this generation.
	w := waits(t, s.reply(s.wants(member("bob"))))
	c := on("ses-2", s.stands("bob", w.Waiter.Turn))
	equal[seats.Reply](t, "by a second device", s.unchanged(s.batch(c))[0], w)
}

func claimInGrace(t *testing.T, f Factory) {
	s := recovering(t, f, 2)
	ann, bob := s.held("ann", 1, old+1), s.held("bob", 2, old+2)
	ann.Holder.GraceUntil = s.now().Add(10 * time.Second)
	bob.Holder.GraceUntil = s.now().Add(time.Hour)
	s.claimed(ann, bob)
	h := s.holder("ann")
	equal(t, "sessions, until", [2]any{h.Sessions, h.GraceUntil}, [2]any{0, s.now().Add(10 * time.Second)})
	equal(t, "no longer than a grace from now on", s.holder("bob").GraceUntil, s.now().Add(grace))
	cid := s.stood("cid", old+1)
	cid.Waiter.GraceUntil = s.now().Add(time.Hour)
	s.claimed(cid)
	equal(t, "a place likewise", s.waiter("cid").GraceUntil, s.now().Add(grace))
	// The teammate may come back, by a take or by a claim of the device that they came back on.
	back := granted(t, s.reply(s.take("ann", "ses-ann", 1)))
	equal(t, "back by a take", [3]any{back.New, back.Holder.Fence, back.Holder.InGrace()}, [3]any{false, seats.Fence(old + 1), false})
	s.claimed(on("ses-bob", bob), on("ses-cid", cid))
	equal(t, "back by a claim", [2]bool{s.holder("bob").InGrace(), s.waiter("cid").InGrace()}, [2]bool{false, false})
}

func claimsAboveTotal(t *testing.T, f Factory) {
	s := recovering(t, f, 1)
	s.claimed(s.holds("ann", 1, old+1), s.holds("bob", 2, old+2), s.holds("cid", 7, old+3), s.stands("dan", old+4))
	s.seated("ann", "bob", "cid")
	s.age(window)
	s.seated("ann", "bob", "cid")
	equal(t, "draining", s.board().Draining, true)
	for _, id := range []seats.TeammateID{"ann", "bob"} {
		s.logout(id)
		s.line("dan")
	}
	s.logout("cid")
	s.seated("dan")
}

func claimsEvicted(t *testing.T, f Factory) {
	s := recovering(t, f, 1)
	s.configure(func(c *seats.Config) { c.OnShrink = seats.ShrinkEvictNewest })
	s.claimed(s.holds("ann", 1, old+3), s.holds("bob", 2, old+1), s.holds("cid", 3, old+2))
	ends := s.now().Add(window)
	s.configure(func(c *seats.Config) { c.Cap = 2 })
	s.age(window - time.Millisecond)
	s.seated("ann", "bob", "cid")
	s.Advance(time.Second) // late
	s.seated("bob", "cid")
	loss := s.loss("ann")
	equal(t, "reason, at", [2]any{loss.Reason, loss.At}, [2]any{seats.LostShrunk, ends})
	equal(t, "draining", s.board().Draining, false)
}

func claimedNumberTwice(t *testing.T, f Factory) {
	for name, higherFirst := range map[string]bool{"the higher one first": true, "the lower one first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := recovering(t, f, 3)
			ann, bob := s.holds("ann", 1, old+5), s.holds("bob", 1, old+7)
			if higherFirst {
				s.claimed(bob)
				l := s.lost(ann, seats.LostExpired)
				equal(t, "number, fence", [2]any{l.Number, l.Fence}, [2]any{1, seats.Fence(old + 5)})
			} else {
				s.claimed(ann)
				out := s.do(bob)
				granted(t, out.Replies[0])
				equal(t, "gone", s.change(out).Gone, []seats.TeammateID{"ann"})
				equal(t, "reason", s.loss("ann").Reason, seats.LostExpired)
				s.lost(on("ses-2", ann), seats.LostExpired)
			}
			s.seated("bob")
			equal(t, "fence", s.holder("bob").Fence, seats.Fence(old+7))
		})
	}
}

func claimedTeammateTwice(t *testing.T, f Factory) {
	for name, higherFirst := range map[string]bool{"the higher one first": true, "the lower one first": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := recovering(t, f, 3)
			low, high := s.holds("ann", 1, old+5), on("ses-2", s.holds("ann", 2, old+7))
			claims := []seats.Claim{low, high}
			if higherFirst {
				claims = []seats.Claim{high, low}
			}
			s.claimed(claims...)
			h := s.holder("ann")
			equal(t, "number, fence, sessions", [3]any{h.Number, h.Fence, h.Sessions}, [3]any{2, seats.Fence(old + 7), 2})
			s.age(window)
			equal(t, "the other number is free", s.seat("bob", "ses-bob").Number, 1)
		})
	}
}

func claimBySecondDevice(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	c := s.holds("ann", 1, old+5)
	s.claimed(c)
	s.by(nodeB, seats.Renew{Lease: lease}, on("ses-2", c))
	equal(t, "sessions", s.holder("ann").Sessions, 2)
	s.claimed(s.stands("ann", old+9)) // of a place, long over: adds nothing but a session
	s.line()
	s.logout("ann")
	equal(t, "in grace", s.holder("ann").InGrace(), false)
	// Somebody else's higher fence takes the number away, and the device that claims hears so.
	s.claimed(s.holds("bob", 1, old+6))
	s.lost(on("ses-3", c), seats.LostExpired)
}

func claimedPlaceTwice(t *testing.T, f Factory) {
	s := recovering(t, f, 1)
	s.claimed(s.stands("ann", old+5), on("ses-2", s.stands("ann", old+3)), on("ses-3", s.stands("ann", old+4)))
	equal(t, "turn", s.waiter("ann").Turn, seats.Turn(old+3))
	// Who waited anew meanwhile has the earlier place all the same.
	waits(t, s.reply(s.wants(member("bob"))))
	s.claimed(on("ses-2b", s.stands("bob", old+1)))
	s.line("bob", "ann")
	s.do(seats.Logout{Teammate: "bob", Session: "ses-2b"})
	equal(t, "in grace", s.waiter("bob").InGrace(), false)
}

func claimSeatAndPlace(t *testing.T, f Factory) {
	s := recovering(t, f, 1)
	waits(t, s.reply(s.wants(member("ann"))))
	out := s.do(on("ses-2", s.holds("ann", 1, old+1)))
	equal(t, "waiting no longer", s.change(out).Unwaiting, []seats.TeammateID{"ann"})
	equal(t, "sessions", s.holder("ann").Sessions, 2)
	s.line()
}

func claimTooLate(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	other := s.holds("ann", 1, old+1)
	for _, generation := range []seats.Generation{1, 3} {
		other.Generation = generation
		equal[seats.Reply](t, "another generation", s.unchanged(s.batch(other))[0], seats.Unclaimed{})
	}
	s.age(window - time.Millisecond)
	s.claimed(s.holds("ann", 1, old+1))
	s.Advance(time.Millisecond)
	s.do()
	for _, c := range []seats.Claim{s.holds("bob", 2, old+2), s.holds("ann", 1, old+1), s.stands("cid", old+1), s.held("dan", 3, old+3)} {
		equal[seats.Reply](t, "when it is over", s.unchanged(s.batch(c))[0], seats.Unclaimed{})
	}
	h := s.seat("bob", "ses-bob") // who comes later takes like anybody
	equal(t, "fence", h.Fence, 2*old+1)
	without := open(t, f, 3)
	c := without.holds("ann", 1, old)
	c.Generation = 1
	equal[seats.Reply](t, "without a window", without.unchanged(without.batch(c))[0], seats.Unclaimed{})
	without.fill("ann")
	without.Advance(lease)
	without.do()
	equal[seats.Reply](t, "in silence", without.reply(c), seats.Unclaimed{})
}

func claimNeeds(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	c := s.holds("ann", 1, old+1)
	b := s.batch(c)
	b.Node = nodeB
	equal[seats.Reply](t, "without a lease", s.unchanged(b)[0], seats.NoLease{})
	for _, revision := range []seats.Revision{2, 9} {
		for _, stale := range []seats.Claim{c, s.held("ann", 1, old+1)} {
			stale.Revision = revision
			equal[seats.Reply](t, "of another revision", s.unchanged(s.batch(stale))[0], seats.StaleRevision{Engine: 1})
		}
	}
	s.do(seats.Drop{Teammate: "ann", Session: "ses-ann"})
	equal[seats.Reply](t, "by an ended session", s.unchanged(s.batch(c))[0], seats.Ended{})
	s.claimed(s.holds("bob", 2, old+2))
	foreign := on("ses-bob", c)
	equal[seats.Reply](t, "by somebody else's session", s.unchanged(s.batch(foreign))[0], seats.Ended{})
	b = s.batch(s.held("ann", 1, old+1))
	b.Node = ""
	granted(t, s.send(b).Replies[0]) // what is in grace is nobody's in particular
	s.claimed(on("ses-2", c))
}

func claimRepeated(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	seat, place, gone := s.holds("ann", 1, old+1), s.stands("bob", old+1), s.held("cid", 2, old+2)
	b := s.batch(seat, place, gone)
	first := s.send(b).Replies
	equal(t, "again", s.unchanged(b), first)
	s.do(seats.SetIdle{Teammate: "ann", Session: "ses-ann", Seq: 2, Idle: true})
	s.Advance(time.Second)
	granted(t, s.unchanged(s.batch(seat))[0]) // and is no activity
	s.unchanged(s.batch(gone))                // nor a longer grace
}

func claimOvertaken(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	s.do(seats.Renew{Lease: 2 * window})
	c := s.take("ann", "ses-ann", 9)
	refused(t, s.reply(c), seats.Recovering)
	s.claimed(s.holds("ann", 1, old+5)) // with a lower number
	equal(t, "again", granted(t, s.unchanged(s.batch(c))[0]).Holder.Fence, seats.Fence(old+5))
	s.Advance(window)
	s.seated("ann")
}

func claimsCounted(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	s.claimed(s.holds("ann", 1, old+5), s.holds("bob", 1, old+6), on("ses-2", s.holds("bob", 2, old+7)))
	head := s.board().Head
	equal(t, "began, ended", [2]int64{head.StaysBegan, head.StaysEnded}, [2]int64{3, 2})
	s.seated("bob")
}
