package gateway

import (
	"errors"
	"time"

	"usher/gateway/wire"
	"usher/seats"
)

// The session's side of its seat: what it asks of the engine, and what it makes of the answers. An answer holds for
// the board's position that came with it; the board's own views take over from there: see session_view.go.

// result is what became of a call.
type result struct {
	reply seats.Reply
	err   error // then reply is nil, and the outcome unknown
	at    position
	now   time.Time // engine time
	view  seatView  // of the board, after the reply's changes were applied where they could be
	board wire.Board
	// roster is the roster as a teammate is to be shown it; to be called while the result is looked at.
	roster func(seats.Member) shownRoster
	// suspended tells that the node can't vouch for seats now.
	suspended bool
}

// seatRequest runs f, which orders a seat command for a client's request, once no other one of the session is under
// way. While the server itself is getting a seat back, which it tries until it is answered, nobody waits for that.
func (s *session) seatRequest(id string, f func()) {
	if s.recovering {
		s.failed(id, seats.ErrUnavailable)
		return
	}
	s.seatCall(f)
}

func (s *session) seatCall(f func()) {
	s.seatQueue = append(s.seatQueue, f)
	s.nextSeatCall()
}

func (s *session) nextSeatCall() {
	for !s.seatBusy && len(s.seatQueue) > 0 && s.phase != ended {
		f := s.seatQueue[0]
		s.seatQueue = s.seatQueue[1:]
		f()
	}
}

// orderSeat orders a seat command.
func (s *session) orderSeat(c call) {
	s.seatBusy = true
	s.do(order{c})
}

// next numbers a command of the session.
func (s *session) next() uint64 {
	s.seq++
	return s.seq
}

// take asks for a seat, or for a place in line besides. id is the client's request, or "" when the server takes the
// seat back for a session that the engine forgot.
func (s *session) take(id string, resumes seats.SessionID, wait bool) {
	s.asked, s.known, s.unwanted, s.yielding = true, true, false, false
	s.recovering = id == ""
	s.orderSeat(call{id: id, command: seats.Take{
		Member: s.profile.Member, Revision: s.revision(), Session: s.id, Seq: s.next(), Resumes: resumes, Wait: wait,
	}})
}

// leave gives the seat back, or the place in line.
func (s *session) leave(id string) {
	switch {
	case s.seat.fence() != 0:
		s.leaveSeat(id, s.seat.fence())
	case s.seat.turn() != 0:
		s.leavePlace(call{id: id, quits: true}, s.seat.turn())
	case s.asked && s.known && !s.unsure: // was refused; else a seat that another device takes would count as held here too
		s.leaveSeat(id, 0)
	default:
		s.asked, s.unwanted = false, s.unsure
		s.answerSeat(id, wire.Seat{State: wire.SeatNone})
	}
}

// unwait gives the place in line up. A seat is not one: it stays as it is.
func (s *session) unwait(id string) {
	switch {
	case s.seat.turn() != 0:
		s.leavePlace(call{id: id}, s.seat.turn())
	case s.seat.fence() != 0:
		s.orderSeat(call{id: id})
	default:
		s.leave(id)
	}
}

func (s *session) leaveSeat(id string, fence seats.Fence) {
	s.orderSeat(call{id: id, command: seats.Leave{
		Teammate: s.teammate(), Session: s.id, Seq: s.next(), Fence: fence,
	}})
}

func (s *session) leavePlace(c call, turn seats.Turn) {
	c.command = seats.Unwait{Teammate: s.teammate(), Session: s.id, Seq: s.next(), Turn: turn}
	s.orderSeat(c)
}

func (s *session) logout(id string) {
	if !s.known {
		s.here.left = true
		s.reply(id, wire.TypeOK, struct{}{})
		s.end(wire.CloseLoggedOut)
		return
	}
	s.loggingOut = true
	s.orderSeat(call{id: id, command: seats.Logout{Teammate: s.teammate(), Session: s.id}})
}

// replied takes the answer to a call.
func (s *session) replied(c call, r result) {
	_, over := r.reply.(seats.Ended)
	switch {
	case over && s.loggingOut && s.phase != ended: // by a logout whose answer was lost
		s.here.left = true
		s.end(wire.CloseLoggedOut)
		return
	case over && s.phase != ended: // by a connection that continues it, and of which nobody else has told yet
		s.end(wire.CloseResumedElsewhere)
		return
	case s.phase == entering && c.id == s.entrance.id && c.id != "":
		s.welcome(c, r)
		return
	case s.phase != serving:
		return
	}
	before := s.mayAct()
	s.fenced = r.suspended
	switch cmd := c.command.(type) {
	case seats.Take:
		s.taken(c, r)
	case seats.Claim:
		if s.claimed(cmd, r); s.stranded {
			return
		}
	case seats.Leave:
		s.left(c, r)
	case seats.Unwait:
		s.unwaited(c, r)
	case seats.HandOver:
		s.handedOver(c, r)
	case seats.AnswerAsk:
		s.askAnswered(c, r)
	case seats.SetRouting:
		s.routed(c, r)
	case seats.SetIdle:
		s.idled(cmd, c, r)
	case seats.Logout:
		s.loggedOut(c, r)
	case nil:
		s.answerSeat(c.id, s.current(r.view, r.board.Holders))
	case seats.MakeAsk:
		s.askMade(c.id, r)
		return
	case seats.Explain:
		s.explained(c.id, r)
		return
	default:
		return
	}
	s.seatBusy, s.recovering = false, false
	if s.phase == serving {
		s.accessMayHaveChanged(s.profile.Member, before)
	}
	s.nextSeatCall()
	s.catchUp(r)
}

func (s *session) explained(id string, r result) {
	if e, ok := r.reply.(seats.Explained); ok {
		s.reply(id, wire.TypeOK, wireExplain(e, s.profile.License.Config.Overage, r.board))
		return
	}
	s.failed(id, r.err)
}

// taken takes the answer to a take.
func (s *session) taken(c call, r result) {
	had := s.seat
	switch reply := r.reply.(type) {
	case seats.Granted:
		s.holds(reply.Holder, r.at)
		switch {
		case c.id != "":
			s.answerSeat(c.id, s.showSeat(r.view))
		case reply.Holder.Fence != had.fence():
			s.push(wire.TypeSeatGranted, wire.SeatGranted{Seat: s.showSeat(r.view), Cause: wire.CauseRecovered})
		}
		s.stillIdle()
	case seats.Waiting:
		s.placed(c, reply, r)
		s.stillIdle()
	case seats.Refused:
		s.refused(c, reply, r)
		s.stillIdle()
	case seats.TooManySessions:
		s.seat, s.asked, s.unsure = heldSeat{at: r.at}, false, false
		if c.id != "" {
			s.fail(c.id, wire.CodeTooManyConnections, tooManySessions, 0)
		}
		s.lost(had, r.view.loss, r.now)
	default: // an unknown outcome: the board will tell
		s.unsure = true
		if c.id != "" {
			s.failed(c.id, r.err)
		}
	}
}

// placed takes that a take came to a place in line.
func (s *session) placed(c call, reply seats.Waiting, r result) {
	had := s.seat
	s.stands(reply.Waiter, r.at)
	switch {
	case c.id == "":
		s.lost(had, r.view.loss, r.now)
	case had.turn() != 0 && had.turn() != reply.Waiter.Turn && seats.EpochBefore(had.at.epoch, r.at.epoch):
		// The engine forgot, and nobody has told this session yet: its place of before is to be claimed.
		seat := s.showPlace(reply, r)
		s.seat = had
		s.answerSeat(c.id, seat)
	default:
		s.answerSeat(c.id, s.showPlace(reply, r))
	}
}

// refused takes that a take brought nothing. What is had stays, where it may be claimed yet; so does a place.
func (s *session) refused(c call, reply seats.Refused, r result) {
	had := s.seat
	if reply.Code == seats.Recovering && !had.none() && c.id != "" {
		s.fail(c.id, wire.CodeUnavailable, refusalMessages[seats.Recovering], max(reply.RetryAfter, s.settings.RetryAfter))
		return
	}
	s.seat = heldSeat{waiter: had.waiter, place: had.place, length: had.length, at: r.at}
	s.unsure = false
	if c.id == "" {
		s.lost(had, r.view.loss, r.now)
		return
	}
	s.answerSeat(c.id, s.refusal(reply, r.board.Holders))
}

// holds notes that the teammate holds a seat and this session is attached to it.
func (s *session) holds(h seats.Holder, at position) {
	s.asked, s.unsure, s.yielding = true, false, false
	if s.seat.fence() != h.Fence {
		s.seat = heldSeat{}
	}
	s.seat.holder, s.seat.at = &h, at
}

// stands notes that the teammate has a place in line and this session is attached to it.
func (s *session) stands(w seats.Waiter, at position) {
	s.asked, s.unsure, s.yielding = true, false, false
	if s.seat.turn() != w.Turn {
		s.seat = heldSeat{}
	}
	s.seat.waiter, s.seat.at = &w, at
}

func (s *session) left(c call, r result) {
	if c.id == "" { // the seat of a take that landed after all; see reconcile
		return
	}
	if _, ok := r.reply.(seats.Done); !ok {
		s.failed(c.id, r.err)
		return
	}
	s.asked = false
	s.seat = heldSeat{at: r.at}
	s.answerSeat(c.id, wire.Seat{State: wire.SeatNone})
}

// unwaited takes that a place is given up, unless it has become a seat before.
func (s *session) unwaited(c call, r result) {
	if c.id == "" {
		return
	}
	if _, ok := r.reply.(seats.Done); !ok {
		s.failed(c.id, r.err)
		return
	}
	seen := r.view.at.reached(r.at)
	switch h := r.view.holder; {
	case seen && h != nil && c.quits:
		s.holds(*h, r.at)
		s.seatQueue = append([]func(){func() { s.leave(c.id) }}, s.seatQueue...)
	case seen && h != nil:
		s.holds(*h, r.at)
		s.answerSeat(c.id, s.showSeat(r.view))
	default:
		s.seat = heldSeat{at: r.at}
		s.asked, s.yielding, s.unwanted = false, !seen, !seen && c.quits
		s.answerSeat(c.id, wire.Seat{State: wire.SeatNone})
	}
}

func (s *session) loggedOut(c call, r result) {
	if _, ok := r.reply.(seats.Done); !ok {
		s.failed(c.id, r.err)
		return
	}
	s.known, s.asked, s.here.left = false, false, true
	s.reply(c.id, wire.TypeOK, struct{}{})
	s.end(wire.CloseLoggedOut)
}

func (s *session) answerSeat(id string, seat wire.Seat) {
	s.reply(id, wire.TypeOK, wire.SeatReply{Seat: seat})
}

// current is the seat as it is.
func (s *session) current(v seatView, holders []wire.Holder) wire.Seat {
	switch {
	case s.seat.fence() != 0:
		return s.showSeat(v)
	case s.seat.turn() != 0:
		return wirePlace(*s.seat.waiter, s.seat.place, holders)
	}
	return wire.Seat{State: wire.SeatNone}
}

// showSeat is the seat that is held as the client is to be told of it from now on: with a ticket where it wants one,
// and suspended where the node can't vouch for it.
func (s *session) showSeat(v seatView) wire.Seat {
	seat := wireHeld(*s.seat.holder)
	s.seat.suspended = s.fenced
	switch {
	case s.fenced:
		seat.State = wire.SeatSuspended
	case s.tickets && v.ticket != nil:
		t := v.ticket(*s.seat.holder)
		seat.Ticket, seat.TicketTTLMS = t.token, wire.MS(t.left)
	}
	return seat
}

// showPlace is the place in line as the client is to be told of it from now on.
func (s *session) showPlace(reply seats.Waiting, r result) wire.Seat {
	s.seat.place, s.seat.length = reply.Place, max(r.view.length, reply.Place)
	if w := r.view.waiter; w != nil && w.Turn == reply.Waiter.Turn && r.view.at.reached(r.at) {
		s.seat.place, s.seat.length = r.view.place, r.view.length
	}
	return wirePlace(reply.Waiter, s.seat.place, r.board.Holders)
}

// failed answers a request whose outcome is not known, or that can't be done now.
func (s *session) failed(id string, err error) {
	if errors.Is(err, seats.ErrInvalid) {
		s.fail(id, wire.CodeInternal, "This should not have happened. Try again, or connect anew.", s.settings.RetryAfter)
		return
	}
	s.fail(id, wire.CodeUnavailable, "The seats can't be asked now. Whether this was done is not known; try again.",
		s.settings.RetryAfter)
}

// refusal is a refusal as the wire shows it.
func (s *session) refusal(r seats.Refused, holders []wire.Holder) wire.Seat {
	if r.Code == seats.Recovering {
		r.RetryAfter = max(r.RetryAfter, s.settings.RetryAfter)
	}
	return wireRefused(string(r.Code), refusalMessages[r.Code], r.RetryAfter, holders)
}

// unavailable is the seat of a session that could not ask: no grant, and no refusal by any rule.
func unavailable(retryAfter time.Duration, holders []wire.Holder) wire.Seat {
	return wireRefused(wire.CodeUnavailable, "The seats can't be asked now. Try again.", retryAfter, holders)
}
