package seatsmem

import "usher/seats"

func (s *step) leave(c seats.Leave) seats.Reply {
	session := s.sessions[c.Session]
	if session == &ended {
		return seats.Ended{}
	}
	if session != nil && session.owner.id == c.Teammate {
		if c.Seq <= session.seq {
			return seats.Done{}
		}
		session.seq, session.refusal = c.Seq, ""
	}
	// The fence says which stay is given back, whatever is known of the session.
	if t := s.teammates[c.Teammate]; t != nil && t.seated && t.holder.Fence == c.Fence {
		s.release(t, seats.Loss{Reason: seats.LostLeft, Session: c.Session})
		t.detachAll()
	}
	return seats.Done{}
}
