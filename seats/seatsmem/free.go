package seatsmem

import "usher/seats"

func (s *step) free(c seats.Free) seats.Reply {
	t := s.teammates[c.Teammate]
	switch {
	case t != nil && t.seated && t.holder.fence == c.Fence:
		freed := seats.Freed{Number: t.holder.number, Fence: t.holder.fence}
		s.release(t, s.freeing(t, c))
		return freed
	case t != nil && t.forget.set() && t.lost.Fence == c.Fence && t.lost.Reason == seats.LostFreed:
		return seats.Freed{Number: t.lost.Number, Fence: t.lost.Fence}
	case t != nil && t.seated && (t.holder.fence > c.Fence || !s.claimable(int64(c.Fence))):
		return seats.StaleFence{Held: t.holder.fence}
	case s.claimable(int64(c.Fence)):
		t = s.teammate(c.Teammate)
		if t.bar == nil || t.bar.loss.Reason != seats.LostFreed || t.bar.loss.Fence < c.Fence {
			s.barFence(c.Teammate, c.Fence, s.freeing(t, c))
		}
		return seats.Freed{Fence: c.Fence}
	}
	return seats.NotSeated{}
}

// freeing is the loss by a free, whose cooldown it begins.
func (s *step) freeing(t *teammate, c seats.Free) seats.Loss {
	loss := seats.Loss{Reason: seats.LostFreed, By: c.By, Message: c.Message}
	if cooldown := c.Cooldown.Milliseconds(); cooldown > 0 {
		s.cool(t, s.now+cooldown, c.Fence)
		loss.CooldownUntil = moment(s.now + cooldown)
	}
	return loss
}

// lift ends a cooldown.
func (s *step) lift(c seats.Lift) seats.Reply {
	if t := s.teammates[c.Teammate]; t != nil && t.cooldown.set() && t.coolFence <= c.Fence {
		s.endCooldown(t)
	}
	return seats.Done{}
}
