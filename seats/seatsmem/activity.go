package seatsmem

import "usher/seats"

func (s *step) setIdle(c seats.SetIdle) seats.Reply {
	if reply := s.news(c.Teammate, c.Session, c.Seq); reply != nil {
		return reply
	}
	session := s.sessions[c.Session]
	if session == nil || session.owner.id != c.Teammate {
		return seats.Done{}
	}
	switch {
	case !c.Idle:
		session.idle = 0
	case session.idle == 0:
		session.idle = s.now
	}
	s.touch(session.owner)
	s.recount(session.owner)
	return seats.Done{}
}

func (s *step) setRouting(c seats.SetRouting) seats.Reply {
	if reply := s.news(c.Teammate, c.Session, c.Seq); reply != nil {
		return reply
	}
	t := s.teammates[c.Teammate]
	switch {
	case t == nil || !t.seated:
		return seats.NotSeated{}
	case t.holder.fence != c.Fence:
		return seats.StaleFence{Held: t.holder.fence}
	}
	s.touch(t)
	t.holder.routing = c.Routing
	return seats.Done{}
}
