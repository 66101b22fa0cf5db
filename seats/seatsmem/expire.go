package seatsmem

import (
	"maps"
	"slices"

	"usher/seats"
)

// expire lets pass what is due by now, in the order of the moments at which it became due: what a late tick
// brings about is what ticks in time would have. At the same moment leases end first, then graces, then what is
// known of lapsed nodes, each in the order of ids.
func (s *step) expire() {
	for s.serving.due(s.now) || s.graces.due(s.now) || s.lapsed.due(s.now) {
		lease, grace, forget := s.serving.first(), s.graces.first(), s.lapsed.first()
		switch {
		case notAfter(lease, grace) && notAfter(lease, forget):
			s.lapse(s.nodes[seats.NodeID(lease.id)])
		case notAfter(grace, forget):
			t := s.teammates[seats.TeammateID(grace.id)]
			s.release(t, seats.Loss{Reason: seats.LostExpired, At: moment(grace.at)})
		default:
			s.forgetNode(s.nodes[seats.NodeID(forget.id)])
		}
	}
	for s.idle.due(s.now) { // nothing hangs on them
		s.forgetNode(s.nodes[seats.NodeID(s.idle.first().id)])
	}
	s.purge()
}

// notAfter tells whether a is set and goes before b.
func notAfter(a, b *alarm) bool { return a != nil && (b == nil || a.at <= b.at) }

// lapse ends a node's lease at the moment at which it was due: its sessions are not live any more.
func (s *step) lapse(n *node) {
	forget := n.alarm.at + s.config.Grace.Milliseconds()
	n.live = false
	s.move(n, &s.lapsed, forget)
	for _, t := range n.teammates() {
		s.touch(t)
		t.recount()
		if t.seated && t.live() == 0 && !t.grace.set() {
			s.beginGrace(t, forget)
		}
	}
}

// teammates returns those who have sessions on the node, by id.
func (n *node) teammates() []*teammate {
	all := map[seats.TeammateID]*teammate{}
	for _, session := range n.sessions {
		all[session.owner.id] = session.owner
	}
	sorted := make([]*teammate, 0, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) {
		sorted = append(sorted, all[id])
	}
	return sorted
}

// beginGrace has a seat end at a moment, unless its holder comes back.
func (s *step) beginGrace(t *teammate, until int64) {
	s.touch(t)
	s.graces.put(&t.grace, until)
	t.holder.GraceUntil = moment(until)
}

// endGrace has a seat stay with its holder.
func (s *step) endGrace(t *teammate) {
	s.touch(t)
	s.graces.drop(&t.grace)
	t.holder.GraceUntil = moment(0)
}

// forgetNode removes what is known of a node and of its sessions.
func (s *step) forgetNode(n *node) {
	for len(n.sessions) > 0 {
		session := n.sessions[len(n.sessions)-1]
		s.forgetSession(session)
		s.tidy(session.owner)
	}
	n.in.drop(&n.alarm)
	delete(s.nodes, n.id)
}

// purge forgets what was remembered for long enough.
func (s *step) purge() {
	for id, ok := s.endings.pop(s.now); ok; id, ok = s.endings.pop(s.now) {
		delete(s.sessions, id)
	}
	s.ring(&s.losses, func(t *teammate) { t.lost = seats.Loss{} })
	s.ring(&s.cooldowns, func(*teammate) {})
}

// ring takes the teammates whose alarms are due out of a heap.
func (s *step) ring(h *alarms, done func(*teammate)) {
	for h.due(s.now) {
		a := h.first()
		t := s.teammates[seats.TeammateID(a.id)]
		h.drop(a)
		done(t)
		s.tidy(t)
	}
}
