package seatsmem

import "usher/seats"

func (s *step) explain(c seats.Explain) seats.Reply {
	if s.config.Revision == 0 || s.config.Revision != c.Revision {
		return seats.StaleRevision{Engine: s.config.Revision}
	}
	t := s.teammates[c.Member.Teammate]
	o := s.occupancy()
	reply := seats.Explained{
		Rule: s.decide(t, c.Member), Occupancy: o, ReservedForOthers: o.ReservedForOthers(c.Member.Administrator),
	}
	if t != nil && t.waiting {
		reply.Place = s.place(t)
	}
	switch reply.Rule {
	case seats.Rule(seats.InCooldown):
		reply.RetryAfter = s.coolingFor(t)
	case seats.Rule(seats.Recovering):
		reply.RetryAfter = s.left(s.halt)
	case seats.Rule(seats.SeatsFull), seats.AlreadyWaiting:
		chance := s.graces.at()
		if s.warned != nil {
			if warned := s.warned.holder.warnedUntil; chance == 0 || warned < chance {
				chance = warned
			}
		}
		if chance > 0 {
			reply.NextChance = s.left(max(chance, s.halt)) // nobody loses a seat to time in a halt
		}
	}
	return reply
}
