package presencemem

import "usher/presence"

func (s *step) choose(c presence.Choose) presence.Reply {
	t := s.teammates[c.Teammate]
	if t == nil {
		return presence.NoTeammate{}
	}
	s.wish(t, c.Choice)
	s.show(t)
	return presence.Chosen{Entry: t.entry}
}

func (s *step) setIdle(c presence.SetIdle) presence.Reply {
	t, ses, refused := s.mine(c.Teammate, c.Session)
	switch {
	case refused != nil:
		return refused
	case ses == nil:
		return presence.Unknown{}
	}
	if c.Seq > ses.seq {
		ses.seq, ses.device.Idle = c.Seq, c.Idle
		s.show(t)
	}
	return presence.Done{}
}
