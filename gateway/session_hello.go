package gateway

import (
	"errors"

	"usher/gateway/wire"
	"usher/seats"
)

// admitted takes who the client turned out to be, once its conn has joined the floor. resumes is the session
// that this one continues, or "".
func (s *session) admitted(c Claims, p Profile, h wire.Hello, resumes seats.SessionID) {
	if s.phase != entering {
		return
	}
	s.claims, s.profile, s.resumes = c, p, resumes
	if h.Seat != wire.AskNone {
		s.take(s.helloID, resumes)
		return
	}
	if resumes != "" { // it may hold a seat, for which grace runs from now
		s.do(order{call{"", seats.Drop{Teammate: s.teammate(), Session: resumes}}})
	}
	s.do(order{call{s.helloID, nil}})
}

// refusedEntry takes why the client can't come in.
func (s *session) refusedEntry(err error) {
	if s.phase != entering {
		return
	}
	switch {
	case errors.Is(err, ErrUnauthorized):
		s.fail(s.helloID, wire.CodeUnauthorized, "The token was refused. Log in anew.", 0)
		s.end(wire.CloseUnauthorized)
	case errors.Is(err, seats.ErrNoLicense), errors.Is(err, seats.ErrNoTeammate):
		s.fail(s.helloID, wire.CodeNotFound, "The token names nobody on this license.", 0)
		s.end(wire.CloseTeammateRemoved)
	default:
		s.fail(s.helloID, wire.CodeUnavailable, "Logging in is not possible now. Try again.", s.settings.RetryAfter)
		s.end(wire.CloseTryAgainLater)
	}
}

// welcome answers hello, with the seat as the engine answered the take, and the board as it was then.
func (s *session) welcome(c call, r result) {
	s.phase, s.shown = serving, r.view.at
	seat, resumed := wire.Seat{State: wire.SeatNone}, false
	if c.command != nil {
		s.seatBusy, s.recovering = false, false
	}
	switch reply := r.reply.(type) {
	case seats.Granted:
		s.holds(reply.Holder, r.at)
		seat = wireHeld(reply.Holder)
		resumed = s.resumes != "" && (reply.Resumed || !reply.New)
	case seats.Refused:
		s.seat, s.unsure = heldSeat{at: r.at}, false
		seat = refusal(reply, r.board.Holders)
		resumed = s.resumes != "" && reply.Resumed
	default:
		if c.command != nil {
			s.unsure = true
			seat = unavailable(s.settings.RetryAfter, r.board.Holders)
		}
		if c.command != nil && s.resumes != "" { // whether the take ended it is not known; this does
			s.do(order{call{"", seats.Drop{Teammate: s.teammate(), Session: s.resumes}}})
		}
	}
	s.reply(s.helloID, wire.TypeWelcome, wire.Welcome{
		Session: string(s.id),
		Resume: s.settings.SealResume(Resume{
			License: s.claims.License, Teammate: s.claims.Teammate, Session: s.id,
		}),
		Resumed:  resumed,
		Node:     string(s.settings.Node),
		License:  wireLicense(s.profile.License),
		Teammate: wireTeammate(s.profile.Member),
		Access:   accessOf(s.profile.Member, s.seat.fence != 0),
		Seat:     seat,
		Board:    r.board,
		Feeds:    wire.Feeds{Board: &wire.Position{Epoch: r.view.at.epoch, Version: r.view.at.version}},
		Limits: wire.Limits{
			FrameBytes: s.settings.FrameBytes, Pending: s.settings.Pending, PingMS: wire.MS(s.settings.PingInterval),
		},
	})
	if s.resumes != "" {
		s.do(supersede{s.resumes})
	}
	s.nextSeatCall()
	s.catchUp(r)
}

// resumedElsewhere says that another connection continues this session.
func (s *session) resumedElsewhere() {
	if s.phase == ended {
		return
	}
	s.end(wire.CloseResumedElsewhere)
}

// removed says that the teammate, or the whole license, is no more.
func (s *session) removed() {
	if s.phase == ended {
		return
	}
	s.end(wire.CloseTeammateRemoved)
}
