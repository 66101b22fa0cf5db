package gateway

import (
	"errors"
	"time"

	"usher/gateway/wire"
	"usher/seats"
)

// What a session does with a seat beside taking and leaving it: handing it over, asking a holder or the administrators
// for one, answering, routing, and telling whether anybody is active.

// A session may ask this often. The engine bounds what a teammate may ask besides.
var askRate = rate{perSecond: 0.1, burst: 5}

const (
	noSeat          = "You hold no seat."
	tooManySessions = "This teammate is connected from as many devices as the license allows."
)

func (s *session) handOverRequest(f wire.ClientFrame) {
	h, ok := decoded[wire.HandOver](s, f)
	if !ok {
		return
	}
	to := seats.TeammateID(h.To)
	switch {
	case seats.ValidID(to) != nil:
		s.fail(f.ID, wire.CodeNotFound, "There is no such teammate.", 0)
	case to == s.teammate():
		s.fail(f.ID, wire.CodeBadRequest, "The seat is yours already.", 0)
	default:
		s.seatRequest(f.ID, func() { s.handOver(f.ID, to) })
	}
}

// handOver gives the seat to a colleague, once it is known who they are.
func (s *session) handOver(id string, to seats.TeammateID) {
	if s.seat.fence() == 0 {
		s.fail(id, wire.CodeNotSeated, noSeat, 0)
		return
	}
	s.seatBusy = true
	s.do(introduce{id, to})
}

// introduced takes who a colleague is. r has the board as it is.
func (s *session) introduced(id string, p Profile, err error, r result) {
	if s.phase != serving {
		return
	}
	switch {
	case err == nil:
		s.orderSeat(call{id: id, command: seats.HandOver{
			Teammate: s.teammate(), Fence: s.seat.fence(), Session: s.id, To: p.Member, Revision: p.License.Config.Revision,
		}})
		return
	case errors.Is(err, seats.ErrNoTeammate), errors.Is(err, seats.ErrNoLicense):
		s.fail(id, wire.CodeNotFound, "There is no such teammate.", 0)
	default:
		s.fail(id, wire.CodeUnavailable, "It can't be found out now who that is. Try again.", s.settings.RetryAfter)
	}
	s.seatCallOver(r)
}

// seatCallOver ends a seat call that did not get as far as to the engine.
func (s *session) seatCallOver(r result) {
	s.seatBusy = false
	s.nextSeatCall()
	s.catchUp(r)
}

func (s *session) handedOver(c call, r result) {
	switch reply := r.reply.(type) {
	case seats.HandedOver:
		s.asked = false
		s.seat = heldSeat{at: r.at}
		s.answerSeat(c.id, wire.Seat{State: wire.SeatNone})
	case seats.NotHanded:
		code := string(reply.Code)
		if reply.Code == seats.HandOverUnavailable {
			reply.RetryAfter = max(reply.RetryAfter, s.settings.RetryAfter)
		}
		s.fail(c.id, code, handOverMessages[reply.Code], reply.RetryAfter)
	case seats.NotSeated, seats.StaleFence:
		s.fail(c.id, wire.CodeNotSeated, noSeat, 0)
	default:
		s.failed(c.id, r.err)
	}
}

func (s *session) askRequest(now time.Time, f wire.ClientFrame) {
	a, ok := decoded[wire.Ask](s, f)
	if !ok {
		return
	}
	of := seats.TeammateID(a.Of)
	switch {
	case of != "" && seats.ValidID(of) != nil:
		s.fail(f.ID, wire.CodeNotFound, "There is no such teammate.", 0)
		return
	case of == s.teammate():
		s.fail(f.ID, wire.CodeBadRequest, "There is nobody to ask but yourself.", 0)
		return
	}
	if ok, wait := s.asking.allow(askRate, now); !ok {
		s.fail(f.ID, wire.CodeRateLimited, "You ask too often.", wait)
		return
	}
	s.do(order{call{id: f.ID, command: seats.MakeAsk{
		ID: seats.AskID("ask_" + s.settings.NewID()), Teammate: s.teammate(), Name: s.profile.Member.Name, Session: s.id,
		Of: of, Note: a.Note,
	}}})
}

func (s *session) askMade(id string, r result) {
	switch reply := r.reply.(type) {
	case seats.Asked:
		s.reply(id, wire.TypeOK, wire.AskMade{
			Ask: string(reply.Ask.ID), Delivered: reply.Delivered, ExpiresMS: wire.MS(reply.Ask.Until.Sub(r.now)),
		})
	case seats.NotAsked:
		s.fail(id, string(reply.Code), askMessages[reply.Code], reply.RetryAfter)
	case seats.NotSeated:
		s.fail(id, wire.CodeNotSeated, "Who is asked holds no seat.", 0)
	default:
		s.failed(id, r.err)
	}
}

func (s *session) answerRequest(f wire.ClientFrame) {
	a, ok := decoded[wire.Answer](s, f)
	if !ok {
		return
	}
	s.seatRequest(f.ID, func() {
		s.seatBusy = true
		s.do(findAsk{f.ID, seats.AskID(a.Ask), *a.Accept})
	})
}

// isAsked tells whether an ask is this session's to answer: as the holder of the seat, or as an administrator.
func (s *session) isAsked(a seats.Ask) bool {
	if a.Of == "" {
		return s.profile.Member.Administrator && a.From != s.teammate()
	}
	return a.Of == s.teammate() && a.Fence == s.seat.fence()
}

// askFound takes the open ask that is answered, nil when there is none. r has the board as it is.
func (s *session) askFound(id string, a *seats.Ask, accept bool, r result) {
	switch {
	case s.phase != serving:
	case a == nil || !s.isAsked(*a):
		s.fail(id, wire.CodeNotFound, "There is no such open request to you.", 0)
		s.seatCallOver(r)
	case accept && a.Of != "":
		s.do(introduce{id, a.From})
	default:
		s.orderSeat(call{id: id, command: seats.AnswerAsk{ID: a.ID, Of: a.Of, Accept: accept}})
	}
}

func (s *session) askAnswered(c call, r result) {
	if _, ok := r.reply.(seats.Done); ok {
		s.answerSeat(c.id, s.current(r.view, r.board.Holders))
		return
	}
	s.failed(c.id, r.err)
}

func (s *session) routingRequest(f wire.ClientFrame) {
	route, ok := decoded[wire.Routing](s, f)
	if !ok {
		return
	}
	s.seatRequest(f.ID, func() {
		if s.seat.fence() == 0 {
			s.fail(f.ID, wire.CodeNotSeated, noSeat, 0)
			return
		}
		s.orderSeat(call{id: f.ID, command: seats.SetRouting{
			Teammate: s.teammate(), Session: s.id, Seq: s.next(), Fence: s.seat.fence(), Routing: seats.Routing(route.Routing),
		}})
	})
}

func (s *session) routed(c call, r result) {
	switch r.reply.(type) {
	case seats.Done:
		s.reply(c.id, wire.TypeOK, wire.Empty{})
	case seats.NotSeated, seats.StaleFence:
		s.fail(c.id, wire.CodeNotSeated, noSeat, 0)
	default:
		s.failed(c.id, r.err)
	}
}

// activityRequest tells the engine of an edge. What it knows already, or need not know of a session that never asked
// for a seat, is only noted; so is what is told again once a seat came back.
func (s *session) activityRequest(f wire.ClientFrame) {
	a, ok := decoded[wire.Activity](s, f)
	if !ok {
		return
	}
	if s.recovering || !s.known {
		s.idle = *a.Idle
		s.tellIdle()
		s.reply(f.ID, wire.TypeOK, wire.Empty{})
		return
	}
	s.seatCall(func() {
		if s.idle == *a.Idle {
			s.reply(f.ID, wire.TypeOK, wire.Empty{})
			return
		}
		s.idle = *a.Idle
		s.tellIdle()
		s.orderIdle(f.ID, s.idle)
	})
}

func (s *session) orderIdle(id string, idle bool) {
	s.orderSeat(call{id: id, command: seats.SetIdle{Teammate: s.teammate(), Session: s.id, Seq: s.next(), Idle: idle}})
}

func (s *session) idled(c seats.SetIdle, call call, r result) {
	_, ok := r.reply.(seats.Done)
	switch {
	case !ok && call.id != "":
		s.idle = !c.Idle // the client is told that it has to say so again
		s.tellIdle()
		s.failed(call.id, r.err)
	case ok && call.id != "":
		s.reply(call.id, wire.TypeOK, wire.Empty{})
	case ok && s.idle != c.Idle: // the client said so meanwhile
		s.tellIdleAgain()
	}
}

// tellIdleAgain tells the engine once more, before all else, what the client said last.
func (s *session) tellIdleAgain() {
	s.seatQueue = append([]func(){func() {
		s.recovering = true // nobody waits for it
		s.orderIdle("", s.idle)
	}}, s.seatQueue...)
}
