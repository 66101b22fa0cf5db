package presencemem

import "usher/presence"

func (s *step) open(c presence.Open) presence.Reply {
	if s.opened() {
		return presence.Done{}
	}
	s.state = newState(c)
	if window := c.Window.Milliseconds(); window > 0 {
		s.window = s.now + window
	}
	for _, m := range c.Members {
		s.enroll(m)
	}
	return presence.Done{}
}

func (s *step) configure(c presence.Configure) presence.Reply {
	if is := s.config.Revision; !c.Whole {
		switch {
		case is == c.Config.Revision:
			return presence.Done{}
		case is < c.Base || is > c.Config.Revision:
			return presence.StaleRevision{Engine: is}
		}
	}
	s.config = c.Config
	there := map[presence.TeammateID]bool{}
	for _, m := range c.Members {
		there[m.Teammate] = true
		if s.teammates[m.Teammate] == nil {
			s.enroll(m)
			s.hear(s.teammates[m.Teammate])
		} else {
			s.enroll(m)
		}
	}
	for _, id := range c.Removed {
		s.expunge(id)
	}
	if c.Whole {
		for id := range s.teammates {
			if !there[id] {
				s.expunge(id)
			}
		}
	}
	return presence.Done{}
}

// enroll brings a teammate to what the database has of them.
func (s *step) enroll(m presence.Member) {
	t := s.teammates[m.Teammate]
	if t == nil {
		s.before = append(s.before, was{id: m.Teammate})
		t = &teammate{
			touched: s.steps,
			entry:   presence.Entry{Teammate: m.Teammate, Status: presence.Offline},
			grace:   alarm{id: string(m.Teammate)}, until: alarm{id: string(m.Teammate)},
		}
		s.hold(t, presence.Choice{})
		s.teammates[m.Teammate] = t
	}
	s.touch(t)
	e := &t.entry
	e.Name, e.Operator, e.Administrator = m.Name, m.Operator, m.Administrator
	e.Seen.At, e.Seen.Shown = later(e.Seen.At, cut(m.Seen.At)), later(e.Seen.Shown, cut(m.Seen.Shown))
	s.wish(t, m.Choice)
	s.show(t)
}

// expunge has a teammate be no more, with all their sessions.
func (s *step) expunge(id presence.TeammateID) {
	t := s.teammates[id]
	if t == nil {
		return
	}
	s.touch(t)
	for len(t.sessions) > 0 {
		s.end(ended{Ending: presence.Ending{Session: t.sessions[0].device.Session, Cause: presence.CauseRemoved}})
	}
	s.graces.drop(&t.grace)
	s.untils.drop(&t.until)
	delete(s.teammates, id)
}
