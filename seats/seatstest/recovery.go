package seatstest

import (
	"testing"
	"time"

	"usher/seats"
)

// recovery: the engine forgot, and opened the license's next generation with a window, in which nodes claim what
// their sessions held.
var recovery = []promise{
	{"Promise3_AClaimBringsNumberAndFenceBack", claimBringsBack},
	{"Promise3_FencesOfTheNewGenerationAreAboveAllClaimed", claimedFencesBelow},
	{"Promise3_AFenceThatNoEarlierGenerationGaveIsUnclaimed", claimOfTheFuture},
	{"AClaimWithoutASessionIsInGraceAsTheNodeSawIt", claimInGrace},
	{"Promise1_ClaimsIgnoreTheTotalAndDrainAfterTheWindow", claimsAboveTotal},
	{"Promise1_ClaimsAboveTheTotalAreEvictedAfterTheWindow", claimsEvicted},
	{"OfTwoClaimsOfANumberTheHigherFenceStands", claimedNumberTwice},
	{"Promise5_OfTwoClaimsOfATeammateTheHigherFenceStands", claimedTeammateTwice},
	{"AClaimByASecondDeviceAttachesIt", claimBySecondDevice},
	{"InAWindowNewcomersGetNoSeat", windowNewcomers},
	{"InAWindowAHoldersTakeIsAnsweredAsEver", windowHolders},
	{"InAWindowNothingIsHandedOver", windowHandOver},
	{"InAWindowNothingExpiresOrIsGranted", windowHalts},
	{"Promise7_WhatBecameDueInAWindowComesWhenItIsOver", windowDue},
	{"Promise6_AfterAWindowWaitersStandInTheirEarlierOrder", windowLine},
	{"Promise6_TheEarlierOfTwoPlacesStands", claimedPlaceTwice},
	{"ASeatClaimedEndsThePlace", claimSeatAndPlace},
	{"AfterTheWindowAClaimComesTooLate", claimTooLate},
	{"AClaimNeedsALeaseItsRevisionAndItsSession", claimNeeds},
	{"Promise4_ARepeatedClaimChangesNothing", claimRepeated},
	{"Promise4_ATakeThatOvertookItsClaimKeepsNoSeatBack", claimOvertaken},
	{"Promise4_ALeaveBarsClaims", leaveBars},
	{"Promise4_AFreeBarsClaims", freeBars},
	{"Promise4_AnUnwaitBarsClaims", unwaitBars},
	{"Promise4_ALogoutBarsClaimsWithoutASession", logoutBars},
	{"ALogoutThatIsNoNewsBarsNothing", logoutBarsNothing},
	{"TheLastLogoutInAWindowLeavesTheSeatInGraceUntilItsEnd", logoutInWindow},
	{"TheCooldownsOfTheOpeningBarClaims", cooldownBars},
	{"ASwitchTurnedOffBarsClaims", switchBars},
	{"ALicenseNoLongerActiveBarsClaimsOfSeats", statusBars},
	{"Promise4_AResumeInAWindowLeavesNothingToClaim", resumeInWindow},
	{"Promise8_ClaimedStaysAreCounted", claimsCounted},
	{"SilenceFollowsAWindowInWhichNobodyRenewed", windowThenSilence},
}

const (
	window = 40 * time.Second
	// old is what fences and turns of the generation begin with that was forgotten.
	old = seats.FencesPerGeneration
)

// recovering is open after the engine forgot: generation 2 is open, with a window.
func recovering(t testing.TB, f Factory, seatCap int, cooldowns ...seats.Cooldown) *scene {
	t.Helper()
	s := unserved(t, f, seatCap, seats.Open{Generation: 2, Window: window, Cooldowns: cooldowns})
	s.witnessed()
	return s
}

// claim is what node A claims for a teammate's usual session.
func (s *scene) claim(teammate seats.TeammateID) seats.Claim {
	return seats.Claim{Generation: 2, Member: member(teammate), Revision: s.revision, Session: ses(teammate), Seq: 1}
}

// holds is a claim of a seat by a teammate's usual session.
func (s *scene) holds(teammate seats.TeammateID, number int, fence seats.Fence) seats.Claim {
	c := s.claim(teammate)
	c.Holder = seats.Holder{
		Number: number, Fence: fence, Since: s.now().Add(-time.Hour), Via: seats.ViaTake, Routing: seats.AcceptingChats,
	}
	return c
}

// held is a claim of a seat in grace.
func (s *scene) held(teammate seats.TeammateID, number int, fence seats.Fence) seats.Claim {
	c := s.holds(teammate, number, fence)
	c.Session, c.Seq, c.Holder.GraceUntil = "", 0, s.now().Add(grace)
	return c
}

// stands is a claim of a place by a teammate's usual session.
func (s *scene) stands(teammate seats.TeammateID, turn seats.Turn) seats.Claim {
	c := s.claim(teammate)
	c.Waiter = seats.Waiter{Turn: turn, Since: s.now().Add(-time.Hour)}
	return c
}

// stood is a claim of a place in grace.
func (s *scene) stood(teammate seats.TeammateID, turn seats.Turn) seats.Claim {
	c := s.stands(teammate, turn)
	c.Session, c.Seq, c.Waiter.GraceUntil = "", 0, s.now().Add(grace)
	return c
}

// on is a claim by another session.
func on(session seats.SessionID, c seats.Claim) seats.Claim {
	c.Session, c.Seq, c.Holder.GraceUntil, c.Waiter.GraceUntil = session, 1, time.Time{}, time.Time{}
	return c
}

// claimed has claims succeed.
func (s *scene) claimed(claims ...seats.Claim) {
	s.Helper()
	for _, c := range claims {
		switch reply := s.reply(c).(type) {
		case seats.Granted, seats.Waiting:
		default:
			s.Fatalf("claim of %s: %#v, want what is claimed", c.Member.Teammate, reply)
		}
	}
}

// lost fails unless a claim is answered with a loss for that reason, and changes nothing.
func (s *scene) lost(c seats.Claim, reason seats.Reason) seats.Loss {
	s.Helper()
	reply := s.unchanged(s.batch(c))[0]
	l, ok := reply.(seats.Lost)
	if !ok || l.Loss.Reason != reason || l.Loss.Teammate != c.Member.Teammate {
		s.Fatalf("claim of %s: %#v, want lost for %s", c.Member.Teammate, reply, reason)
	}
	return l.Loss
}

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

func windowNewcomers(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	ends := s.now().Add(window)
	head := s.board().Head
	equal(t, "halted until, window", [2]any{head.HaltUntil, head.Window}, [2]any{ends, true})
	equal(t, "due", s.do().Due, ends)
	s.Advance(time.Second)
	left := window - time.Second
	equal(t, "retry after", refused(t, s.reply(s.take("ann", "ses-ann", 1)), seats.Recovering).RetryAfter, left)
	equal(t, "explained", s.explain(member("ann")), seats.Explained{
		Rule: seats.Rule(seats.Recovering), Occupancy: seats.Occupancy{Total: 3}, RetryAfter: left,
	})
	w := waits(t, s.reply(s.wantsAgain("ann", "ses-ann", 2)))
	equal(t, "place, turn", [2]any{w.Place, w.Waiter.Turn}, [2]any{1, seats.Turn(2*old + 1)})
	s.configure(func(c *seats.Config) { c.Waitlist = false })
	s.line()
	refused(t, s.reply(s.wantsAgain("ann", "ses-ann", 3)), seats.Recovering)
	s.configure(func(c *seats.Config) { c.Waitlist = true })
	waits(t, s.reply(s.wantsAgain("ann", "ses-ann", 4)))
	ned := s.wants(member("ned"))
	ned.Member.Operator = false
	refused(t, s.reply(ned), seats.NotOperator) // the rules before it go as ever
	s.age(left)
	h := s.holder("ann")
	equal(t, "since, how", [2]any{h.Since, h.Via}, [2]any{ends, seats.ViaWaitlist})
	head = s.board().Head
	equal(t, "halted until, window", [2]any{head.HaltUntil, head.Window}, [2]any{time.Time{}, false})
	s.seat("bob", "ses-bob")
}

func windowHolders(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	s.claimed(s.holds("ann", 1, old+5), s.held("bob", 2, old+6))
	ann := s.holder("ann")
	equal(t, "again", granted(t, s.reply(s.take("ann", "ses-ann", 2))), seats.Granted{Holder: ann})
	back := granted(t, s.reply(s.take("bob", "ses-bob", 1))).Holder
	equal(t, "out of grace", [2]any{back.Fence, back.InGrace()}, [2]any{seats.Fence(old + 6), false})
	s.do(routes("ann", 3, ann.Fence, seats.NotAcceptingChats))
	equal(t, "routing", s.holder("ann").Routing, seats.NotAcceptingChats)
}

func windowHandOver(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	s.claimed(s.holds("ann", 1, old+5))
	refused(t, s.reply(s.take("bob", "ses-bob", 1)), seats.Recovering)
	s.Advance(time.Second)
	unavailable := seats.Reply(seats.NotHanded{Code: seats.HandOverUnavailable, RetryAfter: window - time.Second})
	c := s.hands("ann", "bob")
	equal(t, "of a seat that was claimed", s.unchanged(s.batch(c))[0], unavailable)
	c.Teammate, c.Fence, c.Session = "cid", old+6, "ses-cid"
	equal(t, "of one that was not yet", s.unchanged(s.batch(c))[0], unavailable)
	s.age(window)
	equal[seats.Reply](t, "of one that was not", s.unchanged(s.batch(c))[0], seats.NotSeated{})
	s.do(s.hands("ann", "bob"))
	equal(t, "number, fence", [2]any{s.holder("bob").Number, s.holder("bob").Fence}, [2]any{1, seats.Fence(2*old + 1)})
}

func windowHalts(t *testing.T, f Factory) {
	s := recovering(t, f, 2)
	s.configure(func(c *seats.Config) { c.IdleAfter, c.IdleWarning = time.Second, time.Second })
	ann, bob := s.held("ann", 1, old+1), s.holds("bob", 2, old+2)
	ann.Holder.GraceUntil = s.now().Add(time.Second)
	s.claimed(ann, bob, s.stands("cid", old+9))
	s.idles("bob", true)
	s.Advance(window - time.Millisecond) // with node A's lease over too
	s.unchanged(s.batch())
	s.seated("ann", "bob")
	s.warned()
	s.line("cid")
	s.do(seats.Renew{Lease: lease})
	// What is given back is not granted.
	s.do(seats.Free{Teammate: "bob", Fence: old + 2})
	s.configure(func(c *seats.Config) { c.Cap = 9 })
	s.seated("ann")
	s.Advance(time.Millisecond)
	s.seated("cid")
}

func windowDue(t *testing.T, f Factory) {
	s := recovering(t, f, 4)
	start := s.now()
	ends := start.Add(window)
	ann := s.held("ann", 1, old+1)
	ann.Holder.GraceUntil = start.Add(5 * time.Second)
	s.claimed(ann, s.holds("bob", 2, old+2))
	s.by(nodeB, seats.Renew{Lease: time.Second}, s.holds("cid", 3, old+3))
	dan := s.stood("dan", old+4)
	dan.Waiter.GraceUntil = start.Add(6 * time.Second)
	s.claimed(dan)
	s.Advance(window + time.Second) // late
	s.do()
	s.seated("bob")
	s.line()
	equal(t, "ann's grace was over", s.loss("ann").At, ends)
	equal(t, "so was cid's, from node B's end on", s.loss("cid").At, ends)
	equal(t, "bob's counts from node A's end on", s.holder("bob").GraceUntil, start.Add(lease+grace))
}

func windowLine(t *testing.T, f Factory) {
	s := recovering(t, f, 1)
	s.configure(func(c *seats.Config) { c.AdministratorsFirst = true })
	s.claimed(s.holds("ann", 1, old+1))
	waits(t, s.reply(s.wants(member("eve")))) // a newcomer, before any waiter was claimed
	meg := s.stands("meg", old+9)
	meg.Member = boss("meg")
	s.claimed(s.stands("bob", old+5), s.stands("cid", old+2), meg, s.stood("dan", old+1))
	bob := s.waiter("bob")
	equal(t, "place as claimed", bob, seats.Waiter{
		Teammate: "bob", Name: "Name of bob", Turn: old + 5, Since: s.now().Add(-time.Hour),
	})
	s.line("meg", "dan", "cid", "bob", "eve")
	s.age(window)
	s.line("meg", "cid", "bob", "eve") // dan did not come back
	last := seats.TeammateID("ann")
	for _, id := range []seats.TeammateID{"meg", "cid", "bob", "eve"} {
		s.logout(last)
		s.seated(id)
		last = id
	}
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

func logoutInWindow(t *testing.T, f Factory) {
	s := recovering(t, f, 4)
	ends := s.now().Add(window)
	for i, id := range []seats.TeammateID{"ann", "bob"} {
		s.claimed(s.holds(id, i+1, seats.Fence(old+i)), on("ses-2-"+ses(id), s.holds(id, i+1, seats.Fence(old+i))))
	}
	s.claimed(s.stands("cid", old+1), s.stands("dan", old+2))
	for _, id := range []seats.TeammateID{"ann", "bob", "cid", "dan"} {
		s.logout(id)
	}
	equal(t, "one device of two", s.holder("ann").InGrace(), false)
	s.do(seats.Logout{Teammate: "ann", Session: "ses-2-ses-ann"}, seats.Logout{Teammate: "bob", Session: "ses-2-ses-bob"})
	equal(t, "until the window's end", s.holder("ann").GraceUntil, ends)
	equal(t, "a place likewise", s.waiter("cid").GraceUntil, ends)
	s.claimed(s.held("ann", 1, old)) // changes nothing
	equal(t, "until the window's end", s.holder("ann").GraceUntil, ends)
	s.claimed(on("ses-3b", s.holds("bob", 2, old+1)), on("ses-3d", s.stands("dan", old+2))) // devices that were not heard yet
	s.age(window)
	s.seated("bob", "dan")
	s.line()
	equal(t, "ann's loss", s.loss("ann").At, ends)
	equal(t, "since", s.holder("dan").Since, ends)
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

func resumeInWindow(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	c := s.wants(member("ann"))
	c.Session, c.Resumes = "ses-2", "ses-ann"
	waits(t, s.reply(c))
	equal[seats.Reply](t, "claim of the session that was resumed", s.unchanged(s.batch(s.holds("ann", 1, old+5)))[0], seats.Ended{})
	s.claimed(on("ses-2", s.holds("ann", 1, old+5)))
	h := s.holder("ann")
	equal(t, "fence, sessions", [2]any{h.Fence, h.Sessions}, [2]any{seats.Fence(old + 5), 1})
	s.line()
}

func claimsCounted(t *testing.T, f Factory) {
	s := recovering(t, f, 3)
	s.claimed(s.holds("ann", 1, old+5), s.holds("bob", 1, old+6), on("ses-2", s.holds("bob", 2, old+7)))
	head := s.board().Head
	equal(t, "began, ended", [2]int64{head.StaysBegan, head.StaysEnded}, [2]int64{3, 2})
	s.seated("bob")
}

func windowThenSilence(t *testing.T, f Factory) {
	s := unserved(t, f, 2, seats.Open{Generation: 2, Window: window})
	s.do(seats.Renew{Lease: lease})
	s.claimed(s.holds("ann", 1, old+5))
	ann := s.holder("ann")
	s.Advance(window)
	out := s.do()
	head := s.change(out).Head
	equal(t, "halted until, window", [2]any{head.HaltUntil, head.Window}, [2]any{s.now().Add(hush), false})
	equal[seats.Reply](t, "claim", s.unchanged(s.batch(s.held("bob", 2, old+6)))[0], seats.Unclaimed{})
	s.do(seats.Renew{Lease: lease})
	s.Advance(hush)
	equal(t, "ann's seat", s.holder("ann"), ann)
}
