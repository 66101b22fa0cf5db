package seatsmem

import (
	"cmp"
	"slices"

	"usher/seats"
)

// byTurn compares for searching in a line.
func byTurn(t *teammate, turn seats.Turn) int { return cmp.Compare(t.waiter.Turn, turn) }

// wait gives a teammate a place in line; those of the waiter that are not known to the caller are filled in here.
func (s *step) wait(t *teammate, w seats.Waiter) {
	s.touch(t)
	w.Teammate = t.id
	t.waiting, t.waiter = true, w
	s.stand(t)
	if t.cooldown.set() {
		until := t.cooldown.at
		s.cooldowns.drop(&t.cooldown)
		s.cooling.put(&t.cooldown, until)
		t.waiter.CooldownUntil = moment(until)
	}
	s.recount(t)
}

// waitAnew gives a teammate the last place of their class.
func (s *step) waitAnew(t *teammate, m seats.Member) {
	s.wait(t, seats.Waiter{Name: m.Name, Administrator: m.Administrator, Turn: s.nextTurn(), Since: moment(s.at)})
}

func (s *step) nextTurn() seats.Turn {
	s.turned++
	return seats.Turn(int64(s.generation)*seats.FencesPerGeneration + s.turned)
}

// unwait takes a teammate's place away. The sessions stay as they are.
func (s *step) unwait(t *teammate) {
	s.touch(t)
	s.placeGraces.drop(&t.grace)
	s.ready[classOf(t.waiter.Administrator)].drop(&t.ready)
	s.unstand(t)
	if t.cooldown.set() {
		until := t.cooldown.at
		s.cooling.drop(&t.cooldown)
		s.cooldowns.put(&t.cooldown, until)
	}
	t.waiting, t.waiter = false, seats.Waiter{}
}

// stand puts a waiter where their turn is among those of their class.
func (l *license) stand(t *teammate) {
	line := &l.line[classOf(t.waiter.Administrator)]
	at, _ := slices.BinarySearchFunc(*line, t.waiter.Turn, byTurn)
	*line = slices.Insert(*line, at, t)
}

func (l *license) unstand(t *teammate) {
	line := &l.line[classOf(t.waiter.Administrator)]
	at, _ := slices.BinarySearchFunc(*line, t.waiter.Turn, byTurn)
	*line = slices.Delete(*line, at, at+1)
}

// place is a waiter's in the waitlist; 1 is next.
func (l *license) place(t *teammate) int {
	before := func(c class) int {
		n, _ := slices.BinarySearchFunc(l.line[c], t.waiter.Turn, byTurn)
		return n
	}
	switch {
	case !l.config.AdministratorsFirst:
		return before(ordinary) + before(administrators) + 1
	case t.waiter.Administrator:
		return before(administrators) + 1
	}
	return len(l.line[administrators]) + before(ordinary) + 1
}

// inLine returns all who wait, by turn.
func (l *license) inLine() []*teammate {
	all := slices.Concat(l.line[:]...)
	slices.SortFunc(all, func(a, b *teammate) int { return cmp.Compare(a.waiter.Turn, b.waiter.Turn) })
	return all
}

// firstWaiter is who of those who could take a seat is given one next, when one is open to them; or nil.
func (l *license) firstWaiter(o seats.Occupancy) *teammate {
	var first *teammate
	for c := range classes {
		head := l.ready[c].first()
		if head == nil || !o.Open(c == administrators) {
			continue
		}
		t := l.teammates[seats.TeammateID(head.id)]
		if first == nil || l.before(t.waiter, first.waiter) {
			first = t
		}
	}
	return first
}

func (l *license) before(a, b seats.Waiter) bool {
	return seats.Head{AdministratorsFirst: l.config.AdministratorsFirst}.Before(a, b)
}
