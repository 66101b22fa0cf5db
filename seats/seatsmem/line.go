package seatsmem

import (
	"cmp"
	"slices"

	"usher/seats"
)

// wait gives a teammate a place in line; those of the waiter that are not known to the caller are filled in here.
func (s *step) wait(t *teammate, w waiter) {
	s.touch(t)
	t.waiting, t.waiter = true, w
	s.stand(t)
	if t.cooldown.set() {
		until := t.cooldown.at
		s.cooldowns.drop(t)
		s.cooling.put(t, until)
		t.waiter.cooldownUntil = until
	}
	s.recount(t)
}

// waitAnew gives a teammate the last place of their class.
func (s *step) waitAnew(t *teammate, m seats.Member) {
	s.wait(t, waiter{name: m.Name, administrator: m.Administrator, turn: s.nextTurn(), since: s.at})
}

func (s *step) nextTurn() seats.Turn {
	s.turned++
	return seats.Turn(int64(s.generation)*seats.FencesPerGeneration + s.turned)
}

// unwait takes a teammate's place away. The sessions stay as they are.
func (s *step) unwait(t *teammate) {
	s.touch(t)
	s.placeGraces.drop(t)
	s.unstand(t)
	if t.cooldown.set() {
		until := t.cooldown.at
		s.cooling.drop(t)
		s.cooldowns.put(t, until)
	}
	t.waiting, t.waiter = false, waiter{}
}

// stand puts a waiter where their turn is among those of their class.
func (l *license) stand(t *teammate) {
	l.line[classOf(t.waiter.administrator)].put(t.waiter.turn, t.waiter.ready, t)
}

func (l *license) unstand(t *teammate) { l.line[classOf(t.waiter.administrator)].remove(t.waiter.turn) }

// place is a waiter's in the waitlist; 1 is next.
func (l *license) place(t *teammate) int {
	before := func(c class) int { return l.line[c].before(t.waiter.turn) }
	switch {
	case !l.config.AdministratorsFirst:
		return before(ordinary) + before(administrators) + 1
	case t.waiter.administrator:
		return before(administrators) + 1
	}
	return l.line[administrators].size + before(ordinary) + 1
}

// inLine returns all who wait, by turn.
func (l *license) inLine() []*teammate {
	all := slices.AppendSeq(slices.Collect(l.line[ordinary].all()), l.line[administrators].all())
	slices.SortFunc(all, func(a, b *teammate) int { return cmp.Compare(a.waiter.turn, b.waiter.turn) })
	return all
}

// firstWaiter is who of those who could take a seat is given one next, when one is open to them; or nil.
func (l *license) firstWaiter(o seats.Occupancy) *teammate {
	var first *teammate
	for c := range classes {
		if !o.Open(c == administrators) {
			continue
		}
		if t := l.line[c].first(); t != nil && (first == nil || l.before(t.waiter, first.waiter)) {
			first = t
		}
	}
	return first
}

func (l *license) before(a, b waiter) bool {
	if l.config.AdministratorsFirst && a.administrator != b.administrator {
		return a.administrator
	}
	return a.turn < b.turn
}
