package seatsmem

import "usher/seats"

func (s *step) drop(c seats.Drop) seats.Reply {
	t, attached := s.disconnect(c.Teammate, c.Session)
	if t == nil {
		return seats.Done{}
	}
	// A grace that runs already began when the last live session was lost; it is not begun again.
	if attached && t.seated && t.live() == 0 && !t.grace.set() {
		s.beginGrace(t, s.now+s.config.Grace.Milliseconds())
	}
	s.tidy(t)
	return seats.Done{}
}
