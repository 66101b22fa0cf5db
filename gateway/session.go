package gateway

import (
	"slices"
	"time"

	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"
)

// phase is where a session is in its life; see the package comment.
type phase int

const (
	greeting phase = iota
	entering
	serving
	ended
)

// session is the state machine of one connection. Its methods are its events; what is to be done about them is
// left in effects. It is not safe for concurrent use: its conn holds a lock around it.
type session struct {
	id       seats.SessionID
	settings *settings
	phase    phase
	effects  []effect

	entrance *entrance // nil once the session was welcomed
	claims   Claims
	profile  *Profile // nil: not known yet
	node     seats.NodeID
	warned   bool      // token.expiring was sent
	leaving  time.Time // when a draining server closes the connection; zero: it does not

	flow    limiter
	pending []string // the ids of requests not answered yet; few

	// The seat. asked is true from asking for a seat or a place until it was given back: the engine has the session
	// attached. known is true once the engine may know the session; unsure is true while a take of unknown outcome may
	// have landed. One seat call is under way at a time: what the next one names (the fence, the turn) follows from the
	// answer to the one before. Until it is answered, the board's views wait.
	asked, known bool
	unsure       bool
	unwanted     bool // was given back while unsure: should the take have landed, the seat goes back too
	yielding     bool // a place was given up, or was a seat by then: the board is to tell which
	recovering   bool // the call under way is the server's own, for a seat or a place that the engine forgot
	stranded     bool // the call under way is over, and what is to be claimed next is still to be told
	loggingOut   bool // a logout was sent; should it have landed, the session is over
	seq          uint64
	seat         heldSeat
	resumes      seats.SessionID
	seatBusy     bool
	seatQueue    []func()
	waitingView  *waitingView // the newest view that came meanwhile

	fenced  bool    // the node can't vouch for seats now
	tickets bool    // the client wants them
	idle    bool    // nobody works at the device, as the client said last
	asking  limiter // of asks

	shown position // of the board, as the client was last shown it
	here  here
	asks  map[seats.AskID]struct{} // the open ones that the client was told of
}

// entrance is what is needed until a session is welcomed.
type entrance struct {
	header string // the token of the Authorization header, or ""
	opened time.Time
	id     string // of hello
	seat   string // that the client asked for
}

// heldSeat is the seat or the place in line that the client was last told of; the zero value is neither.
type heldSeat struct {
	holder *seats.Holder // nil: no seat
	waiter *seats.Waiter // nil: no place
	at     position      // of the board, when this was learnt

	// What the client was told of it.
	suspended     bool
	warned        time.Time // the end of the warning; zero: not warned
	place, length int       // in the waitlist, and of it
}

func (h heldSeat) none() bool { return h.holder == nil && h.waiter == nil }

// fence is the seat's; 0: there is none.
func (h heldSeat) fence() seats.Fence {
	if h.holder == nil {
		return 0
	}
	return h.holder.Fence
}

// turn is the place's; 0: there is none.
func (h heldSeat) turn() seats.Turn {
	if h.waiter == nil {
		return 0
	}
	return h.waiter.Turn
}

// waitingView is a view of the board that waits for the answer to a call.
type waitingView struct {
	seatView
	now time.Time
}

// effect is something that a session wants done by its conn: one of the types below.
type effect interface{ effect() }

type (
	// send puts a frame into the outbox.
	send struct{ packet packet }
	// shut closes the connection after what was sent.
	shut struct{ code wire.CloseCode }
	// enter authenticates and joins the floor; answered with entered or refusedEntry.
	enter struct{ hello wire.Hello }
	// verify checks a new token; answered with refreshed.
	verify struct{ id, token string }
	// order sends a command to the engine; answered with replied.
	order struct{ call call }
	// sendAll puts frames into the outbox that are one, as it were: a roster in parts.
	sendAll struct{ packets []packet }
	// supersede closes the connection of the session that this one continues, where it is still here.
	supersede struct{ session seats.SessionID }
	// show answers a request, where it has an id, and sends snapshots after it.
	show struct {
		id            string
		board, roster bool
	}
	// introduce finds out who a colleague is; answered with introduced.
	introduce struct {
		id string
		to seats.TeammateID
	}
	// findAsk looks for an open ask; answered with askFound.
	findAsk struct {
		id     string
		ask    seats.AskID
		accept bool
	}
)

func (send) effect()      {}
func (sendAll) effect()   {}
func (shut) effect()      {}
func (enter) effect()     {}
func (verify) effect()    {}
func (order) effect()     {}
func (supersede) effect() {}
func (show) effect()      {}
func (introduce) effect() {}
func (findAsk) effect()   {}

// call is a request of the session to the engine.
type call struct {
	id      string        // of the client's frame; "" when the server itself asks
	command seats.Command // nil: only the board is asked for
	quits   bool          // an Unwait, after which the seat goes too, should the place have become one
}

func newSession(id seats.SessionID, s *settings, header string, now time.Time) *session {
	return &session{
		id: id, settings: s, node: s.Node, entrance: &entrance{header: header, opened: now},
	}
}

// teammate is whom the session is of; "": not known yet.
func (s *session) teammate() seats.TeammateID {
	if s.profile == nil {
		return ""
	}
	return s.profile.Member.Teammate
}

func (s *session) do(e effect)             { s.effects = append(s.effects, e) }
func (s *session) push(typ string, v any)  { s.do(send{textPacket(wire.Push(typ, v))}) }
func (s *session) end(code wire.CloseCode) { s.phase = ended; s.do(shut{code}) }

// reply answers a request.
func (s *session) reply(id, typ string, v any) {
	s.answered(id)
	s.do(send{textPacket(wire.Reply(id, typ, v))})
}

// answered takes a request off those that wait.
func (s *session) answered(id string) {
	if i := slices.Index(s.pending, id); i >= 0 {
		if s.pending = slices.Delete(s.pending, i, i+1); len(s.pending) == 0 {
			s.pending = nil
		}
	}
}

// fail answers a request with an error. Which codes are worth trying again follows from the code.
func (s *session) fail(id, code, message string, retryAfter time.Duration) {
	retryable := code == wire.CodeUnavailable || code == wire.CodeRateLimited || code == wire.CodeInternal
	s.reply(id, wire.TypeError, wire.Error{
		Code: code, Message: message, Retryable: retryable, RetryAfterMS: optionalMS(retryAfter),
	})
}

// reject answers a frame that did not become a request. Where a request with its id still waits, it is answered
// without one: under that id the client expects the other answer.
func (s *session) reject(id, code, message string, retryAfter time.Duration) {
	if slices.Contains(s.pending, id) {
		id = ""
	}
	s.fail(id, code, message, retryAfter)
}

// takeEffects hands over what is to be done, in order.
func (s *session) takeEffects() []effect {
	e := s.effects
	s.effects = nil
	return e
}

// deadline is when passed must be called next; zero: never.
func (s *session) deadline() time.Time {
	var at time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	switch s.phase {
	case greeting:
		sooner(s.entrance.opened.Add(s.settings.HelloTimeout))
	case entering, serving:
		sooner(s.leaving)
		sooner(s.claims.Expires)
		if s.phase == serving && !s.warned && !s.claims.Expires.IsZero() {
			sooner(s.claims.Expires.Add(-s.settings.TokenWarning))
		}
	case ended:
		return time.Time{}
	}
	return at
}

// passed tells the session what time it is.
func (s *session) passed(now time.Time) {
	switch {
	case s.phase == ended:
	case s.phase == greeting:
		if !now.Before(s.entrance.opened.Add(s.settings.HelloTimeout)) {
			s.end(wire.CloseHelloTimeout)
		}
	case !s.leaving.IsZero() && !now.Before(s.leaving):
		s.end(wire.CloseDraining)
	case !s.claims.Expires.IsZero() && !now.Before(s.claims.Expires):
		s.end(wire.CloseTokenExpired)
	case s.phase == serving && !s.warned && !now.Before(s.claims.Expires.Add(-s.settings.TokenWarning)):
		s.warned = true
		s.push(wire.TypeTokenExpiring, wire.TokenExpiring{InMS: wire.MS(s.claims.Expires.Sub(now))})
	}
}

// drain asks the app to go to another node, and closes the connection when it is still here after delay.
func (s *session) drain(now time.Time, delay time.Duration) {
	switch s.phase {
	case ended:
		return
	case serving:
		s.push(wire.TypeDraining, wire.Draining{ReconnectAfterMS: wire.MS(delay)})
		s.leaving = now.Add(delay)
	default: // nothing to lose yet
		s.end(wire.CloseDraining)
	}
}

// closed says that the socket is gone. It returns the commands that tell the engines, or nil.
func (s *session) closed() (seats.Command, presence.Command) {
	s.phase = ended
	gone := s.gone()
	s.here.told = false
	if !s.known {
		return nil, gone
	}
	s.known = false
	if s.here.expelled {
		return seats.Logout{Teammate: s.teammate(), Session: s.id}, gone
	}
	return seats.Drop{Teammate: s.teammate(), Session: s.id}, gone
}

// newsCame takes the license as it is now and, where the teammate changed, the teammate; nil: removed.
func (s *session) newsCame(license *License, changed bool, m *seats.Member) {
	switch {
	case s.phase != entering && s.phase != serving:
	case !changed:
		s.profileChanged(&Profile{License: license, Member: s.profile.Member, Choice: s.profile.Choice})
	case m == nil:
		s.removed()
	default:
		s.profileChanged(&Profile{License: license, Member: *m, Choice: s.profile.Choice})
	}
}

// profileChanged takes the teammate's switches and name, and the license, as they are now.
func (s *session) profileChanged(p *Profile) {
	if p.License.Config.Revision < s.revision() {
		return
	}
	before := s.profile
	s.profile = p
	if s.phase == entering { // welcome will tell
		return
	}
	if was, is := wireLicense(*before.License), wireLicense(*p.License); !sameLicense(was, is) {
		s.push(wire.TypeLicenseChanged, wire.LicenseChanged{License: is})
	}
	s.accessMayHaveChanged(before.Member, s.mayAct())
	if p.Member.Administrator != before.Member.Administrator && s.here.wanted { // who sees more, or less, of the roster
		s.do(show{roster: true})
	}
}

// isOperator takes whether the teammate is one before the directory has told.
func (s *session) isOperator(is bool) {
	if s.profile.Member.Operator != is {
		p := *s.profile
		p.Member.Operator = is
		s.profile = &p
	}
}

// mayAct tells whether there is a seat to act on.
func (s *session) mayAct() bool { return s.seat.fence() != 0 && !s.seat.suspended }

// accessMayHaveChanged pushes access when it is another than it was with that member and seat.
func (s *session) accessMayHaveChanged(was seats.Member, acted bool) {
	if is := accessOf(s.profile.Member, s.mayAct()); is != accessOf(was, acted) {
		s.push(wire.TypeAccessChanged, wire.AccessChanged{Access: is})
	}
}

func sameLicense(a, b wire.License) bool {
	at, bt := a.Total, b.Total
	a.Total, b.Total = nil, nil
	return a == b && (at == nil) == (bt == nil) && (at == nil || *at == *bt)
}
