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
