package presencemem

import (
	"slices"

	"usher/presence"
)

// place has a session be on a node whose lease ends then.
func (l *license) place(ses *session, id presence.NodeID, end int64) {
	n := l.nodes[id]
	if n == nil {
		n = &node{id: id, end: end, alarm: alarm{id: string(id)}, sessions: map[presence.SessionID]*session{}}
		l.nodes[id] = n
		l.serve(n)
	}
	if ses.node == n {
		return
	}
	if ses.node != nil {
		l.takeOff(ses)
	}
	ses.node, ses.device.Node = n, id
	n.sessions[ses.device.Session] = ses
}

// takeOff takes a session off its node. A node without sessions is of no interest.
func (l *license) takeOff(ses *session) {
	n := ses.node
	delete(n.sessions, ses.device.Session)
	if len(n.sessions) > 0 {
		return
	}
	delete(l.nodes, n.id)
	if n.lapsed {
		l.lapsed.drop(&n.alarm)
	} else {
		l.serving.drop(&n.alarm)
	}
}

// remove has a session be unknown.
func (l *license) remove(ses *session) {
	l.takeOff(ses)
	t := ses.owner
	t.sessions = slices.DeleteFunc(t.sessions, func(other *session) bool { return other == ses })
	delete(l.sessions, ses.device.Session)
}

// end has a session be ended that was not so, known or not: one that is not known may be under way still.
func (s *step) end(e ended) {
	if ses := s.sessions[e.Session]; ses != nil {
		s.remove(ses)
	}
	s.memory.put(e, s.now)
	switch e.Cause {
	case presence.CauseResumed, presence.CauseExpelled, presence.CauseRemoved: // of which its client does not know
		s.closing = append(s.closing, e.Ending)
	case presence.CauseDeparted, presence.CauseDropped:
	}
}
