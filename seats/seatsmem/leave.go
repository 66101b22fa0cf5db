package seatsmem

import "usher/seats"

func (s *step) leave(c seats.Leave) seats.Reply {
	if reply := s.news(c.Teammate, c.Session, c.Seq); reply != nil {
		return reply
	}
	// The fence says which stay is given back, whatever is known of the session.
	t, loss := s.teammates[c.Teammate], seats.Loss{Reason: seats.LostLeft, Session: c.Session}
	switch {
	case t != nil && t.seated && t.holder.fence == c.Fence:
		s.release(t, loss)
	case c.Fence == 0:
		s.detach(s.sessions[c.Session], c.Teammate)
	case s.claimable(int64(c.Fence)):
		s.barFence(c.Teammate, c.Fence, loss)
	}
	return seats.Done{}
}

// detach has a session of one who holds nothing count for nothing that they get later.
func (s *step) detach(session *session, teammate seats.TeammateID) {
	if session == nil || session.owner.id != teammate || session.owner.seated || session.owner.waiting {
		return
	}
	s.touch(session.owner) // an ask of theirs may end with it
	session.attached = false
}

// giveUp carries out an Unwait.
func (s *step) giveUp(c seats.Unwait) seats.Reply {
	if reply := s.news(c.Teammate, c.Session, c.Seq); reply != nil {
		return reply
	}
	if t := s.teammates[c.Teammate]; t != nil && t.waiting && t.waiter.turn == c.Turn {
		s.standDown(t)
	}
	if s.claimable(int64(c.Turn)) { // whether it was claimed or not: nothing else remembers it
		s.barTurn(c.Teammate, c.Turn)
	}
	return seats.Done{}
}

// standDown takes a teammate's place away and detaches all their sessions.
func (s *step) standDown(t *teammate) {
	s.unwait(t)
	t.detachAll()
	s.tidy(t)
}

// news takes a session's command that is newer than the ones before; else it answers it. A session that is not known
// takes any.
func (s *step) news(t seats.TeammateID, id seats.SessionID, seq uint64) seats.Reply {
	session := s.sessions[id]
	switch {
	case session == &ended:
		return seats.Ended{}
	case session == nil || session.owner.id != t:
		return nil
	case seq <= session.seq:
		return seats.Done{}
	}
	session.seq, session.refusal = seq, ""
	return nil
}
