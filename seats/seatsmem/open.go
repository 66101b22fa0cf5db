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
		t := s.teammate(h.Teammate)
		s.occupy(t, holder{
			name: h.Name, administrator: h.Administrator, number: h.Number, fence: s.nextFence(), since: h.Since.UnixMilli(),
			overage: h.Overage, via: h.Via, routing: h.Routing,
		})
		s.absent(t, until)
	}
	for _, w := range k.Waiters {
		t := s.teammate(w.Teammate)
		s.wait(t, waiter{name: w.Name, administrator: w.Administrator, turn: s.nextTurn(), since: w.Since.UnixMilli()})
		s.absent(t, until)
	}
}
