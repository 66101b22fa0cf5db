package seatsmem

import "usher/seats"

func (s *step) renew(c seats.Renew) seats.Reply {
	end := s.now + c.Lease.Milliseconds()
	s.alive, s.lease = max(s.alive, end), c.Lease.Milliseconds()
	n := s.nodes[s.node]
	delete(s.over, s.node)
	switch {
	case n == nil:
		n = &node{id: s.node, live: true}
		n.alarm.at = end
		s.nodes[s.node] = n
		s.placeNode(n)
		return seats.Renewed{}
	case n.live:
		s.move(n, n.in, max(n.alarm.at, end)) // a shorter lease takes nothing back that was promised
	default:
		s.revive(n, end)
	}
	return seats.Renewed{Known: true}
}

// revive makes the sessions of a lapsed node live again.
func (s *step) revive(n *node, end int64) {
	n.live = true
	n.in.drop(n)
	n.in, n.alarm.at = nil, end
	s.placeNode(n)
	for _, t := range n.teammates() {
		s.touch(t)
		s.recount(t)
		if t.live() > 0 {
			s.endGrace(t)
		}
	}
}
