package seatsmem

import "usher/seats"

// attach puts a session on the batch's node and lets it count for its teammate's seat.
func (l *license) attach(s *session, n *node) {
	s.attached = true
	if s.node == n {
		return
	}
	if s.node != nil {
		l.leaveNode(s)
	}
	s.node, s.index = n, int32(len(n.sessions))
	n.sessions = append(n.sessions, s)
	l.placeNode(n)
}

// leaveNode takes a session off its node's list.
func (l *license) leaveNode(s *session) {
	n := s.node
	last := len(n.sessions) - 1
	n.sessions[s.index] = n.sessions[last]
	n.sessions[s.index].index = s.index
	n.sessions[last] = nil
	n.sessions = n.sessions[:last]
	s.node = nil
	l.placeNode(n)
}

// placeNode keeps a live node's alarm in the heap that its having sessions or none asks for. A lapsed node stays
// among the lapsed until its moment, even when its last session ends before.
func (l *license) placeNode(n *node) {
	switch {
	case !n.live:
	case len(n.sessions) > 0:
		l.move(n, &l.serving, n.alarm.at)
	default:
		l.move(n, &l.vacant, n.alarm.at)
	}
}

// move puts a node's alarm into a heap, at a moment.
func (l *license) move(n *node, to *alarms[*node], at int64) {
	if n.in == to && n.alarm.at == at {
		return
	}
	if n.in != nil && n.in != to {
		n.in.drop(n)
	}
	n.in = to
	to.put(n, at)
}

// forgetSession removes what is known of a session, whose room another one may have from then on.
func (l *license) forgetSession(s *session) {
	l.leaveNode(s)
	at := &s.owner.sessions
	for *at != s {
		at = &(*at).next
	}
	*at = s.next
	delete(l.sessions, s.id)
	*s = session{}
}

// endSession removes what is known of a session, and remembers that it was ended.
func (l *license) endSession(s *session) {
	id := s.id
	l.forgetSession(s)
	l.bury(id)
}

// bury remembers that a session was ended, whether it was known or not.
func (l *license) bury(id seats.SessionID) {
	l.sessions[id] = &ended
	l.endings.push(l.now+seats.EndedMemory.Milliseconds(), id)
}

// detachAll detaches all sessions of a teammate; what is known of them stays.
func (t *teammate) detachAll() {
	for s := t.sessions; s != nil; s = s.next {
		s.attached = false
	}
}
