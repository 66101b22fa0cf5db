package seatsmem

import "usher/seats"

func (s *step) configure(c seats.Configure) seats.Reply {
	if !c.Force {
		if s.config.Revision >= c.Revision {
			return seats.Done{}
		}
		if s.config.Revision > 0 && s.config.Revision < c.Base {
			return seats.StaleRevision{Engine: s.config.Revision}
		}
	}
	s.config, s.changed = c.Config, true
	for _, m := range c.Changed {
		s.update(m)
	}
	switch c.Status {
	case seats.Suspended:
		s.releaseAll(seats.LostLicenseSuspended)
	case seats.Expired:
		s.releaseAll(seats.LostLicenseExpired)
	}
	return seats.Done{}
}

// update brings a holder to what is true of the member now.
func (s *step) update(m seats.Member) {
	t := s.teammates[m.Teammate]
	if t == nil || !t.seated {
		return
	}
	if !m.Operator {
		s.release(t, seats.Loss{Reason: seats.LostNotOperator})
		return
	}
	s.touch(t)
	t.holder.Name, t.holder.Administrator = m.Name, m.Administrator
}

func (s *step) releaseAll(reason seats.Reason) {
	for _, t := range s.byNumber() {
		s.release(t, seats.Loss{Reason: reason})
	}
}
