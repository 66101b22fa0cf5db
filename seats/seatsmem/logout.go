package seatsmem

import "usher/seats"

func (s *step) logout(c seats.Logout) seats.Reply {
	if s.window && s.mayEnd(c.Teammate, c.Session) {
		s.bar(c.Teammate).departed = true
	}
	t, attached := s.disconnect(c.Teammate, c.Session)
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

// mayEnd tells whether a session is, or may be, one of the teammate's that was not ended.
func (l *license) mayEnd(teammate seats.TeammateID, id seats.SessionID) bool {
	session := l.sessions[id]
	return session == nil || session != &ended && session.owner.id == teammate
}

// disconnect ends a session by its own teammate's command, and tells whose it was, if it was known, and whether
// it was attached. One that is not known may be under way still, so it is ended all the same.
func (s *step) disconnect(teammate seats.TeammateID, id seats.SessionID) (t *teammate, attached bool) {
	session := s.sessions[id]
	switch {
	case !s.mayEnd(teammate, id):
		return nil, false
	case session == nil:
		s.bury(id)
		return nil, false
	}
	t, attached = session.owner, session.attached
	s.touch(t)
	s.endSession(session)
	s.recount(t)
	return t, attached
}
