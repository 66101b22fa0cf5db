package seatsmem

import "usher/seats"

func (s *step) drop(c seats.Drop) seats.Reply {
	t, attached := s.disconnect(c.Teammate, c.Session)
	if t == nil {
		return seats.Done{}
	}
	if attached {
		s.absent(t, s.now+s.config.Grace.Milliseconds())
	}
	s.tidy(t)
	return seats.Done{}
}
