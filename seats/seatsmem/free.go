package seatsmem

import "usher/seats"

func (s *step) free(c seats.Free) seats.Reply {
	t := s.teammates[c.Teammate]
	switch {
	case t == nil:
		return seats.NotSeated{}
	case t.seated && t.holder.Fence == c.Fence:
		return s.freeNow(t, c)
	case t.forget.set() && t.lost.Fence == c.Fence && t.lost.Reason == seats.LostFreed:
		return seats.Freed{Number: t.lost.Number, Fence: t.lost.Fence}
	case t.seated:
		return seats.StaleFence{Held: t.holder.Fence}
	}
	return seats.NotSeated{}
}

func (s *step) freeNow(t *teammate, c seats.Free) seats.Reply {
	loss := seats.Loss{Reason: seats.LostFreed, By: c.By, Message: c.Message}
	if cooldown := c.Cooldown.Milliseconds(); cooldown > 0 {
		s.cooldowns.put(&t.cooldown, s.now+cooldown)
		loss.CooldownUntil = moment(s.now + cooldown)
	}
	freed := seats.Freed{Number: t.holder.Number, Fence: t.holder.Fence}
	s.release(t, loss)
	t.detachAll()
	return freed
}
