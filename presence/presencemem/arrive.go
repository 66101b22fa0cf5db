package presencemem

import "usher/presence"

func (s *step) arrive(c presence.Arrive) presence.Reply {
	t, ses, refused := s.mine(c.Teammate, c.Session)
	if refused != nil {
		return refused
	}
	if resumed := s.sessions[c.Resumes]; resumed != nil && resumed.owner != t {
		return presence.NoTeammate{}
	}
	end := s.lookUp(s.node)
	if end <= s.now {
		return presence.NoLease{}
	}
	s.hear(t)
	resumed := s.resume(t, c.Resumes, c.Session)
	comes := ses == nil || !ses.live()
	if comes && s.tooMany(t) {
		s.show(t)
		return presence.TooManySessions{Limit: s.config.SessionsPerTeammate}
	}
	if ses == nil {
		ses = s.admit(t, c)
	}
	if comes || c.Seq > ses.seq {
		ses.seq = max(ses.seq, c.Seq)
		ses.device.Name, ses.device.Idle = c.Device, c.Idle
		s.place(ses, s.node, end)
	}
	s.wish(t, c.Choice)
	was := t.entry.Status
	s.show(t)
	if comes {
		s.see(t, was, c.Was)
	}
	return presence.Present{Entry: t.entry, Resumed: resumed}
}

// mine finds a session of its own teammate, nil when it is not known; or tells why there is none.
func (l *license) mine(teammate presence.TeammateID, id presence.SessionID) (*teammate, *session, presence.Reply) {
	t, ses := l.teammates[teammate], l.sessions[id]
	switch {
	case t == nil:
		return nil, nil, presence.NoTeammate{}
	case l.memory.has(id):
		return nil, nil, presence.Ended{Ending: l.memory.ended[id].Ending}
	case ses != nil && ses.owner != t:
		return nil, nil, presence.NoTeammate{}
	}
	return t, ses, nil
}

// resume ends the session that another one continues, in the same step in which that one arrives: so nobody sees the
// teammate leave. It tells whether there was something to continue.
func (s *step) resume(t *teammate, id, heir presence.SessionID) bool {
	if id == "" {
		return false
	}
	earlier, over := s.memory.ended[id]
	lingers := t.lingers(id)
	switch {
	case over && lingers:
		earlier.heir = heir
		s.memory.ended[id] = earlier
	case over:
		return earlier.heir == heir
	default:
		there := lingers || s.sessions[id] != nil
		e := ended{Ending: presence.Ending{Session: id, Cause: presence.CauseResumed}}
		if there {
			e.heir = heir
		}
		s.end(e)
		return there
	}
	return true
}

// tooMany tells whether one session more would be more than the license allows.
func (l *license) tooMany(t *teammate) bool {
	limit := l.config.SessionsPerTeammate
	return limit > 0 && len(t.devices()) >= limit
}

// admit has a session be known, which is on no node yet.
func (s *step) admit(t *teammate, c presence.Arrive) *session {
	since := moment(s.now)
	if !c.Since.IsZero() && c.Since.Before(since) {
		since = cut(c.Since)
	}
	ses := &session{device: presence.Device{Session: c.Session, Since: since}, owner: t}
	s.sessions[c.Session] = ses
	t.sessions = append(t.sessions, ses)
	return ses
}

// see notes that a teammate has just come, whose status was another one maybe, and was shown so before the engine forgot.
func (s *step) see(t *teammate, was presence.Status, shown presence.Was) {
	e := &t.entry
	e.Seen.At = later(e.Seen.At, moment(s.now))
	if visible(e.Status) {
		e.Seen.Shown = later(e.Seen.Shown, moment(s.now))
	}
	if was == presence.Offline && shown.Status == e.Status && !shown.Since.IsZero() && shown.Since.Before(e.Since) {
		e.Since = cut(shown.Since)
		if visible(e.Status) {
			e.VisibleSince = e.Since
		}
	}
}
