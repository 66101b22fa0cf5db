package seatsmem

import "usher/seats"

func (s *step) find(c seats.Find) seats.Reply {
	if t := s.teammates[c.Teammate]; t != nil && t.seated {
		return seats.Found{Holder: t.held()}
	}
	return seats.NotSeated{}
}
