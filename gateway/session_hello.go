package gateway

import (
	"errors"

	"usher/gateway/wire"
	"usher/seats"
)

// admitted takes who the client turned out to be, once its conn has joined the floor. resumes is the session
// that this one continues, or "".
func (s *session) admitted(c Claims, p *Profile, h wire.Hello, resumes seats.SessionID) {
	if s.phase != entering {
		return
	}
	s.claims, s.profile, s.resumes = c, p, resumes
	s.tickets = h.Ticket && s.settings.Tickets != nil
	s.entrance.seat = h.Seat
	s.here.device, s.here.wanted = h.Device, h.Roster != wire.RosterNone
	s.do(arrive{})
}

// enterSeat asks for the seat that the client came for, once it is here.
func (s *session) enterSeat() {
	if s.entrance.seat != wire.AskNone {
		s.take(s.entrance.id, s.resumes, s.entrance.seat == wire.AskWait)
		return
	}
	if s.resumes != "" { // it may hold a seat, for which grace runs from now
		s.do(order{call{command: seats.Drop{Teammate: s.teammate(), Session: s.resumes}}})
	}
	s.do(order{call{id: s.entrance.id}})
}

// refusedEntry takes why the client can't come in.
func (s *session) refusedEntry(err error) {
	if s.phase != entering {
		return
	}
	switch {
	case errors.Is(err, ErrUnauthorized):
		s.fail(s.entrance.id, wire.CodeUnauthorized, "The token was refused. Log in anew.", 0)
		s.end(wire.CloseUnauthorized)
	case errors.Is(err, seats.ErrNoLicense), errors.Is(err, seats.ErrNoTeammate):
		s.fail(s.entrance.id, wire.CodeNotFound, "The token names nobody on this license.", 0)
		s.end(wire.CloseTeammateRemoved)
	default:
		s.fail(s.entrance.id, wire.CodeUnavailable, "Logging in is not possible now. Try again.", s.settings.RetryAfter)
		s.end(wire.CloseTryAgainLater)
	}
}

// welcome answers hello, with the seat as the engine answered the take, and the board as it was then.
func (s *session) welcome(c call, r result) {
	if _, many := r.reply.(seats.TooManySessions); many {
		s.asked = false
		s.fail(s.entrance.id, wire.CodeTooManyConnections, tooManySessions, 0)
		s.end(wire.CloseTooManyConnections)
		return
	}
	s.phase, s.shown, s.fenced = serving, r.view.at, r.suspended
	if c.command != nil {
		s.seatBusy, s.recovering = false, false
	}
	seat, resumed := s.firstSeat(c, r)
	resumed = resumed || s.here.resumed
	feeds := wire.Feeds{Board: r.view.at.wire()}
	var shown shownRoster
	if s.here.wanted {
		shown = r.roster(s.profile.Member)
		feeds.Roster, s.here.shown = shown.at.wire(), shown.at
	}
	s.reply(s.entrance.id, wire.TypeWelcome, wire.Welcome{
		Session: string(s.id),
		Resume: s.settings.SealResume(Resume{
			License: s.claims.License, Teammate: s.claims.Teammate, Session: s.id,
		}),
		Resumed:  resumed,
		Node:     string(s.settings.Node),
		License:  wireLicense(*s.profile.License),
		Teammate: wireTeammate(s.profile.Member),
		Access:   accessOf(s.profile.Member, s.mayAct()),
		Seat:     seat,
		Board:    r.board,
		Roster:   shown.whole,
		Feeds:    feeds,
		Limits: wire.Limits{
			FrameBytes: s.settings.FrameBytes, Pending: s.settings.Pending, PingMS: wire.MS(s.settings.PingInterval),
		},
	})
	s.entrance = nil
	if s.here.wanted && shown.whole == nil {
		s.rosterSnapshot(shown)
	}
	if s.resumes != "" {
		s.do(supersede{s.resumes})
	}
	s.nextSeatCall()
	s.catchUp(r)
}

// firstSeat is the seat as the welcome tells it, and whether an earlier session is continued.
func (s *session) firstSeat(c call, r result) (seat wire.Seat, resumed bool) {
	switch reply := r.reply.(type) {
	case seats.Granted:
		s.holds(reply.Holder, r.at)
		return s.showSeat(r.view), s.resumes != "" && (reply.Resumed || !reply.New)
	case seats.Waiting:
		s.stands(reply.Waiter, r.at)
		return s.showPlace(reply, r), s.resumes != "" && (reply.Resumed || reply.Waiter.Since.Before(r.now))
	case seats.Refused:
		s.seat, s.unsure = heldSeat{at: r.at}, false
		return s.refusal(reply, r.board.Holders), s.resumes != "" && reply.Resumed
	}
	if c.command == nil {
		return wire.Seat{State: wire.SeatNone}, false
	}
	s.unsure = true
	if s.resumes != "" { // whether the take ended it is not known; this does
		s.do(order{call{command: seats.Drop{Teammate: s.teammate(), Session: s.resumes}}})
	}
	return unavailable(s.settings.RetryAfter, r.board.Holders), false
}

// resumedElsewhere says that another connection continues this session.
func (s *session) resumedElsewhere() {
	if s.phase == ended {
		return
	}
	s.here.continued = true
	s.end(wire.CloseResumedElsewhere)
}

// removed says that the teammate, or the whole license, is no more.
func (s *session) removed() {
	if s.phase == ended {
		return
	}
	s.end(wire.CloseTeammateRemoved)
}
