package gateway

import (
	"errors"
	"time"

	"usher/gateway/wire"
	"usher/seats"
)

// The session's side of its seat: what it asks of the engine, what it makes of the answers, and what it tells
// the client of changes that it did not ask for. An answer holds for the board's position that came with it;
// the board's own views take over from there.

// result is what became of a call.
type result struct {
	reply seats.Reply
	err   error // then reply is nil, and the outcome unknown
	at    position
	now   time.Time // engine time
	view  seatView  // of the board, after the reply's changes were applied where they could be
	board wire.Board
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
func (s *session) orderSeat(id string, c seats.Command) {
	s.seatBusy = true
	s.do(order{call{id, c}})
}

// take asks for a seat. id is the client's request, or "" when the server takes the seat back for a session
// whose seat the engine forgot.
func (s *session) take(id string, resumes seats.SessionID) {
	s.seq++
	s.asked, s.known, s.unwanted = true, true, false
	s.recovering = id == ""
	s.orderSeat(id, seats.Take{
		Member: s.profile.Member, Revision: s.revision(), Session: s.id, Seq: s.seq, Resumes: resumes,
	})
}

func (s *session) leave(id string) {
	if s.seat.fence == 0 {
		s.asked, s.unwanted = false, s.unsure
		s.answerSeat(id, wire.Seat{State: wire.SeatNone})
		return
	}
	s.seq++
	s.orderSeat(id, seats.Leave{Teammate: s.teammate(), Session: s.id, Seq: s.seq, Fence: s.seat.fence})
}

func (s *session) logout(id string) {
	if !s.known {
		s.reply(id, wire.TypeOK, struct{}{})
		s.end(wire.CloseLoggedOut)
		return
	}
	s.loggingOut = true
	s.orderSeat(id, seats.Logout{Teammate: s.teammate(), Session: s.id})
}

// replied takes the answer to a call.
func (s *session) replied(c call, r result) {
	_, over := r.reply.(seats.Ended)
	switch {
	case over && s.loggingOut && s.phase != ended: // by a logout whose answer was lost
		s.end(wire.CloseLoggedOut)
		return
	case over && s.phase != ended: // by a connection that continues it, and of which nobody else has told yet
		s.end(wire.CloseResumedElsewhere)
		return
	case s.phase == entering && c.id == s.helloID && c.id != "":
		s.welcome(c, r)
		return
	case s.phase != serving:
		return
	}
	before := s.seat.fence != 0
	switch c.command.(type) {
	case seats.Take:
		s.taken(c, r)
	case seats.Leave:
		s.left(c, r)
	case seats.Logout:
		s.loggedOut(c, r)
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
		s.reply(id, wire.TypeOK, wireExplain(e, r.board.Holders))
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
		if c.id == "" {
			if reply.Holder.Fence == had.fence {
				return
			}
			s.push(wire.TypeSeatGranted, wire.SeatGranted{Seat: wireHeld(reply.Holder), Cause: wire.CauseRecovered})
			return
		}
		s.answerSeat(c.id, wireHeld(reply.Holder))
	case seats.Refused:
		s.seat, s.unsure = heldSeat{at: r.at}, false
		if c.id == "" {
			s.lost(had, r.view.loss, r.now)
			return
		}
		s.answerSeat(c.id, refusal(reply, r.board.Holders))
	default: // an unknown outcome: the board will tell
		s.unsure = true
		if c.id != "" {
			s.failed(c.id, r.err)
		}
	}
}

// holds notes that the teammate holds a seat and this session is attached to it.
func (s *session) holds(h seats.Holder, at position) {
	s.asked, s.unsure = true, false
	s.seat = heldSeat{fence: h.Fence, number: h.Number, at: at}
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

func (s *session) loggedOut(c call, r result) {
	if _, ok := r.reply.(seats.Done); !ok {
		s.failed(c.id, r.err)
		return
	}
	s.known, s.asked = false, false
	s.reply(c.id, wire.TypeOK, struct{}{})
	s.end(wire.CloseLoggedOut)
}

func (s *session) answerSeat(id string, seat wire.Seat) {
	s.reply(id, wire.TypeOK, wire.SeatReply{Seat: seat})
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
func refusal(r seats.Refused, holders []wire.Holder) wire.Seat {
	return wireRefused(string(r.Code), refusalMessages[r.Code], r.RetryAfter, holders)
}

// unavailable is the seat of a session that could not ask: no grant, and no refusal by any rule.
func unavailable(retryAfter time.Duration, holders []wire.Holder) wire.Seat {
	return wireRefused(wire.CodeUnavailable, "The seats can't be asked now. Try again.", retryAfter, holders)
}

// viewed takes what the board says of the teammate's seat now.
func (s *session) viewed(v seatView, now time.Time) {
	if s.phase != serving {
		return
	}
	if s.seatBusy {
		s.waitingView = &v
		return
	}
	s.reconcile(v, now)
}

// catchUp takes the views that waited for the session's own answers.
func (s *session) catchUp(r result) {
	if s.phase != serving || s.seatBusy {
		return
	}
	waited := s.waitingView
	s.waitingView = nil
	if r.err == nil {
		s.reconcile(r.view, r.now)
	} else if waited != nil {
		s.reconcile(*waited, r.now)
	}
}

// reconcile tells the client how its seat differs from what it was told last, if it does.
func (s *session) reconcile(v seatView, now time.Time) {
	if !v.at.reached(s.seat.at) {
		return // the board is not yet where the last answer was
	}
	had, was := s.seat, s.profile.Member
	switch {
	case v.holder == nil && had.fence == 0, v.holder != nil && v.holder.Fence == had.fence:
		return
	case v.holder == nil:
		s.seat = heldSeat{at: v.at}
		s.lost(had, v.loss, now)
	case !s.asked && s.unwanted:
		s.unwanted, s.unsure = false, false
		fence := v.holder.Fence
		s.seatCall(func() {
			s.seq++
			s.orderSeat("", seats.Leave{Teammate: s.teammate(), Session: s.id, Seq: s.seq, Fence: fence})
		})
		return
	case !s.asked:
		return // a seat of the teammate's other devices
	default:
		s.seat = heldSeat{at: v.at}
		s.lost(had, v.loss, now)
		if !s.asked { // nor is this session attached to what a device of the teammate took since
			break
		}
		cause := wire.CauseOtherDevice
		if s.unsure {
			cause = wire.CauseRecovered
		}
		s.holds(*v.holder, v.at)
		s.profile.Member.Operator = true // whatever they were in between
		s.push(wire.TypeSeatGranted, wire.SeatGranted{Seat: wireHeld(*v.holder), Cause: cause})
	}
	s.accessMayHaveChanged(was, had.fence != 0)
}

// lost tells the client that its seat is gone. The loss that is remembered may be of another stay, when
// announcements were missed; the seat ran out then, as far as anybody can tell.
func (s *session) lost(had heldSeat, last *seats.Loss, now time.Time) {
	if had.fence == 0 {
		return
	}
	loss := seats.Loss{Number: had.number, Fence: had.fence, Reason: seats.LostExpired}
	if last != nil && last.Fence == had.fence {
		loss = *last
	}
	switch loss.Reason { // after which the engine has this session no longer attached
	case seats.LostFreed, seats.LostLeft, seats.LostLoggedOut, seats.LostExpired:
		s.asked = false
	case seats.LostNotOperator: // the directory's news come later; access must not show what never was
		s.profile.Member.Operator = false
	}
	s.push(wire.TypeSeatLost, wireLost(loss, now))
}

// forgotten says that the engine does not know this session any more. One that holds a seat takes again: where the
// engine lost the whole license, to get it back, unless it did already (epoch is the board's new one); where only
// the node's lease had run out, to count for a seat that another device of the teammate kept.
func (s *session) forgotten(wholeLicense bool, epoch string) {
	if s.phase != serving || !s.known || wholeLicense && s.seat.at.epoch == epoch {
		return
	}
	if s.seat.fence == 0 {
		s.asked = false
		return
	}
	held := s.seat.fence
	s.seatCall(func() {
		if s.seat.fence == held { // else an answer came meanwhile, from the engine that knows
			s.take("", "")
		}
	})
}
