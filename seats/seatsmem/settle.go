package seatsmem

import (
	"cmp"
	"slices"

	"usher/seats"
)

// settle brings about what follows at once from what just happened: see the package comment of seats.
func (s *step) settle() {
	if !s.halted() {
		if s.draining && !s.overfull() {
			s.draining, s.changed = false, true
		}
		for s.config.Status == seats.Active {
			t := s.firstWaiter(s.occupancy())
			if t == nil {
				break
			}
			m := seats.Member{Teammate: t.id, Name: t.waiter.name, Administrator: t.waiter.administrator}
			s.unwait(t)
			s.grant(t, m, seats.ViaWaitlist)
		}
		s.reclaim()
	}
	s.reviewAsks()
}

// shrink deals with more seats in use than the total, by the license's policy.
func (s *step) shrink() {
	if !s.overfull() {
		return
	}
	if s.config.OnShrink == seats.ShrinkEvictNewest && !s.halted() {
		newest := s.numbers.all()
		slices.SortFunc(newest, func(a, b *teammate) int { return cmp.Compare(b.holder.fence, a.holder.fence) })
		for _, t := range newest[:s.used()-s.config.Total()] {
			s.release(t, seats.Loss{Reason: seats.LostShrunk})
		}
		return
	}
	if !s.draining {
		s.draining, s.changed = true, true
	}
}

// reclaim warns the longest idle holder, where that helps somebody who waits, and withdraws a warning that does
// not any more.
func (s *step) reclaim() {
	if t := s.warned; t != nil && !s.reclaimable(t) {
		s.touch(t)
		t.holder.warnedUntil = 0
		s.warned = nil
	}
	if s.warned != nil {
		return
	}
	if t := s.longestIdle(); t != nil && s.idleFor(t) <= s.at {
		s.touch(t)
		t.holder.warnedUntil = s.at + s.config.IdleWarning.Milliseconds()
		s.warned = t
	}
}

// idleFor is the moment at which an idle holder is idle for long enough.
func (l *license) idleFor(t *teammate) int64 { return t.idle.at + l.config.IdleAfter.Milliseconds() }

func (s *step) reclaimable(t *teammate) bool {
	return s.config.IdleAfter > 0 && t.idle.set() && s.idleFor(t) <= s.at && s.helps(t.holder.administrator)
}

// helps tells whether a seat would be open to somebody who waits, if a holder of that class gave theirs back.
func (l *license) helps(administrator bool) bool {
	return l.config.Status == seats.Active && l.firstWaiter(l.occupancy().Without(administrator)) != nil
}

// longestIdle is who of the idle holders whose seat would help is so for the longest time; or nil.
func (l *license) longestIdle() *teammate {
	if l.config.IdleAfter == 0 {
		return nil
	}
	var first ring[*teammate]
	for c := range classes {
		if l.idling[c].len() == 0 || !l.helps(c == administrators) {
			continue
		}
		if head := l.idling[c].heap[0]; first.owner == nil || head.before(first) {
			first = head
		}
	}
	return first.owner
}
