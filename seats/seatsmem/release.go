package seatsmem

import (
	"time"

	"usher/seats"
)

// release ends a stay for the reason given in the loss, whose other fields but At are filled in here; a zero At
// is now. The sessions stay as they are.
func (s *step) release(t *teammate, loss seats.Loss) {
	s.touch(t)
	loss.Teammate, loss.Number, loss.Fence = t.id, t.holder.Number, t.holder.Fence
	if loss.At.IsZero() {
		loss.At = moment(s.now)
	}
	delete(s.holders, loss.Number)
	s.numbers.free(loss.Number)
	s.graces.drop(&t.grace)
	t.seated, t.holder = false, seats.Holder{}
	t.lost = loss
	forget := s.now + seats.EndedMemory.Milliseconds()
	if !loss.CooldownUntil.IsZero() {
		forget = max(forget, loss.CooldownUntil.UnixMilli())
	}
	s.losses.put(&t.forget, forget)
	s.lost = append(s.lost, loss)
}

// cooling tells how long a teammate's cooldown still runs, 0 when none does.
func (l *license) cooling(t *teammate) time.Duration {
	if t == nil || !t.cooldown.set() {
		return 0
	}
	return time.Duration(t.cooldown.at-l.now) * time.Millisecond
}
