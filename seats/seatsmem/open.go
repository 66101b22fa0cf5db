package seatsmem

import "usher/seats"

// opens tells whether the commands begin a generation that is newer than the last.
func opens(commands []seats.Command, last seats.Generation) bool {
	if len(commands) == 0 {
		return false
	}
	c, ok := commands[0].(seats.Open)
	return ok && c.Generation > last
}

func (s *step) open(c seats.Open) seats.Reply {
	if s.opened() {
		return seats.Done{}
	}
	s.state = newState()
	s.generation = c.Generation
	s.epoch = c.Generation.Epoch()
	s.from, s.changed = 0, true
	if window := c.Window.Milliseconds(); window > 0 {
		s.halt, s.window = s.now+window, true
	}
	for _, cooldown := range c.Cooldowns {
		until := cooldown.Until.UnixMilli()
		if until <= s.now {
			continue
		}
		s.cool(s.teammate(cooldown.Teammate), until, cooldown.Fence)
		if s.claimable(int64(cooldown.Fence)) { // also when the cooldown is over
			s.barFence(cooldown.Teammate, cooldown.Fence, seats.Loss{Reason: seats.LostFreed, CooldownUntil: moment(until)})
		}
	}
	s.keepFrom(c.Kept)
	return seats.Done{}
}

// keepFrom has those in grace who held a seat or a place when the engine's last process ended.
func (s *step) keepFrom(k seats.Kept) {
	until := s.now + k.Grace.Milliseconds()
	for _, h := range k.Holders {
		s.numbers.claim(h.Number)
		t := s.teammate(h.Teammate)
		s.occupy(t, seats.Holder{
			Name: h.Name, Administrator: h.Administrator, Number: h.Number, Fence: s.nextFence(), Since: cut(h.Since),
			Overage: h.Overage, Via: h.Via, Routing: h.Routing,
		})
		s.absent(t, until)
	}
	for _, w := range k.Waiters {
		t := s.teammate(w.Teammate)
		s.wait(t, seats.Waiter{Name: w.Name, Administrator: w.Administrator, Turn: s.nextTurn(), Since: cut(w.Since)})
		s.absent(t, until)
	}
}
