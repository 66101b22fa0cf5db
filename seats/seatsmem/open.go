package seatsmem

import "usher/seats"

// opens begins a generation when that is what the commands start with and it is a newer one.
func (s *step) opens(commands []seats.Command) bool {
	if len(commands) == 0 {
		return false
	}
	c, ok := commands[0].(seats.Open)
	if !ok || c.Generation <= s.generation {
		return false
	}
	s.state = newState()
	s.generation = c.Generation
	s.epoch = c.Generation.Epoch()
	s.from, s.changed = 0, true
	for _, cooldown := range c.Cooldowns {
		if until := cooldown.Until.UnixMilli(); until > s.now {
			s.cooldowns.put(&s.teammate(cooldown.Teammate).cooldown, until)
		}
	}
	return true
}
