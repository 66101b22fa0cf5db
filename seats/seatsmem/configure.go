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
	if !c.Waitlist {
		for _, t := range s.inLine() {
			s.unwait(t)
			s.tidy(t)
		}
	}
	s.shrink()
	return seats.Done{}
}

// update brings a holder or a waiter to what is true of the member now.
func (s *step) update(m seats.Member) {
	t := s.teammates[m.Teammate]
	switch {
	case t == nil:
	case t.seated && !m.Operator:
		s.release(t, seats.Loss{Reason: seats.LostNotOperator})
	case t.seated:
		s.touch(t)
		s.idling[classOf(t.holder.administrator)].drop(t)
		t.holder.name, t.holder.administrator = m.Name, m.Administrator
		s.classify(t)
		s.recount(t)
	case t.waiting && !m.Operator:
		s.unwait(t)
		s.tidy(t)
	case t.waiting:
		s.touch(t)
		s.unstand(t)
		t.waiter.name, t.waiter.administrator = m.Name, m.Administrator
		s.stand(t)
		s.recount(t)
	}
}

func (s *step) releaseAll(reason seats.Reason) {
	for _, t := range s.numbers.all() {
		s.release(t, seats.Loss{Reason: reason})
	}
}
