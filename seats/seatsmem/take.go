package seatsmem

import "usher/seats"

func (s *step) take(c seats.Take) seats.Reply {
	session, refused := s.mine(c.Member.Teammate, c.Session, c.Revision)
	if refused != nil {
		return refused
	}
	if session != nil && c.Seq <= session.seq {
		return s.takenBefore(session, c.Seq)
	}
	t := s.ownerOf(session, c.Member.Teammate)
	if s.tooMany(t, session, c.Resumes) {
		s.tidy(t)
		return seats.TooManySessions{Limit: s.config.SessionsPerTeammate}
	}
	s.touch(t)
	resumed := s.resume(t, c.Resumes)
	session = s.join(t, session, c.Session, c.Seq)
	session.idle = 0
	return s.answer(t, session, c, resumed)
}

// mine finds the session that a command of its own teammate attaches, nil when it is new; or tells why it may not.
func (s *step) mine(t seats.TeammateID, id seats.SessionID, r seats.Revision) (*session, seats.Reply) {
	session := s.sessions[id]
	switch {
	case session == &ended || session != nil && session.owner.id != t:
		return nil, seats.Ended{}
	case s.config.Revision != r:
		return nil, seats.StaleRevision{Engine: s.config.Revision}
	}
	if n := s.nodes[s.node]; n == nil || !n.live || n.alarm.at <= s.now {
		return nil, seats.NoLease{}
	}
	return session, nil
}

// join attaches a session, which is made when it is new.
func (s *step) join(t *teammate, known *session, id seats.SessionID, seq uint64) *session {
	if known == nil {
		known = t.room()
		*known = session{id: id, owner: t, next: t.sessions}
		s.sessions[id] = known
		t.sessions = known
	}
	s.attach(known, s.nodes[s.node])
	known.seq, known.refusal = max(known.seq, seq), ""
	return known
}

// ownerOf returns the teammate whose session it is, made when neither is known yet.
func (s *step) ownerOf(session *session, id seats.TeammateID) *teammate {
	if session != nil {
		return session.owner
	}
	return s.teammate(id)
}

// room is where a session more of the teammate's is kept.
func (t *teammate) room() *session {
	if t.only.owner == nil {
		return &t.only
	}
	return &session{}
}

// tooMany tells whether a session would be one more than the license allows.
func (s *step) tooMany(t *teammate, session *session, resumes seats.SessionID) bool {
	if s.config.SessionsPerTeammate == 0 {
		return false
	}
	others := 0
	for other := t.sessions; other != nil; other = other.next {
		if other.live() && other != session && other.id != resumes {
			others++
		}
	}
	return others >= s.config.SessionsPerTeammate
}

// takenBefore answers a take that is no news with what is, and does nothing.
func (s *step) takenBefore(session *session, seq uint64) seats.Reply {
	t := session.owner
	switch {
	case t.seated:
		return seats.Granted{Holder: t.held()}
	case seq == session.seq && session.refusal != "":
		return s.refused(t, session.refusal, false)
	case t.waiting:
		return seats.Waiting{Waiter: t.waited(), Place: s.place(t)}
	}
	return seats.Superseded{}
}

// resume ends the session that this one continues, in the same step in which this one is attached: the seat is
// never in grace. A session that is not known yet may be under way still, so it is ended all the same.
func (s *step) resume(t *teammate, id seats.SessionID) bool {
	if id == "" {
		return false
	}
	earlier := s.sessions[id]
	switch {
	case earlier == nil:
		s.bury(id)
		return false
	case earlier == &ended || earlier.owner != t:
		return false
	}
	s.endSession(earlier)
	s.resumed = append(s.resumed, id)
	return true
}

// answer decides a take whose session is attached.
func (s *step) answer(t *teammate, session *session, c seats.Take, resumed bool) seats.Reply {
	rule := s.decide(t, c.Member)
	switch {
	case rule == seats.AlreadySeated:
		s.endGrace(t)
	case rule == seats.SeatOpen:
		s.grant(t, c.Member, seats.ViaTake)
	case t.waiting:
		s.endGrace(t)
	case c.Wait && rule.Waits() && s.config.Waitlist:
		s.waitAnew(t, c.Member)
	}
	s.recount(t)
	s.settle() // a place that is live again may be the first
	switch {
	case t.seated && (rule.Grants() || rule == seats.AlreadyWaiting):
		return seats.Granted{Holder: t.held(), New: rule != seats.AlreadySeated, Resumed: resumed}
	case t.waiting && (rule == seats.AlreadyWaiting || c.Wait && rule.Waits()):
		return seats.Waiting{Waiter: t.waited(), Place: s.place(t), Resumed: resumed}
	}
	session.refusal = seats.RefusalCode(rule)
	return s.refused(t, session.refusal, resumed)
}

func (l *license) decide(t *teammate, m seats.Member) seats.Rule {
	return seats.Decide(seats.Standing{
		Status: l.config.Status, Operator: m.Operator,
		Seated:   t != nil && t.seated,
		Cooldown: l.coolingFor(t) > 0,
		Waiting:  t != nil && t.waiting,
		Halted:   l.halted(),
		Open:     l.occupancy().Open(m.Administrator),
	})
}

func (s *step) refused(t *teammate, code seats.RefusalCode, resumed bool) seats.Reply {
	reply := seats.Refused{Code: code, Resumed: resumed}
	switch code {
	case seats.InCooldown:
		reply.RetryAfter = s.coolingFor(t)
	case seats.Recovering:
		reply.RetryAfter = s.left(s.halt)
	}
	return reply
}
