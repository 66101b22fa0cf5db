package seatsmem

import (
	"slices"

	"usher/seats"
)

// attach puts a session on the batch's node and lets it count for its teammate's seat.
func (l *license) attach(s *session, n *node) {
	s.attached = true
	if s.node == n {
		return
	}
	if s.node != nil {
		l.leaveNode(s)
	}
	s.node, s.index = n, len(n.sessions)
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
func (l *license) move(n *node, to *alarms, at int64) {
	if n.in == to && n.alarm.at == at {
		return
	}
	if n.in != nil && n.in != to {
		n.in.drop(&n.alarm)
	}
	n.in = to
	to.put(&n.alarm, at)
}

// forgetSession removes what is known of a session.
func (l *license) forgetSession(s *session) {
	l.leaveNode(s)
	t := s.owner
	t.sessions = slices.DeleteFunc(t.sessions, func(other *session) bool { return other == s })
	delete(l.sessions, s.id)
}

// endSession removes what is known of a session, and remembers that it was ended.
func (l *license) endSession(s *session) {
	l.forgetSession(s)
	l.bury(s.id)
}

// bury remembers that a session was ended, whether it was known or not.
func (l *license) bury(id seats.SessionID) {
	l.sessions[id] = &ended
	l.endings.push(l.now+seats.EndedMemory.Milliseconds(), id)
}

// detachAll detaches all sessions of a teammate; what is known of them stays.
func (t *teammate) detachAll() {
	for _, s := range t.sessions {
		s.attached = false
	}
}
