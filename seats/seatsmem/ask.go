package seatsmem

import (
	"slices"

	"usher/seats"
)

// ask is one that was made less than its life ago; it may be over.
type ask struct {
	seats.Ask
	from, of *teammate // of: nil for the administrators
	over     bool
	alarm    alarm
}

func (s *step) ask(c seats.MakeAsk) seats.Reply {
	session, of := s.sessions[c.Session], s.teammates[c.Of]
	switch {
	case session == &ended:
		return seats.Ended{}
	case session == nil || session.owner.id != c.Teammate || !session.live():
		return seats.NotAsked{Code: seats.AskerUnknown}
	}
	from := session.owner
	if a := s.asks[c.ID]; a != nil && a.from == from {
		return seats.Asked{Ask: a.Ask, Delivered: a.delivered()}
	}
	switch {
	case from.seated:
		return seats.NotAsked{Code: seats.AskerSeated}
	case c.Of != "" && (of == nil || !of.seated):
		return seats.NotSeated{}
	case s.asks[c.ID] != nil:
		return seats.NotAsked{Code: seats.AlreadyAsked}
	}
	var (
		made  int
		first int64
	)
	for _, a := range from.asks {
		switch {
		case a.from != from:
		case a.of == of:
			return seats.NotAsked{Code: seats.AlreadyAsked, RetryAfter: s.left(a.alarm.at)}
		default:
			made++
			if first == 0 || a.alarm.at < first {
				first = a.alarm.at
			}
		}
	}
	if made >= seats.MaxAsks {
		return seats.NotAsked{Code: seats.TooManyAsks, RetryAfter: s.left(first)}
	}
	a := s.makeAsk(c, from, of)
	return seats.Asked{Ask: a.Ask, Delivered: a.delivered()}
}

func (s *step) makeAsk(c seats.MakeAsk, from, of *teammate) *ask {
	until := s.now + seats.AskLife.Milliseconds()
	a := &ask{
		Ask:  seats.Ask{ID: c.ID, From: from.id, Name: c.Name, Of: c.Of, Note: c.Note, Until: moment(until)},
		from: from, of: of,
	}
	if of != nil {
		a.Fence = of.holder.fence
	}
	s.asks[c.ID] = a
	for _, t := range a.parties() {
		t.asks = append(t.asks, a)
	}
	s.askEnds.put(a, until)
	s.asked = append(s.asked, a.Ask)
	return a
}

// parties are those whose coming and going may end an ask.
func (a *ask) parties() []*teammate {
	if a.of == nil {
		return []*teammate{a.from}
	}
	return []*teammate{a.from, a.of}
}

// delivered counts the sessions of the holder who is asked.
func (a *ask) delivered() int {
	if a.of == nil {
		return 0
	}
	return a.of.live()
}

func (s *step) answerAsk(c seats.AnswerAsk) seats.Reply {
	if a := s.asks[c.ID]; a != nil && a.Of == c.Of {
		outcome := seats.AskDeclined
		if c.Accept {
			outcome = seats.AskAccepted
		}
		s.endAsk(a, outcome)
	}
	return seats.Done{}
}

// endAsk ends an ask that is open. It is remembered until its time is over, so that nobody asks again and again.
func (s *step) endAsk(a *ask, outcome seats.AskOutcome) {
	if a.over {
		return
	}
	a.over = true
	s.askEnd = append(s.askEnd, seats.AskEnd{ID: a.ID, From: a.From, Of: a.Of, Outcome: outcome})
}

// askOver ends an ask whose time is over, and forgets it.
func (s *step) askOver(a *ask) {
	s.endAsk(a, seats.AskExpired)
	s.askEnds.drop(a)
	delete(s.asks, a.ID)
	for _, t := range a.parties() {
		t.asks = slices.DeleteFunc(t.asks, func(other *ask) bool { return other == a })
		s.tidy(t)
	}
}

// reviewAsks withdraws asks that came to nothing, of those whom the step touched.
func (s *step) reviewAsks() {
	if len(s.asks) == 0 {
		return
	}
	for _, was := range s.before {
		for _, a := range was.asks {
			if a.from.seated || a.from.live() == 0 || a.of != nil && (!a.of.seated || a.of.holder.fence != a.Fence) {
				s.endAsk(a, seats.AskWithdrawn)
			}
		}
	}
}

// openAsk is the open ask of one teammate to another, or nil.
func openAsk(from, of *teammate) *ask {
	if from == nil {
		return nil
	}
	for _, a := range from.asks {
		if a.from == from && a.of == of && !a.over && a.Fence == of.holder.fence {
			return a
		}
	}
	return nil
}
