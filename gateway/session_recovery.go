package gateway

import (
	"usher/gateway/wire"
	"usher/seats"
)

// What the session does when the engine does not know it any more.

// lapsed says that the node's lease had run out for so long that the engine has its sessions attached no more. One
// that holds a seat or a place, which another device of the teammate kept, takes again, so as to count for it.
func (s *session) lapsed() { s.forgotten(s.takeBack) }

// forgotWholly says that the engine lost its memory of the license, and began the generation anew. One that held or
// waited claims that, where the node may do so, or else takes like anybody.
func (s *session) forgotWholly(g seats.Generation, mayClaim bool) {
	if s.seat.at.epoch == g.Epoch() { // it heard from the new generation already
		return
	}
	s.forgotten(func() {
		if mayClaim {
			s.claim(g)
		} else {
			s.takeBack()
		}
	})
}

func (s *session) forgotten(again func()) {
	if s.phase != serving || !s.known {
		return
	}
	if s.seat.none() {
		s.asked = false
		return
	}
	if s.stranded {
		s.stranded, s.seatBusy = false, false
	}
	fence, turn := s.seat.fence(), s.seat.turn()
	s.seatCall(func() {
		if s.seat.fence() == fence && s.seat.turn() == turn { // else an answer came meanwhile, from the engine that knows
			again()
		}
	})
}

func (s *session) takeBack() { s.take("", "", s.seat.turn() != 0) }

// claim tells the engine what the session held.
func (s *session) claim(g seats.Generation) {
	s.recovering = true
	c := seats.Claim{
		Generation: g, Member: s.profile.Member, Revision: s.revision(), Session: s.id, Seq: s.next(),
	}
	if s.seat.fence() != 0 {
		c.Holder = *s.seat.holder
	} else if s.seat.waiter != nil {
		c.Waiter = *s.seat.waiter
	}
	s.orderSeat(call{command: c})
}

// claimed takes the answer to a claim. Where all is as it was, nothing is said.
func (s *session) claimed(c seats.Claim, r result) {
	had := s.seat
	switch reply := r.reply.(type) {
	case seats.Granted:
		s.holds(reply.Holder, r.at)
		if reply.Holder.Fence != had.fence() {
			s.push(wire.TypeSeatGranted, wire.SeatGranted{Seat: s.showSeat(r.view), Cause: wire.CauseRecovered})
		}
		s.stillIdle()
	case seats.Waiting:
		s.stands(reply.Waiter, r.at)
		s.seat.place, s.seat.length = had.place, had.length
		s.lost(had, &seats.Loss{}, r.now)
		s.stillIdle()
	case seats.Lost:
		s.claimLost(reply.Loss, r)
	case seats.Unclaimed:
		if r.at.epoch == c.Generation.Epoch() { // too late
			s.seatQueue = append([]func(){s.takeBack}, s.seatQueue...)
		} else { // the floor tells of the newer generation, if it has not yet
			s.stranded = r.view.at.epoch != r.at.epoch
		}
	default: // the floor sends claims until they are answered; it was closed, or the license is no more
	}
}

// claimLost takes that what was held was given back or taken away. The session is not attached.
func (s *session) claimLost(loss seats.Loss, r result) {
	had := s.seat
	s.seat = heldSeat{at: r.at}
	if had.fence() == 0 {
		s.placeGone(r.at, r.view.length)
	} else {
		loss.Number, loss.Fence = had.holder.Number, had.fence()
		s.lost(had, &loss, r.now)
	}
	s.asked = false
}

// stillIdle tells the engine once more that nobody works at the device: it takes who attaches for active.
func (s *session) stillIdle() {
	if s.idle {
		s.tellIdleAgain()
	}
}
