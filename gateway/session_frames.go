package gateway

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"usher/gateway/wire"
	"usher/seats"
)

// frame takes one text frame from the client. A frame that can't be answered in kind costs its sender an error,
// never the connection, as long as it comes at a bearable rate.
func (s *session) frame(now time.Time, raw []byte) {
	s.passed(now) // a token may have ended before its timer fires: the wall clock jumps, timers do not
	if s.phase == ended {
		return
	}
	if ok, wait := s.flow.allow(s.settings.flow, now); !ok {
		s.flood(raw, wait)
		return
	}
	f, err := wire.DecodeClient(raw)
	switch {
	case err != nil:
		s.reject(f.ID, wire.CodeBadRequest, err.Error(), 0)
	case s.phase == greeting && f.Type != wire.TypeHello:
		s.fail(f.ID, wire.CodeBadRequest, "The first frame must be hello.", 0)
	case s.phase == greeting:
		s.hello(f)
	case f.Type == wire.TypeHello:
		s.reject(f.ID, wire.CodeBadRequest, "hello was answered already. Open another connection to log in anew.", 0)
	default:
		s.request(now, f)
	}
}

// binary takes a frame that is no text.
func (s *session) binary(now time.Time) {
	if s.phase == ended {
		return
	}
	if ok, wait := s.flow.allow(s.settings.flow, now); !ok {
		s.flood(nil, wait)
		return
	}
	s.fail("", wire.CodeBadRequest, "Frames must be text: JSON in UTF-8.", 0)
}

// tooLong takes that a frame was larger than the limit; far: so much that its end was not looked for.
func (s *session) tooLong(now time.Time, far bool) {
	switch ok, wait := s.flow.allow(s.settings.flow, now); {
	case s.phase == ended:
	case far:
		s.end(wire.CloseProtocolViolation)
	case !ok:
		s.flood(nil, wait)
	default:
		s.fail("", wire.CodeBadRequest, fmt.Sprintf("A frame may have %d bytes.", s.settings.FrameBytes), 0)
	}
}

// pinged takes a ping and tells whether to answer it.
func (s *session) pinged(now time.Time) bool {
	if s.phase == ended {
		return false
	}
	ok, _ := s.flow.allow(s.settings.flow, now)
	if !ok {
		if s.flow.regardless(s.settings.flow) {
			s.end(wire.CloseRateLimited)
		}
	}
	return ok
}

// flood answers a frame beyond the rate. A client that goes on regardless is closed.
func (s *session) flood(raw []byte, wait time.Duration) {
	if s.flow.regardless(s.settings.flow) {
		s.end(wire.CloseRateLimited)
		return
	}
	f, _ := wire.DecodeClient(raw)
	s.reject(f.ID, wire.CodeRateLimited, "Too many frames. Slow down.", wait)
}

func (s *session) hello(f wire.ClientFrame) {
	h, err := wire.Decode[wire.Hello](f)
	if err != nil {
		s.fail(f.ID, wire.CodeBadRequest, err.Error(), 0)
		return
	}
	if h.Token == "" {
		h.Token = s.entrance.header
	}
	s.phase, s.entrance.header, s.entrance.id = entering, "", f.ID
	s.do(enter{h})
}

// request takes a frame of a client that is logged in.
func (s *session) request(now time.Time, f wire.ClientFrame) {
	if f.ID == "" {
		s.fail("", wire.CodeBadRequest, "A frame needs an id, so that it can be answered.", 0)
		return
	}
	if slices.Contains(s.pending, f.ID) {
		s.reject(f.ID, wire.CodeBadRequest, fmt.Sprintf("Request %q is not answered yet; use another id.", f.ID), 0)
		return
	}
	if len(s.pending) >= s.settings.Pending {
		s.fail(f.ID, wire.CodeRateLimited, "Too many requests wait for their answers.", s.settings.RetryAfter)
		return
	}
	s.pending = append(s.pending, f.ID)
	switch f.Type {
	case wire.TypeSeatTake:
		s.seatRequest(f.ID, func() { s.take(f.ID, "", false) })
	case wire.TypeSeatWait:
		s.seatRequest(f.ID, func() { s.take(f.ID, "", true) })
	case wire.TypeSeatUnwait:
		s.seatRequest(f.ID, func() { s.unwait(f.ID) })
	case wire.TypeSeatLeave:
		s.seatRequest(f.ID, func() { s.leave(f.ID) })
	case wire.TypeSeatHandOver:
		s.handOverRequest(f)
	case wire.TypeSeatAsk:
		s.askRequest(now, f)
	case wire.TypeSeatAnswer:
		s.answerRequest(f)
	case wire.TypeSeatExplain:
		s.do(order{call{id: f.ID, command: seats.Explain{Member: s.profile.Member, Revision: s.revision()}}})
	case wire.TypeRoutingSet:
		s.routingRequest(f)
	case wire.TypeActivity:
		s.activityRequest(f)
	case wire.TypeStatusSet:
		s.statusRequest(now, f)
	case wire.TypeLogout:
		s.seatRequest(f.ID, func() { s.logout(f.ID) })
	case wire.TypeTokenRefresh:
		s.refresh(f)
	case wire.TypeSync:
		s.sync(f)
	default:
		s.fail(f.ID, wire.CodeUnknownType, fmt.Sprintf("There is no %q.", f.Type), 0)
	}
}

func (s *session) revision() seats.Revision { return s.profile.License.Config.Revision }

// decoded reads the data of a request; false: it was answered with what is wrong with it.
func decoded[T any](s *session, f wire.ClientFrame) (T, bool) {
	v, err := wire.Decode[T](f)
	if err != nil {
		s.fail(f.ID, wire.CodeBadRequest, err.Error(), 0)
	}
	return v, err == nil
}

func (s *session) refresh(f wire.ClientFrame) {
	if r, ok := decoded[wire.TokenRefresh](s, f); ok {
		s.do(verify{f.ID, r.Token})
	}
}

// refreshed takes what a new token proves. A bad one changes nothing: the old one goes on until its end.
func (s *session) refreshed(id string, c Claims, err error) {
	switch {
	case s.phase != serving:
	case errors.Is(err, ErrUnauthorized):
		s.fail(id, wire.CodeUnauthorized, "The token was refused. The session goes on with the one before.", 0)
	case err != nil:
		s.fail(id, wire.CodeUnavailable, "The token can't be checked now.", s.settings.RetryAfter)
	case c.License != s.claims.License || c.Teammate != s.claims.Teammate:
		s.fail(id, wire.CodeForbidden, "The token is somebody else's.", 0)
	default:
		s.claims, s.warned = c, false
		s.reply(id, wire.TypeOK, struct{}{})
	}
}

func (s *session) sync(f wire.ClientFrame) {
	r, ok := decoded[wire.Sync](s, f)
	if !ok {
		return
	}
	asks := func(feed string) bool { return len(r.Feeds) == 0 || slices.Contains(r.Feeds, feed) }
	s.do(show{id: f.ID, board: asks(wire.FeedBoard), roster: asks(wire.FeedRoster) && s.here.wanted})
}

// snapshot shows the board as a whole.
func (s *session) snapshot(p packet, at position) {
	s.do(send{p})
	s.shown = at
}

// board passes a frame of the board's feed on, unless the client was shown that much: whoever logs in is welcomed
// with a board that has what the next frame tells the others.
func (s *session) board(p func() packet, at position) {
	if s.phase == serving && !s.shown.reached(at) {
		s.do(send{p()})
		s.shown = at
	}
}
