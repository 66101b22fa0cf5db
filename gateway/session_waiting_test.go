package gateway

import (
	"testing"
	"time"

	"usher/gateway/wire"
	"usher/seats"
)

// wait brings the session to where it waits under turn 7, second of three, learnt at version 5.
func (p *play) wait() {
	p.t.Helper()
	p.enter(wire.Hello{Seat: wire.AskWait}, "")
	p.expect("take 1 or wait for hi")
	p.answer(placed(7, 2, 3, at(5)))
	p.expect("hi: welcome waiting 2 no_seat")
}

// grantedVia is a board on which she holds a seat that she came by that way.
func grantedVia(fence seats.Fence, via seats.Via, p position) seatView {
	v := seen(fence, p)
	v.holder.Via = via
	return v
}

func TestWaitingInLine(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.wait()
	p.s.standsAt(7, 2, 3)
	p.expect() // as the client knows it
	p.s.standsAt(7, 1, 2)
	p.expect("waitlist.changed 1 of 2")
	p.s.standsAt(7, 1, 4)
	p.expect("waitlist.changed 1 of 4")
	p.s.standsAt(6, 3, 4) // of an earlier turn
	p.expect()
	p.view(waiting(7, 1, 5, at(6))) // places are told within the tick, not with each change
	p.expect()
	p.view(grantedVia(12, seats.ViaWaitlist, at(7)))
	p.expect("seat.granted held 1/12 waitlist", "access.changed open")
	p.view(seen(0, at(8), seats.Loss{Number: 1, Fence: 12, Reason: seats.LostIdle}))
	p.expect("seat.lost idle 12", "access.changed no_seat")
	p.view(waiting(9, 1, 1, at(9))) // of another device: idleness has detached this one
	p.view(grantedVia(13, seats.ViaWaitlist, at(10)))
	p.expect()
}

func TestHowAWaiterComesByASeat(t *testing.T) {
	t.Parallel()
	for via, cause := range map[seats.Via]string{
		seats.ViaWaitlist: "waitlist", seats.ViaHandOver: "hand_over", seats.ViaTake: "other_device",
	} {
		p := newPlay(t)
		p.wait()
		p.view(grantedVia(12, via, at(7)))
		p.expect("seat.granted held 1/12 "+cause, "access.changed open")
	}
}

func TestGivingAPlaceUp(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{wire.TypeSeatUnwait, wire.TypeSeatLeave} {
		p := newPlay(t)
		p.wait()
		p.request("1", typ)
		p.expect("unwait 2 of 7 for 1")
		p.answer(done(at(6), seen(0, at(6))))
		p.expect("1: ok none")
		p.view(grantedVia(12, seats.ViaTake, at(7))) // another device's
		p.expect()
	}
}

// The seat may come while the place is being given up. Unwaiting leaves it; leaving gives it back.
func TestAPlaceThatBecameASeatMeanwhile(t *testing.T) {
	t.Parallel()
	granted := done(at(6), grantedVia(12, seats.ViaWaitlist, at(6)))
	p := newPlay(t)
	p.wait()
	p.request("1", wire.TypeSeatUnwait)
	p.expect("unwait 2 of 7 for 1")
	p.answer(granted)
	p.expect("1: ok held 1/12", "access.changed open")

	p = newPlay(t)
	p.wait()
	p.request("1", wire.TypeSeatLeave)
	p.expect("unwait 2 of 7 for 1")
	p.answer(granted)
	p.expect("access.changed open", "leave 3 of 12 for 1")
	p.answer(done(at(7), seen(0, at(7), seats.Loss{Fence: 12, Reason: seats.LostLeft})))
	p.expect("1: ok none", "access.changed no_seat")

	p = newPlay(t) // the board is behind the answer
	p.wait()
	p.request("1", wire.TypeSeatUnwait)
	p.expect("unwait 2 of 7 for 1")
	p.answer(done(at(8), waiting(7, 2, 3, at(5))))
	p.expect("1: ok none")
	p.view(grantedVia(12, seats.ViaWaitlist, at(8)))
	p.expect("seat.granted held 1/12 waitlist", "access.changed open")

	p = newPlay(t)
	p.wait()
	p.request("1", wire.TypeSeatLeave)
	p.expect("unwait 2 of 7 for 1")
	p.answer(done(at(8), waiting(7, 2, 3, at(5))))
	p.expect("1: ok none")
	p.view(grantedVia(12, seats.ViaWaitlist, at(8)))
	p.expect("leave 3 of 12")

	p = newPlay(t)
	p.wait()
	p.request("1", wire.TypeSeatLeave)
	p.expect("unwait 2 of 7 for 1")
	p.answer(done(at(8), waiting(7, 2, 3, at(5))))
	p.expect("1: ok none")
	p.view(seen(0, at(8)))
	p.view(grantedVia(12, seats.ViaTake, at(9))) // another device's, which is nobody's to give back
	p.expect()
}

func TestUnwaitingWithoutAPlace(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.request("1", wire.TypeSeatUnwait)
	p.expect("look for 1")
	p.answer(result{at: at(5), now: curtain, view: seen(11, at(5))})
	p.expect("1: ok held 1/11")
	p.request("2", wire.TypeSeatLeave)
	p.expect("leave 2 of 11 for 2")
	p.answer(done(at(6), seen(0, at(6))))
	p.expect("2: ok none", "access.changed no_seat")
	p.request("3", wire.TypeSeatUnwait)
	p.expect("3: ok none")
}

// A place that is gone is told. Given up by another device it was this session's too, as the engine has it; gone with
// the waitlist itself it leaves the session attached.
func TestAPlaceThatIsGone(t *testing.T) {
	t.Parallel()
	for _, configured := range []bool{false, true} {
		p := newPlay(t)
		p.wait()
		gone := seen(0, at(6))
		gone.configured, gone.length = configured, 2
		p.view(gone)
		p.expect("waitlist.changed gone of 2")
		p.view(gone)
		p.expect()
		p.view(grantedVia(12, seats.ViaTake, at(7)))
		if configured {
			p.expect("seat.granted held 1/12 other_device", "access.changed open")
		} else {
			p.expect()
		}
	}
}

// Whoever was refused hears that another device of theirs waits, and gets the seat too.
func TestAPlaceOfAnotherDevice(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.enter(wire.Hello{}, "")
	p.expect("take 1 for hi")
	p.answer(refusedFull(at(5)))
	p.expect("hi: welcome refused seats_full no_seat")
	p.view(waiting(7, 2, 2, at(6)))
	p.expect("waitlist.changed 2 of 2")
	p.view(grantedVia(12, seats.ViaWaitlist, at(7)))
	p.expect("seat.granted held 1/12 waitlist", "access.changed open")
}

// A place that is had stays whatever a take is answered.
func TestAWaiterWhoIsRefused(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.wait()
	p.request("1", wire.TypeSeatTake)
	p.expect("take 2 for 1")
	p.answer(result{reply: seats.Refused{Code: seats.InCooldown, RetryAfter: time.Minute}, at: at(6), now: curtain, view: waiting(7, 2, 3, at(6))})
	p.expect("1: ok refused cooldown")
	p.request("2", wire.TypeSeatUnwait)
	p.expect("unwait 3 of 7 for 2")
}

func TestAWaiterResumes(t *testing.T) {
	t.Parallel()
	for since, want := range map[time.Time]string{
		curtain:                   "hi: welcome waiting 1 no_seat",
		curtain.Add(-time.Second): "hi: welcome waiting 1 no_seat resumed",
	} {
		p := newPlay(t)
		p.enter(wire.Hello{Seat: wire.AskWait}, "ses_0")
		p.expect("take 1 or wait resuming ses_0 for hi")
		r := placed(7, 1, 1, at(5))
		w := *r.view.waiter
		w.Since = since
		r.reply = seats.Waiting{Waiter: w, Place: 1}
		p.answer(r)
		p.expect(want, "supersede ses_0")
	}
}

func TestTooManySessions(t *testing.T) {
	t.Parallel()
	many := result{reply: seats.TooManySessions{Limit: 2}, at: at(6), now: curtain, view: seen(11, at(6))}
	p := newPlay(t)
	p.enter(wire.Hello{}, "")
	p.expect("take 1 for hi")
	p.answer(many)
	p.expect("hi: error too_many_connections", "shut 4505")

	p = newPlay(t)
	p.enter(wire.Hello{Seat: wire.AskNone}, "")
	p.expect("look for hi")
	p.answer(result{view: seen(0, at(5))})
	p.expect("hi: welcome none no_seat")
	p.request("1", wire.TypeSeatTake)
	p.expect("take 1 for 1")
	p.answer(many)
	p.expect("1: error too_many_connections")
	p.view(seen(11, at(7))) // of the devices that were let in
	p.expect()
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	warned := seen(11, at(6))
	warned.holder.WarnedUntil = curtain.Add(30 * time.Second)
	p.view(warned)
	p.expect("seat.warned idle 11 30000")
	p.view(warned)
	p.expect()
	p.view(seen(11, at(7)))
	p.expect("seat.warning_withdrawn 11")
	warned.at = at(8)
	p.view(warned)
	p.view(seen(0, at(9), seats.Loss{Number: 1, Fence: 11, Reason: seats.LostIdle}))
	p.expect("seat.warned idle 11 30000", "seat.lost idle 11", "access.changed no_seat")
}

func TestSuspension(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.s.suspend()
	p.expect("seat.suspended 11", "access.changed no_seat")
	p.s.suspend()
	p.expect()
	p.request("1", wire.TypeSeatTake)
	p.expect("take 2 for 1")
	again := held(11, at(6))
	again.suspended = true
	p.answer(again)
	p.expect("1: ok suspended 1/11")
	p.s.restore(seen(11, at(6)))
	p.expect("seat.restored held 1/11", "access.changed open")
	p.s.restore(seen(11, at(6)))
	p.expect()
	p.s.suspend()
	p.expect("seat.suspended 11", "access.changed no_seat")
	p.view(seen(0, at(7), seats.Loss{Number: 1, Fence: 11, Reason: seats.LostFreed}))
	p.expect("seat.lost freed 11")
	p.s.restore(seen(0, at(7)))
	p.expect()
}

// A suspension waits for nothing; being restored waits for the answers that are to come.
func TestSuspensionDuringACall(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.serve()
	p.request("1", wire.TypeSeatLeave)
	p.expect("leave 2 of 11 for 1")
	p.s.suspend()
	p.expect("seat.suspended 11", "access.changed no_seat")
	p.s.restore(seen(11, at(6)))
	p.expect()
	p.answer(unknown(seen(11, at(6))))
	p.expect("1: error unavailable", "seat.restored held 1/11", "access.changed open")
}

// Nobody acts on a seat that comes while the node can't vouch for it.
func TestGrantedWhileSuspended(t *testing.T) {
	t.Parallel()
	p := newPlay(t)
	p.wait()
	p.s.suspend()
	p.expect()
	p.view(grantedVia(12, seats.ViaWaitlist, at(6)))
	p.expect("seat.granted suspended 1/12 waitlist")
	p.s.restore(grantedVia(12, seats.ViaWaitlist, at(6)))
	p.expect("seat.restored held 1/12", "access.changed open")
}

// ticketed has a view with tickets.
func ticketed(v seatView, token string) seatView {
	v.ticket = func(seats.Holder) signed { return signed{token, 20 * time.Second} }
	return v
}

type noTickets struct{}

func (noTickets) Sign(Ticket) (string, error) { return "", nil }

func TestTicketsGoToWhoAskedForThem(t *testing.T) {
	t.Parallel()
	for _, wants := range []bool{true, false} {
		p := newPlay(t, func(o *Options) { o.Tickets = noTickets{} })
		p.enter(wire.Hello{Ticket: wants}, "")
		p.expect("take 1 for hi")
		r := held(11, at(5))
		r.view = ticketed(r.view, "one")
		p.answer(r)
		if !wants {
			p.expect("hi: welcome held 1/11 open")
			if p.s.ticketCame(11, signed{"two", time.Second}) {
				t.Error("wanted")
			}
			p.expect()
			continue
		}
		p.expect("hi: welcome held 1/11 one open")
		p.s.ticketCame(11, signed{"two", time.Second})
		p.expect("seat.ticket two")
		p.s.ticketCame(10, signed{"old", time.Second})
		p.s.suspend()
		p.s.ticketCame(11, signed{"three", time.Second})
		p.expect("seat.suspended 11", "access.changed no_seat")
		p.s.restore(ticketed(seen(11, at(6)), "four"))
		p.expect("seat.restored held 1/11 four", "access.changed open")
	}
}
