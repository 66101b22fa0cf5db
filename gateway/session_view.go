package gateway

import (
	"time"

	"usher/gateway/wire"
	"usher/seats"
)

// What the session makes of the board: it tells the client how its seat, its place and what belongs to them differ
// from what it was told last.

// viewed takes what the board says of the teammate now.
func (s *session) viewed(v seatView, now time.Time) {
	if s.phase != serving {
		return
	}
	if s.seatBusy {
		v.configured = v.configured || s.waitingView != nil && s.waitingView.configured
		s.waitingView = &waitingView{v, now}
		return
	}
	s.reconcile(v, now)
	s.tellAsks(v.asks, now)
}

// catchUp takes the views that waited for the session's own answers.
func (s *session) catchUp(r result) {
	if s.phase != serving || s.seatBusy {
		return
	}
	waited := s.waitingView
	s.waitingView = nil
	switch {
	case r.err == nil:
		r.view.configured = waited != nil && waited.configured
		s.reconcile(r.view, r.now)
	case waited != nil:
		s.reconcile(waited.seatView, r.now)
	}
	s.tellAsks(r.view.asks, r.now)
	s.settle(r.view)
	if w := r.view.waiter; w != nil && !r.view.window {
		s.standsAt(w.Turn, r.view.place, r.view.length)
	}
}

// reconcile tells the client what it does not know yet of what the board says.
func (s *session) reconcile(v seatView, now time.Time) {
	if !v.at.reached(s.seat.at) {
		return // the board is not yet where the last answer was
	}
	was, acted := s.profile.Member, s.mayAct()
	s.reconcileSeat(v, now)
	s.reconcilePlace(v)
	if s.seat.fence() != 0 {
		s.tellWarning(now)
	}
	if s.yielding {
		s.yielding, s.unwanted = false, false
	}
	s.accessMayHaveChanged(was, acted)
}

func (s *session) reconcileSeat(v seatView, now time.Time) {
	had := s.seat
	if s.yielding && v.holder != nil { // the place was a seat by the time at which it was given up
		s.asked = !s.unwanted
	}
	switch {
	case v.holder == nil && had.fence() == 0:
	case v.holder == nil:
		s.seat = heldSeat{at: v.at}
		s.lost(had, v.loss, now)
	case v.holder.Fence == had.fence():
		s.seat.holder = v.holder
	case !s.asked && s.unwanted:
		s.unwanted, s.unsure = false, false
		fence := v.holder.Fence
		s.seatCall(func() { s.leaveSeat("", fence) })
	case !s.asked: // a seat of the teammate's other devices
	default:
		s.seat = heldSeat{waiter: had.waiter, at: v.at}
		s.lost(had, v.loss, now)
		if !s.asked { // nor is this session attached to what a device of the teammate took since
			break
		}
		cause := s.cause(v)
		s.holds(*v.holder, v.at)
		s.isOperator(true) // whatever they were in between
		s.push(wire.TypeSeatGranted, wire.SeatGranted{Seat: s.showSeat(v), Cause: cause})
	}
}

// cause tells how the teammate came by a seat that this session did not ask for just now.
func (s *session) cause(v seatView) string {
	switch {
	case s.unsure, seats.EpochBefore(epochOf(v.holder.Fence), v.at.epoch): // it was claimed after the engine forgot
		return wire.CauseRecovered
	case v.holder.Via == seats.ViaWaitlist:
		return wire.CauseWaitlist
	case v.holder.Via == seats.ViaHandOver:
		return wire.CauseHandOver
	}
	return wire.CauseOtherDevice
}

// epochOf is the epoch in which a fence was given out.
func epochOf(f seats.Fence) string { return seats.Generation(f / seats.FencesPerGeneration).Epoch() }

func (s *session) reconcilePlace(v seatView) {
	if s.seat.fence() != 0 {
		return
	}
	had := s.seat.turn()
	switch {
	case v.waiter == nil && had == 0:
	case v.waiter == nil:
		s.placeGone(v.at, v.length)
		if !v.configured { // given up on another device, or it ran out: this session is attached no more
			s.asked = false
		}
	case v.waiter.Turn == had:
		s.seat.waiter = v.waiter
	case !s.asked && s.unwanted:
		s.unwanted, s.unsure = false, false
		turn := v.waiter.Turn
		s.seatCall(func() { s.leavePlace(call{}, turn) })
	case !s.asked: // a place of the teammate's other devices
	default:
		s.stands(*v.waiter, v.at)
		s.standsAt(v.waiter.Turn, v.place, v.length)
	}
}

// placeGone tells that the place is gone without this session having given it up.
func (s *session) placeGone(at position, length int) {
	s.seat = heldSeat{at: at}
	s.push(wire.TypeWaitlist, wire.WaitlistChanged{Waiting: length})
}

// standsAt tells the client its place, and how many wait, where it was told otherwise.
func (s *session) standsAt(turn seats.Turn, place, length int) {
	if s.phase != serving || s.seatBusy || s.seat.turn() != turn || s.seat.place == place && s.seat.length == length {
		return
	}
	s.seat.place, s.seat.length = place, length
	s.push(wire.TypeWaitlist, wire.WaitlistChanged{Place: &place, Waiting: length})
}

// tellWarning tells that the seat is about to be lost to idleness, or is no more.
func (s *session) tellWarning(now time.Time) {
	until := s.seat.holder.WarnedUntil
	if until.Equal(s.seat.warned) {
		return
	}
	s.seat.warned = until
	fence := int64(s.seat.fence())
	if until.IsZero() {
		s.push(wire.TypeSeatUnwarned, wire.SeatUnwarned{Fence: fence})
		return
	}
	s.push(wire.TypeSeatWarned, wire.SeatWarned{Fence: fence, Reason: wire.WarnedIdle, DeadlineMS: wire.MS(until.Sub(now))})
}

// tellAsks tells what is asked of the client, of all that is asked of the teammate.
func (s *session) tellAsks(asks []seats.Ask, now time.Time) {
	if len(asks) == 0 {
		s.asks = nil
		return
	}
	told := s.asks
	s.asks = make(map[seats.AskID]struct{}, len(asks))
	for _, a := range asks {
		if !s.isAsked(a) {
			continue
		}
		s.asks[a.ID] = struct{}{}
		if _, known := told[a.ID]; !known {
			s.push(wire.TypeAskReceived, wireAsk(a, now))
		}
	}
}

// askEnded tells what became of an ask that a session of this teammate made.
func (s *session) askEnded(id seats.AskID, o seats.AskOutcome) {
	if s.phase == serving {
		s.push(wire.TypeAskAnswered, wire.AskAnswered{Ask: string(id), Outcome: string(o)})
	}
}

// lost tells the client that its seat is gone. The loss that is remembered may be of another stay, when
// announcements were missed; the seat ran out then, as far as anybody can tell.
func (s *session) lost(had heldSeat, last *seats.Loss, now time.Time) {
	if had.fence() == 0 {
		return
	}
	loss := seats.Loss{Number: had.holder.Number, Fence: had.fence(), Reason: seats.LostExpired}
	if last != nil && last.Fence == had.fence() {
		loss = *last
	}
	switch {
	case loss.Reason.Detaches(), loss.Reason == seats.LostLoggedOut, loss.Reason == seats.LostExpired:
		s.asked = false // the engine has this session no longer attached
	case loss.Reason == seats.LostNotOperator: // the directory's news come later; access must not show what never was
		s.isOperator(false)
	}
	s.push(wire.TypeSeatLost, wireLost(loss, now))
}

// suspend tells that the node can't vouch for seats any more: the client must not act on one. It does not wait for
// anything.
func (s *session) suspend() {
	if s.phase != serving {
		return
	}
	s.fenced = true
	s.settle(seatView{})
}

// restore tells that the node can vouch for seats again, and what the board says since.
func (s *session) restore(v seatView) {
	if s.phase != serving {
		return
	}
	s.fenced = false
	s.settle(v)
}

// settle tells the client whether it may act on its seat, where it was told otherwise.
func (s *session) settle(v seatView) {
	if s.seat.fence() == 0 || s.fenced == s.seat.suspended {
		return
	}
	acted := s.mayAct()
	if s.fenced {
		s.seat.suspended = true
		s.push(wire.TypeSeatSuspended, wire.SeatSuspension{Fence: int64(s.seat.fence())})
	} else {
		if s.seatBusy || v.holder == nil || v.holder.Fence != s.seat.fence() {
			return // the answer, or the board, is still to tell
		}
		s.push(wire.TypeSeatRestored, wire.SeatRestored{Seat: s.showSeat(v)})
	}
	s.accessMayHaveChanged(s.profile.Member, acted)
}

// ticketCame passes a new ticket on, and tells whether it was wanted.
func (s *session) ticketCame(fence seats.Fence, t signed) (used bool) {
	if s.phase != serving || !s.tickets || s.seat.fence() != fence || !s.mayAct() || s.fenced {
		return false
	}
	s.push(wire.TypeSeatTicket, wire.SeatTicket{Ticket: t.token, TicketTTLMS: wire.MS(t.left)})
	return true
}
