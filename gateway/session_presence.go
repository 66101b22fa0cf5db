package gateway

import (
	"errors"
	"fmt"
	"time"

	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"
)

// The session's side of being here: its arrival and end, what its teammate chose, and the roster that it is shown.

// here is what a session is to the roster.
type here struct {
	device    string
	since     time.Time // of its connection, as the engine dated it; zero: not yet
	seq       uint64
	told      bool // the engine may know the session
	resumed   bool // it continues another one that was here
	idle      bool // as the engine was told last, or is being told
	left      bool // logged out: it departs, where others are dropped
	expelled  bool
	continued bool // another connection continues it, and ends it for the seats too, most likely

	wanted   bool     // the client wants the roster
	shown    position // of it, as the client was last shown it
	choosing limiter  // of statuses
	choices  []choose // under way: the first; and those that wait for it, so that they are committed in their order
}

// A session may choose a status this often.
var choiceRate = rate{perSecond: 1, burst: 10}

type (
	// arrive lets the session come in; answered with arrived.
	arrive struct{}
	// tellPresence has the engine told something.
	tellPresence struct{ command presence.Command }
	// choose commits what the teammate chose; answered with chosen or notChosen.
	choose struct {
		id       string
		teammate presence.TeammateID
		intent   presence.Intent
		until    time.Time // zero: for good
	}
)

func (arrive) effect()       {}
func (tellPresence) effect() {}
func (choose) effect()       {}

func (s *session) presenceID() presence.SessionID    { return presence.SessionID(s.id) }
func (s *session) presenceMate() presence.TeammateID { return presence.TeammateID(s.teammate()) }

// arrival is the command that lets the session come in; nil: it is not to.
func (s *session) arrival() *presence.Arrive {
	if s.phase != entering && s.phase != serving {
		return nil
	}
	s.here.told, s.here.idle = true, s.idle
	s.here.seq++
	return &presence.Arrive{
		Teammate: s.presenceMate(), Session: s.presenceID(), Seq: s.here.seq, Device: s.here.device, Idle: s.idle,
		Resumes: presence.SessionID(s.resumes), Choice: s.profile.Choice, Since: s.here.since,
	}
}

// wantsIn tells whether the session should be in the roster, whose entry of its teammate does not have it as live.
func (s *session) wantsIn(e presence.Entry) bool {
	if s.phase != serving && (s.phase != entering || !s.here.told) { // the first arrival comes with hello
		return false
	}
	for _, d := range e.Devices {
		if d.Session == s.presenceID() {
			return e.InGrace()
		}
	}
	return true
}

// arrived takes how the engine let the session come in; nil: that is not known, and is tried again when it answers. Who is here
// is told to colleagues as soon as can be; what the session came for does not wait for it.
func (s *session) arrived(reply presence.Reply) {
	if s.phase != entering {
		return
	}
	switch r := reply.(type) {
	case presence.TooManySessions:
		s.fail(s.entrance.id, wire.CodeTooManyConnections, tooManySessions, 0)
		s.end(wire.CloseTooManyConnections)
		return
	case presence.NoTeammate:
		s.refusedEntry(seats.ErrNoTeammate)
		return
	case presence.Ended:
		s.fail(s.entrance.id, wire.CodeUnavailable, "Logging in is not possible now. Try again.", s.settings.RetryAfter)
		s.endedElsewhere(r.Ending)
		return
	case presence.Present:
		s.here.resumed = r.Resumed
		s.isHere(r.Entry)
	}
	s.enterSeat()
}

// arrivedAgain takes how the engine let a session come in that it did not know any more.
func (s *session) arrivedAgain(reply presence.Reply) {
	if s.phase != serving && s.phase != entering {
		return
	}
	switch r := reply.(type) {
	case presence.TooManySessions:
		s.end(wire.CloseTooManyConnections)
	case presence.NoTeammate:
		s.removed()
	case presence.Ended:
		s.endedElsewhere(r.Ending)
	case presence.Present:
		s.isHere(r.Entry)
	}
}

// isHere notes since when the roster has the session, and tells it what the client said meanwhile.
func (s *session) isHere(e presence.Entry) {
	for _, d := range e.Devices {
		if d.Session == s.presenceID() {
			s.here.since = d.Since
		}
	}
	s.tellIdle()
}

// tellIdle tells the roster whether somebody works at the device, where it was told otherwise.
func (s *session) tellIdle() {
	if !s.here.told || s.here.idle == s.idle {
		return
	}
	s.here.idle = s.idle
	s.here.seq++
	s.do(tellPresence{presence.SetIdle{
		Teammate: s.presenceMate(), Session: s.presenceID(), Seq: s.here.seq, Idle: s.idle,
	}})
}

// endedElsewhere takes that the session was ended without its client.
func (s *session) endedElsewhere(e presence.Ending) {
	if s.phase == ended {
		return
	}
	switch e.Cause {
	case presence.CauseResumed:
		s.resumedElsewhere()
	case presence.CauseExpelled:
		s.loggedOutRemotely(seats.TeammateID(e.By))
	case presence.CauseRemoved:
		s.removed()
	case presence.CauseDeparted:
		s.end(wire.CloseLoggedOut)
	default: // taken for lost
		s.end(wire.CloseConnectionTimeout)
	}
}

// loggedOutRemotely takes that an administrator logged the session out.
func (s *session) loggedOutRemotely(by seats.TeammateID) {
	if s.phase == serving && s.seat.fence() != 0 {
		lost := wire.SeatLost{Number: s.seat.holder.Number, Fence: int64(s.seat.fence()), Reason: wire.LostLoggedOutRemotely}
		if by != "" {
			lost.By = new(string(by))
		}
		s.push(wire.TypeSeatLost, lost)
	}
	s.here.expelled = true
	s.end(wire.CloseLoggedOutRemotely)
}

// gone is how the roster is told that the session is over; nil: it need not be.
func (s *session) gone() presence.Command {
	switch {
	case !s.here.told:
		return nil
	case s.here.left || s.here.expelled:
		return presence.Depart{Teammate: s.presenceMate(), Session: s.presenceID()}
	}
	return presence.Drop{Teammate: s.presenceMate(), Session: s.presenceID()}
}

func (s *session) statusRequest(now time.Time, f wire.ClientFrame) {
	r, ok := decoded[wire.SetStatus](s, f)
	if !ok {
		return
	}
	if ok, wait := s.here.choosing.allow(choiceRate, now); !ok {
		s.fail(f.ID, wire.CodeRateLimited, "You change your status too often.", wait)
		return
	}
	c := choose{id: f.ID, teammate: s.presenceMate(), intent: presence.Intent{Status: presence.Status(r.Status), Note: r.Note}}
	if r.Until != nil {
		c.until = *r.Until
	}
	if s.here.choices = append(s.here.choices, c); len(s.here.choices) == 1 {
		s.do(c)
	}
}

// chooseNext goes on with the choice that waits for the one that was under way, though the client may be gone by now.
func (s *session) chooseNext() {
	if s.here.choices = s.here.choices[1:]; len(s.here.choices) > 0 {
		s.do(s.here.choices[0])
	}
}

// chosen takes what became of a choice that is committed.
func (s *session) chosen(id string, c presence.Choice, reply presence.Reply) {
	if c.Number > s.profile.Choice.Number {
		p := *s.profile
		p.Choice = c
		s.profile = &p
	}
	defer s.chooseNext()
	if s.phase != serving {
		return
	}
	switch r := reply.(type) {
	case presence.Chosen:
		shown := wireOwn(r.Entry)
		if s.profile.Member.Administrator {
			shown = wireEntry(r.Entry)
		}
		s.reply(id, wire.TypeOK, wire.StatusReply{Entry: shown})
	case presence.NoTeammate:
		s.fail(id, wire.CodeNotFound, "You are not on this license any more.", 0)
	default:
		s.fail(id, wire.CodeUnavailable, "Your status is kept; colleagues can't be shown it now.", s.settings.RetryAfter)
	}
}

// notChosen takes that a choice could not be committed, or it is not known.
func (s *session) notChosen(id string, err error) {
	defer s.chooseNext()
	switch {
	case s.phase != serving:
	case errors.Is(err, presence.ErrInvalid):
		s.fail(id, wire.CodeBadRequest, fmt.Sprintf("until must be ahead, and by no more than %d days.", maxUntilDays), 0)
	case errors.Is(err, presence.ErrNoTeammate), errors.Is(err, presence.ErrNoLicense):
		s.fail(id, wire.CodeNotFound, "You are not on this license any more.", 0)
	default:
		s.fail(id, wire.CodeUnavailable, "Your status can't be kept now. Whether it was is not known; try again.", s.settings.RetryAfter)
	}
}

// maxUntilDays is how far ahead a timed status may end.
const maxUntilDays = 366

func (s *session) wantsRoster() bool { return s.phase == serving && s.here.wanted }

// rosterChanged passes a frame of the roster's feed on, unless the client was shown that much, and tells whether it did.
func (s *session) rosterChanged(p func() packet, at position) bool {
	if !s.wantsRoster() || s.here.shown.reached(at) {
		return false
	}
	s.do(send{p()})
	s.here.shown = at
	return true
}

// rosterSnapshot shows the whole roster.
func (s *session) rosterSnapshot(r shownRoster) {
	s.do(sendAll{r.snapshots()})
	s.here.shown = r.at
}
