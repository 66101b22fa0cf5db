package seatsmem

import (
	"time"

	"usher/seats"
)

func (s *step) explain(c seats.Explain) seats.Reply {
	if s.config.Revision == 0 || s.config.Revision != c.Revision {
		return seats.StaleRevision{Engine: s.config.Revision}
	}
	t := s.teammates[c.Member.Teammate]
	reply := seats.Explained{Rule: s.decide(t, c.Member), Total: s.config.Total(), Used: s.used()}
	switch reply.Rule {
	case seats.Rule(seats.InCooldown):
		reply.RetryAfter = s.cooling(t)
	case seats.Rule(seats.SeatsFull):
		if grace := s.graces.first(); grace != nil {
			reply.NextChance = time.Duration(grace.at-s.now) * time.Millisecond
		}
	}
	return reply
}
