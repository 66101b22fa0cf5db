package seatsmem

import "usher/seats"

func (s *step) handOver(c seats.HandOver) seats.Reply {
	if c.Session != "" && s.sessions[c.Session] == &ended {
		return seats.Ended{}
	}
	giver := s.teammates[c.Teammate]
	if giver == nil || !giver.seated || giver.holder.fence != c.Fence {
		return s.handedBefore(giver, c)
	}
	if s.config.Revision != c.Revision {
		return seats.StaleRevision{Engine: s.config.Revision}
	}
	to := s.teammates[c.To.Teammate]
	if refused := s.mayHandOver(giver, to, c.To); refused.Code != "" {
		return refused
	}
	number, accepted := giver.holder.number, openAsk(to, giver)
	s.release(giver, seats.Loss{Reason: seats.LostHandedOver, Session: c.Session, By: c.By, To: to.id})
	if to.waiting {
		s.unwait(to)
	}
	s.occupy(to, holder{
		name: c.To.Name, administrator: c.To.Administrator, number: number, fence: s.nextFence(), since: s.at,
		overage: s.used() >= s.config.Cap, via: seats.ViaHandOver, routing: seats.AcceptingChats,
	})
	if accepted != nil {
		s.endAsk(accepted, seats.AskAccepted)
	}
	return seats.HandedOver{Number: number, Fence: c.Fence}
}

// handedBefore answers for a seat that the giver does not hold now.
func (s *step) handedBefore(giver *teammate, c seats.HandOver) seats.Reply {
	switch {
	case s.claimable(int64(c.Fence)):
		return seats.NotHanded{Code: seats.HandOverUnavailable, RetryAfter: s.left(s.halt)}
	case giver == nil:
		return seats.NotSeated{}
	case giver.forget.set() && giver.lost.Fence == c.Fence && giver.lost.Reason == seats.LostHandedOver &&
		giver.lost.To == c.To.Teammate:
		return seats.HandedOver{Number: giver.lost.Number, Fence: c.Fence}
	case giver.seated:
		return seats.StaleFence{Held: giver.holder.fence}
	}
	return seats.NotSeated{}
}

// mayHandOver tells why a seat may not be handed over, or nothing.
func (s *step) mayHandOver(giver, to *teammate, m seats.Member) seats.NotHanded {
	switch {
	case s.halted():
		return seats.NotHanded{Code: seats.HandOverUnavailable, RetryAfter: s.left(s.halt)}
	case s.config.HandOver == "" || s.config.HandOver == seats.HandOverOff:
		return seats.NotHanded{Code: seats.HandOverIsOff}
	case s.config.HandOver == seats.HandOverAsked && openAsk(to, giver) == nil:
		return seats.NotHanded{Code: seats.NotAskedFor}
	case s.warned == giver:
		return seats.NotHanded{Code: seats.GiverWarned}
	case !m.Operator:
		return seats.NotHanded{Code: seats.ToNotOperator}
	case to == nil:
		return seats.NotHanded{Code: seats.ToNotPresent}
	case to.seated:
		return seats.NotHanded{Code: seats.ToSeated}
	case s.coolingFor(to) > 0:
		return seats.NotHanded{Code: seats.ToInCooldown, RetryAfter: s.coolingFor(to)}
	case to.live() == 0:
		return seats.NotHanded{Code: seats.ToNotPresent}
	}
	return seats.NotHanded{}
}
