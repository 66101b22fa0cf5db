package seatsmem

import "usher/seats"

func (s *step) logout(c seats.Logout) seats.Reply {
	t, attached := s.disconnect(c.Teammate, c.Session)
	if s.window {
		s.departed(s.teammate(c.Teammate))
	}
	if t == nil {
		return seats.Done{}
	}
	switch {
	case !attached || t.live() > 0:
	case s.window: // another device may not have been claimed for yet
		s.absent(t, s.halt)
	case t.seated:
		s.release(t, seats.Loss{Reason: seats.LostLoggedOut, Session: c.Session})
	case t.waiting:
		s.unwait(t)
	}
	s.tidy(t)
	return seats.Done{}
}

// disconnect ends a session by its own teammate's command, and tells whose it was, if it was known, and whether
// it was attached. One that is not known may be under way still, so it is ended all the same.
func (s *step) disconnect(teammate seats.TeammateID, id seats.SessionID) (t *teammate, attached bool) {
	session := s.sessions[id]
	switch {
	case session == nil:
		s.bury(id)
		return nil, false
	case session == &ended || session.owner.id != teammate:
		return nil, false
	}
	t = session.owner
	s.touch(t)
	s.endSession(session)
	s.recount(t)
	return t, session.attached
}
