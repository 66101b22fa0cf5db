package seatsmem

import (
	"time"

	"usher/seats"
)

// overMemory is for how long it is known when a lease ended.
const overMemory = time.Hour

// leaseOver notes when the lease of a node ended that lives no more.
func (s *step) leaseOver(n *node) {
	s.over[n.id] = n.alarm.at
	for id, at := range s.over {
		if at <= s.now-overMemory.Milliseconds() {
			delete(s.over, id)
		}
	}
}

// LeaseEnd is when a node's lease on a license ends, or ended, for whatever else its sessions there are part of. ok is
// false when that is not known: the node never had one since the license was opened, or it has been over for longer than an hour.
func (s *Store) LeaseEnd(id seats.LicenseID, n seats.NodeID) (end time.Time, ok bool) {
	found, ok := s.licenses.Load(id)
	if !ok {
		return time.Time{}, false
	}
	l := found.(*license)
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.nodes[n]; known != nil && known.live {
		return moment(known.alarm.at), true
	}
	at, ok := l.over[n]
	return moment(at), ok
}
