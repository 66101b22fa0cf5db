package presencemem

import (
	"cmp"
	"math"
	"slices"

	"usher/presence"
)

// never is the end of a lease that does not end.
const never = math.MaxInt64

// silence is which part of a lease is waited for when all leases are over.
const silence = 3

// lookUpDue looks up the leases of lapsed nodes, and those that were known to end by now; and notices silence.
func (s *step) lookUpDue() {
	called := s.serving.latest() > s.now // somebody did, within the lease they had
	lapsed := slices.Clone(s.lapsed)
	slices.SortFunc(lapsed, byID)
	for _, a := range lapsed {
		s.lookUp(presence.NodeID(a.id))
	}
	if !s.serving.due(s.now) {
		return
	}
	for _, a := range slices.Clone(s.serving) {
		if a.at <= s.now {
			s.lookUp(presence.NodeID(a.id))
		}
	}
	if s.halt == 0 && !called && s.unwaited() {
		s.halt, s.waited = s.now+s.options.Lease.Milliseconds()/silence, s.now
	}
}

func byID(a, b *alarm) int { return cmp.Compare(a.id, b.id) }

// unwaited tells whether a lease is over that was not waited for yet.
func (s *step) unwaited() bool {
	for _, a := range s.serving {
		if s.waited < a.at && a.at <= s.now {
			return true
		}
	}
	return false
}

// lookUp looks up when a node's lease ends, or ended; 0: nothing is known of one. A later end than was known is known
// from now on.
func (s *step) lookUp(id presence.NodeID) int64 {
	end := int64(never)
	if s.options.Leases != nil {
		known, ok := s.options.Leases(s.license.id, id)
		if !ok {
			return 0
		}
		end = known.UnixMilli()
	}
	if n := s.nodes[id]; n != nil && end > n.end {
		n.end = end
		if n.lapsed {
			s.revive(n)
		} else {
			s.serve(n)
		}
	}
	return end
}

// serve waits for the end of a live node's lease.
func (l *license) serve(n *node) {
	if n.end < never {
		l.serving.put(&n.alarm, n.end)
	}
}

// revive has the sessions of a lapsed node be live again.
func (s *step) revive(n *node) {
	s.lapsed.drop(&n.alarm)
	n.lapsed = false
	s.serve(n)
	for _, t := range n.teammates() {
		s.show(t)
	}
}

// lapse ends a node's lease at the moment at which it was due: its sessions are not live any more.
func (s *step) lapse(n *node) {
	s.serving.drop(&n.alarm)
	n.lapsed = true
	s.lapsed.put(&n.alarm, n.end+s.config.Grace.Milliseconds())
	for _, t := range n.teammates() {
		s.absent(t)
	}
}

// forget has the sessions of a node be unknown, and the node with them.
func (l *license) forget(n *node) {
	for _, ses := range n.sessions {
		l.remove(ses)
	}
}

// teammates returns those who have sessions on the node, in no order.
func (n *node) teammates() map[presence.TeammateID]*teammate {
	all := map[presence.TeammateID]*teammate{}
	for _, ses := range n.sessions {
		all[ses.owner.id()] = ses.owner
	}
	return all
}
