package seatsmem

import (
	"maps"
	"slices"

	"usher/seats"
)

// pass lets pass what is due by now: what a late tick brings about is what ticks in time would have.
func (s *step) pass() {
	halted := s.halt
	if s.halted() && s.halt <= s.now {
		s.endHalt()
	}
	if !s.halted() && s.silent() {
		s.alive, s.halt, s.changed = 0, s.now+s.lease/silence, true
	}
	if !s.halted() {
		if halted > 0 {
			s.at = halted
			s.shrink()
			s.settle()
		}
		s.expire(halted)
		s.at = s.now
	}
	s.purge()
}

// silence is which part of a lease is waited for when all leases are over.
const silence = 3

// silent tells whether nobody has renewed for a lease, while that matters to somebody.
func (l *license) silent() bool {
	return l.alive > 0 && l.alive <= l.now && l.used()+l.waiting() > 0
}

func (s *step) endHalt() {
	s.halt, s.window, s.changed = 0, false, true
	for _, t := range s.barred {
		t.bar = nil
		s.tidy(t)
	}
	s.barred = nil
}

// event is a kind of what time brings about. Of several at one moment the lower one is first.
type event int

const (
	leaseEnds event = iota
	graceEnds
	placeGraceEnds
	cooldownEnds
	warningEnds
	askEnds
	nodeForgotten
	idleEnough
	nothing
)

// next tells what is due next, and when; nothing, 0.
func (l *license) next() (event, int64) {
	what, at := nothing, int64(0)
	consider := func(e event, due int64) {
		if due > 0 && (at == 0 || due < at) {
			what, at = e, due
		}
	}
	consider(leaseEnds, l.serving.at())
	consider(graceEnds, l.graces.at())
	consider(placeGraceEnds, l.placeGraces.at())
	consider(cooldownEnds, l.cooling.at())
	if l.warned != nil {
		consider(warningEnds, l.warned.holder.warnedUntil)
	}
	consider(askEnds, l.askEnds.at())
	consider(nodeForgotten, l.lapsed.at())
	if l.warned == nil {
		if t := l.longestIdle(); t != nil {
			consider(idleEnough, l.idleFor(t))
		}
	}
	return what, at
}

// expire lets events pass in the order of their moments, none of which is before floor.
func (s *step) expire(floor int64) {
	for {
		what, at := s.next()
		if what == nothing || at > s.now {
			break
		}
		s.at = max(at, floor)
		s.come(what)
		s.settle()
	}
	for s.vacant.due(s.now) { // nothing hangs on them
		n := s.vacant.first()
		s.leaseOver(n)
		s.forgetNode(n)
	}
}

// come brings an event about.
func (s *step) come(what event) {
	switch what {
	case leaseEnds:
		s.lapse(s.serving.first())
	case graceEnds:
		t := s.graces.first()
		s.release(t, seats.Loss{Reason: seats.LostExpired})
		s.tidy(t)
	case placeGraceEnds:
		t := s.placeGraces.first()
		s.unwait(t)
		s.tidy(t)
	case cooldownEnds:
		s.endCooldown(s.cooling.first())
	case warningEnds:
		s.release(s.warned, seats.Loss{Reason: seats.LostIdle})
	case askEnds:
		s.askOver(s.askEnds.first())
	case nodeForgotten:
		s.forgetNode(s.lapsed.first())
	case idleEnough, nothing: // settling does it
	}
}

// lapse ends a node's lease at the moment at which it was due: its sessions are not live any more.
func (s *step) lapse(n *node) {
	forget := n.alarm.at + s.config.Grace.Milliseconds()
	n.live = false
	s.leaseOver(n)
	s.move(n, &s.lapsed, forget)
	for _, t := range n.teammates() {
		s.touch(t)
		s.recount(t)
		s.absent(t, forget)
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

// absent begins the grace of a seat or a place whose last live session is gone. A grace that runs already began
// when that was; it is not begun again.
func (s *step) absent(t *teammate, until int64) {
	if t.live() > 0 || t.grace.set() {
		return
	}
	switch {
	case t.seated:
		s.touch(t)
		s.graces.put(t, until)
		t.holder.graceUntil = until
	case t.waiting:
		s.touch(t)
		s.placeGraces.put(t, until)
		t.waiter.graceUntil = until
	}
	s.recount(t)
}

// endGrace has a seat or a place stay with whom it is.
func (s *step) endGrace(t *teammate) {
	if !t.grace.set() {
		return
	}
	s.touch(t)
	if t.seated {
		s.graces.drop(t)
		t.holder.graceUntil = 0
	} else {
		s.placeGraces.drop(t)
		t.waiter.graceUntil = 0
	}
	s.recount(t)
}

// endCooldown ends a cooldown that runs.
func (s *step) endCooldown(t *teammate) {
	if !t.waiting {
		s.cooldowns.drop(t)
		s.tidy(t)
		return
	}
	s.touch(t)
	s.cooling.drop(t)
	t.waiter.cooldownUntil = 0
	s.recount(t)
}

// forgetNode removes what is known of a node and of its sessions.
func (s *step) forgetNode(n *node) {
	for len(n.sessions) > 0 {
		last := n.sessions[len(n.sessions)-1]
		t := last.owner
		s.forgetSession(last)
		s.tidy(t)
	}
	n.in.drop(n)
	delete(s.nodes, n.id)
}

// purge forgets what was remembered for long enough.
func (s *step) purge() {
	for id, ok := s.endings.pop(s.now); ok; id, ok = s.endings.pop(s.now) {
		delete(s.sessions, id)
	}
	for s.losses.due(s.now) {
		t := s.losses.first()
		s.losses.drop(t)
		t.lost = nil
		s.tidy(t)
	}
	for s.cooldowns.due(s.now) {
		t := s.cooldowns.first()
		s.cooldowns.drop(t)
		s.tidy(t)
	}
}
