package seatsmem

import "usher/seats"

func (s *step) take(c seats.Take) seats.Reply {
	session := s.sessions[c.Session]
	if session == &ended || session != nil && session.owner.id != c.Member.Teammate {
		return seats.Ended{}
	}
	if s.config.Revision != c.Revision {
		return seats.StaleRevision{Engine: s.config.Revision}
	}
	node := s.nodes[s.node]
	if node == nil || !node.live {
		return seats.NoLease{}
	}
	if session != nil && c.Seq <= session.seq {
		return s.takenBefore(session, c.Seq)
	}
	t := s.teammate(c.Member.Teammate)
	s.touch(t)
	resumed := s.resume(t, c.Resumes)
	if session == nil {
		session = s.begin(t, c.Session)
	}
	s.attach(session, node)
	session.seq = c.Seq
	return s.answer(t, session, c.Member, resumed)
}

// takenBefore answers a take that is no news with what is, and does nothing.
func (s *step) takenBefore(session *session, seq uint64) seats.Reply {
	t := session.owner
	switch {
	case t.seated:
		return seats.Granted{Holder: t.holder}
	case seq == session.seq && session.refusal != "":
		return s.refused(t, session.refusal, false)
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

// begin makes the record of a session that takes for the first time.
func (s *step) begin(t *teammate, id seats.SessionID) *session {
	session := &session{id: id, owner: t}
	s.sessions[id] = session
	t.sessions = append(t.sessions, session)
	return session
}

// answer decides a take whose session is attached.
func (s *step) answer(t *teammate, session *session, m seats.Member, resumed bool) seats.Reply {
	rule := s.decide(t, m)
	if !rule.Grants() {
		t.recount()
		session.refusal = seats.RefusalCode(rule)
		return s.refused(t, session.refusal, resumed)
	}
	session.refusal = ""
	if rule == seats.SeatOpen {
		s.grant(t, m)
	} else {
		s.endGrace(t)
	}
	t.recount()
	return seats.Granted{Holder: t.holder, New: rule == seats.SeatOpen, Resumed: resumed}
}

func (l *license) decide(t *teammate, m seats.Member) seats.Rule {
	return seats.Decide(seats.Standing{
		Status: l.config.Status, Operator: m.Operator,
		Seated:   t != nil && t.seated,
		Cooldown: l.cooling(t) > 0,
		Total:    l.config.Total(), Used: l.used(),
	})
}

// grant gives the teammate the lowest free seat, under a new fence.
func (s *step) grant(t *teammate, m seats.Member) {
	s.granted++
	number := s.numbers.take()
	s.holders[number] = t
	t.seated = true
	t.holder = seats.Holder{
		Teammate: t.id, Name: m.Name, Administrator: m.Administrator,
		Number: number, Fence: seats.Fence(int64(s.generation)*seats.FencesPerGeneration + s.granted),
		Since:   moment(s.now),
		Overage: s.used() > s.config.Cap,
	}
}

func (s *step) refused(t *teammate, code seats.RefusalCode, resumed bool) seats.Reply {
	reply := seats.Refused{Code: code, Resumed: resumed}
	if code == seats.InCooldown {
		reply.RetryAfter = s.cooling(t)
	}
	return reply
}
