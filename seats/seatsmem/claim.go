package seatsmem

import "usher/seats"

// claimable tells whether a fence or a turn is one that a node may still claim.
func (l *license) claimable(number int64) bool {
	return l.window && number > 0 && number <= int64(l.generation)*seats.FencesPerGeneration
}

func (s *step) claim(c seats.Claim) seats.Reply {
	if !s.window || c.Generation != s.generation {
		return seats.Unclaimed{}
	}
	session, refused := s.claims(c)
	if refused != nil {
		return refused
	}
	t := s.teammate(c.Member.Teammate)
	defer s.tidy(t)
	// A fence or a turn of this generation may be somebody else's yet.
	if number := max(int64(c.Holder.Fence), int64(c.Waiter.Turn)); !s.claimable(number) && !t.has(c) {
		return seats.Unclaimed{}
	}
	if loss, barred := s.barredBy(t, c); barred {
		return seats.Lost{Loss: loss}
	}
	s.touch(t)
	if c.Waiter.Turn > 0 {
		s.claimPlace(t, c)
	} else if !s.claimSeat(t, c) {
		return seats.Lost{Loss: seats.Loss{
			Teammate: t.id, Number: c.Holder.Number, Fence: c.Holder.Fence, Reason: seats.LostExpired, At: moment(s.at),
		}}
	}
	if c.Session != "" {
		s.join(t, session, c.Session, c.Seq)
		s.endGrace(t)
	}
	s.recount(t)
	if t.seated {
		return seats.Granted{Holder: t.held()}
	}
	return seats.Waiting{Waiter: t.waited(), Place: s.place(t)}
}

// claims finds the session that a claim attaches, if any, or tells why it may not.
func (s *step) claims(c seats.Claim) (*session, seats.Reply) {
	if c.Session != "" {
		return s.mine(c.Member.Teammate, c.Session, c.Revision)
	}
	if s.config.Revision != c.Revision {
		return nil, seats.StaleRevision{Engine: s.config.Revision}
	}
	return nil, nil
}

// barredBy tells that what is claimed was given back or taken away, or may not be any more.
func (s *step) barredBy(t *teammate, c seats.Claim) (seats.Loss, bool) {
	fence := c.Holder.Fence
	loss := seats.Loss{Teammate: t.id}
	if fence > 0 {
		loss.Number, loss.Fence, loss.At = c.Holder.Number, fence, moment(s.at)
	}
	switch {
	case s.config.Status == seats.Suspended && fence > 0:
		loss.Reason = seats.LostLicenseSuspended
	case s.config.Status != seats.Active && fence > 0:
		loss.Reason = seats.LostLicenseExpired
	case !c.Member.Operator:
		loss.Reason = seats.LostNotOperator
	case t.has(c):
		return seats.Loss{}, false // the claim adds a session at most
	case c.Session == "" && t.bar != nil && t.bar.departed:
		loss.Reason = seats.LostLoggedOut
	case fence == 0 && (t.bar != nil && t.bar.turn >= c.Waiter.Turn || !s.config.Waitlist):
		loss.Reason = seats.LostLeft
	case fence > 0 && t.bar != nil && t.bar.loss.Fence >= fence:
		return t.bar.loss, true
	case fence > 0 && t.forget.set() && t.lost.Fence >= fence:
		return *t.lost, true
	default:
		return seats.Loss{}, false
	}
	return loss, true
}

// has tells whether the teammate has what is claimed already, or more.
func (t *teammate) has(c seats.Claim) bool {
	if c.Holder.Fence > 0 {
		return t.seated && t.holder.fence >= c.Holder.Fence
	}
	return t.seated || t.waiting && t.waiter.turn <= c.Waiter.Turn
}

// claimSeat has the teammate hold what is claimed, unless a higher fence stands. It tells whether they hold a seat.
func (s *step) claimSeat(t *teammate, c seats.Claim) bool {
	h := c.Holder
	if t.has(c) {
		return true
	}
	if other := s.numbers.holder(h.Number); other != nil && other != t {
		if other.holder.fence >= h.Fence {
			return t.seated
		}
		s.release(other, seats.Loss{Reason: seats.LostExpired})
	}
	if t.seated {
		s.release(t, seats.Loss{Reason: seats.LostExpired})
	}
	if t.waiting {
		s.unwait(t)
	}
	s.occupy(t, holder{
		name: c.Member.Name, administrator: c.Member.Administrator, number: h.Number, fence: h.Fence, since: h.Since.UnixMilli(),
		overage: h.Overage, via: h.Via, routing: h.Routing,
	})
	s.absent(t, s.claimedGrace(h.GraceUntil.UnixMilli(), c))
	return true
}

// claimPlace has the teammate wait, unless they hold a seat; of two places the earlier one stands.
func (s *step) claimPlace(t *teammate, c seats.Claim) {
	w := c.Waiter
	switch {
	case t.has(c):
		return
	case t.waiting:
		s.unwait(t)
	}
	s.wait(t, waiter{name: c.Member.Name, administrator: c.Member.Administrator, turn: w.Turn, since: w.Since.UnixMilli()})
	s.absent(t, s.claimedGrace(w.GraceUntil.UnixMilli(), c))
}

// claimedGrace is when what is claimed in grace is lost: as the node saw it, but no later than a grace that began
// now. What is claimed with a session is in grace only until that is attached, in the same step.
func (s *step) claimedGrace(until int64, c seats.Claim) int64 {
	most := s.now + s.config.Grace.Milliseconds()
	if c.Session != "" {
		return most
	}
	return min(until, most)
}

// bar returns a teammate's bar, to be written to.
func (s *step) bar(t seats.TeammateID) *bar {
	b := s.teammate(t)
	if b.bar == nil {
		b.bar = &bar{}
		s.barred = append(s.barred, b)
	}
	return b.bar
}

// barFence keeps claims of a fence and of lower ones out. A lower one that was claimed was over before it.
func (s *step) barFence(id seats.TeammateID, fence seats.Fence, loss seats.Loss) {
	if b := s.bar(id); fence > b.loss.Fence {
		barring := loss
		barring.Teammate, barring.Fence, barring.At = id, fence, moment(s.at)
		b.loss = barring
	}
	if t := s.teammates[id]; t.seated && t.holder.fence < fence {
		s.release(t, loss)
	}
}

// barTurn keeps claims of a turn and of lower ones out. A lower one that was claimed was over before it.
func (s *step) barTurn(id seats.TeammateID, turn seats.Turn) {
	b := s.bar(id)
	b.turn = max(b.turn, turn)
	if t := s.teammates[id]; t.waiting && t.waiter.turn < turn {
		s.standDown(t)
	}
}
