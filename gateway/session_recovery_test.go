package gateway

import (
	"testing"
	"time"

	"usher/gateway/wire"
	"usher/seats"
)

// anew is a position in the generation after the engine forgot.
func anew(version uint64) position { return position{"2", version} }

func lostClaim(fence seats.Fence, r seats.Reason) result {
	return result{
		reply: seats.Lost{Loss: seats.Loss{Teammate: "tm_ann", Number: 1, Fence: fence, Reason: r, By: "tm_meg"}},
		at:    anew(2), now: curtain, view: seen(0, anew(2)),
	}
}

// What was held is claimed, and when it is had as before nothing is said. The new board, on which nobody sits yet, is
// not looked at before the answer.
func TestAForgottenHolderClaims(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.s.forgotWholly(2, true)
	p.expect("claim 2 of seat 1/11 in 2")
	c := p.orders[0].command.(seats.Claim)
	if c.Session != "ses_1" || c.Member.Teammate != "tm_ann" || c.Revision != 1 || !c.Holder.Since.Equal(curtain) {
		t.Errorf("%+v", c)
	}
	p.view(seen(0, anew(1)))
	p.request("1", wire.TypeSeatTake) // nobody waits for a claim
	p.expect("1: error unavailable")
	r := held(11, anew(2))
	r.reply = seats.Granted{Holder: seat(11)}
	p.answer(r)
	p.expect()
	p.s.forgotWholly(2, true)
	p.expect()
	p.s.forgotWholly(3, true) // again
	p.expect("claim 3 of seat 1/11 in 3")
}

func TestAForgottenWaiterClaims(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.wait()
	p.s.forgotWholly(2, true)
	p.expect("claim 2 of turn 7 in 2")
	p.view(seen(0, anew(1)))
	p.expect()
	r := placed(7, 1, 1, anew(2)) // those before are not back yet
	r.view.window = true
	p.answer(r)
	p.expect()
	p.s.standsAt(7, 2, 3)
	p.expect()
	p.s.standsAt(7, 2, 2)
	p.expect("waitlist.changed 2 of 2")
}

func TestALostClaim(t *testing.T) {
	t.Parallel()
	for _, r := range []seats.Reason{seats.LostFreed, seats.LostLeft, seats.LostLicenseSuspended} {
		p := newPlay(t)
		p.serve()
		p.s.forgotWholly(2, true)
		p.expect("claim 2 of seat 1/11 in 2")
		p.answer(lostClaim(99, r)) // what bars it may be a later stay
		p.expect("seat.lost "+string(r)+" 11", "access.changed no_seat")
		p.view(seen(2_000_000_001, anew(3))) // the session is not attached
		p.expect()
	}
	p := newPlay(t)
	p.wait()
	p.s.forgotWholly(2, true)
	p.expect("claim 2 of turn 7 in 2")
	p.answer(lostClaim(0, seats.LostLeft))
	p.expect("waitlist.changed gone of 0")
}

// A claim that comes too late is no claim: what is left is to take, like anybody.
func TestALateClaim(t *testing.T) {
	t.Parallel()
	late := result{reply: seats.Unclaimed{}, at: anew(5), now: curtain, view: seen(0, anew(5))}
	p := newPlay(t)
	p.serve()
	p.s.forgotWholly(2, true)
	p.expect("claim 2 of seat 1/11 in 2")
	p.answer(late)
	p.expect("take 3")
	p.answer(held(2_000_000_001, anew(6)))
	p.expect("seat.granted held 1/2000000001 recovered")

	p = newPlay(t)
	p.wait()
	p.s.forgotWholly(2, true)
	p.expect("claim 2 of turn 7 in 2")
	p.answer(late)
	p.expect("take 3 or wait")
	p.answer(placed(2_000_000_001, 3, 3, anew(6)))
	p.expect("waitlist.changed 3 of 3")

	p = newPlay(t) // another generation has begun: the floor is to say which
	p.serve()
	p.s.forgotWholly(2, true)
	p.expect("claim 2 of seat 1/11 in 2")
	late.at = position{"3", 1}
	late.view.at = at(5)
	p.answer(late)
	p.expect()
	p.s.forgotWholly(3, true)
	p.expect("claim 3 of seat 1/11 in 3")
}

// The answer to the session's own call may be the first sign that the engine forgot.
func TestAForgottenSessionThatAsksItself(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.request("1", wire.TypeSeatTake)
	p.expect("take 2 for 1")
	p.answer(result{
		reply: seats.Refused{Code: seats.Recovering, RetryAfter: 30 * time.Second}, at: anew(1), now: curtain, view: seen(11, at(5)),
	})
	p.expect("1: error unavailable")
	p.s.forgotWholly(2, true)
	p.expect("claim 3 of seat 1/11 in 2")

	p = newPlay(t)
	p.wait()
	p.request("1", wire.TypeSeatWait)
	p.expect("take 2 or wait for 1")
	r := placed(2_000_000_001, 1, 1, anew(1))
	r.view = waiting(7, 2, 3, at(5))
	p.answer(r)
	p.expect("1: ok waiting 1")
	p.s.forgotWholly(2, true)
	p.expect("claim 3 of turn 7 in 2")
}

// Whoever comes in while seats are being claimed is told to try again, and hears when theirs is back.
func TestComingInWhileSeatsAreClaimed(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.enter(wire.Hello{}, "ses_0")
	p.expect("take 1 resuming ses_0 for hi")
	p.answer(result{reply: seats.Refused{Code: seats.Recovering}, at: anew(1), now: curtain, view: seen(0, anew(1))})
	p.expect("hi: welcome refused unavailable no_seat", "supersede ses_0")
	p.view(seen(11, anew(2)))
	p.expect("seat.granted held 1/11 recovered", "access.changed open")
}

func TestAClaimWhileSuspended(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.s.suspend()
	p.expect("seat.suspended 11", "access.changed no_seat")
	p.s.forgotWholly(2, true)
	p.expect("claim 2 of seat 1/11 in 2")
	p.s.restore(seen(0, anew(1)))
	p.expect()
	r := held(11, anew(2))
	r.reply = seats.Granted{Holder: seat(11)}
	p.answer(r)
	p.expect("seat.restored held 1/11", "access.changed open")
}

// The engine takes whoever is attached for active.
func TestAnIdleClaim(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.ask("1", wire.TypeActivity, `{"idle":true}`)
	p.expect("idle 2 true for 1")
	p.answer(done(at(6), seen(11, at(6))))
	p.expect("1: ok")
	p.s.forgotWholly(2, true)
	p.expect("claim 3 of seat 1/11 in 2")
	r := held(11, anew(2))
	r.reply = seats.Granted{Holder: seat(11)}
	p.answer(r)
	p.expect("idle 4 true")
}

// Where the node may not claim, holders take like anybody.
func TestAForgottenHolderTakesAgain(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.s.forgotWholly(2, false)
	p.expect("take 2")
	p.view(seen(0, anew(1))) // the new board, on which nobody sits yet
	p.expect()
	p.s.forgotWholly(2, false)
	p.answer(held(21, anew(2)))
	p.expect("seat.granted held 1/21 recovered")
	p.s.forgotWholly(2, false)
	p.expect()
}

func TestAForgottenHolderMayFindTheSeatsTaken(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.s.forgotWholly(2, false)
	p.expect("take 2")
	p.answer(refusedFull(anew(9)))
	p.expect("seat.lost expired 11", "access.changed no_seat")
}

// A node that was not heard of for too long has its sessions attached anew, which changes nothing for the client.
func TestAForgottenSessionOfAKeptSeat(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.s.lapsed()
	p.expect("take 2")
	p.answer(held(11, at(9)))
	p.expect()
}

// Those who are refused and those who want no seat have nothing to take back.
func TestForgottenWithoutASeat(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.enter(wire.Hello{}, "")
	p.expect("take 1 for hi")
	p.answer(refusedFull(at(5)))
	p.expect("hi: welcome refused seats_full no_seat")
	p.s.forgotWholly(2, false)
	p.s.lapsed()
	p.expect()
}

// While the server gets a forgotten seat back, requests are answered.
func TestRequestsDuringRecoveryAreAnswered(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.s.forgotWholly(2, false)
	p.expect("take 2")
	p.request("3", wire.TypeSeatTake)
	p.expect("3: error unavailable")
	p.answer(held(21, anew(1)))
	p.expect("seat.granted held 1/21 recovered")
	p.request("4", wire.TypeSeatTake)
	p.expect("take 3 for 4")
}
