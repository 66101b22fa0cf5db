package gateway

import (
	"context"
	"time"

	"usher/seats"
)

// Ledger keeps for good what happened on licenses: stays, waits and refusals. Several nodes tell of the same, at any time and in any
// order, and it is there once.
type Ledger interface {
	// Record writes all or nothing of what happened. A stay is one by its license and fence, a wait by its license and turn, a refusal
	// by its license, session and number; a notice may be told again. What is there already gets an end if it has none or one that is [EndUnknown], the
	// larger number of sessions, and nothing else. What was [Stay.Found] continues the one of the same teammate that began at the same
	// moment under a lower fence or turn, and has no end.
	Record(ctx context.Context, h Happenings) error

	// Unended returns the stays and waits of a license that have no end there.
	Unended(ctx context.Context, license seats.LicenseID) (Happenings, error)
}

// Happenings are things that happened, on one license or several.
type Happenings struct {
	Stays    []Stay
	Waits    []Wait
	Refusals []Refusal
	Notices  []Notice
}

// EndUnknown is the reason of a stay, and the outcome of a wait, of whose end no node learned. It is dated when it was found out.
const EndUnknown = "unknown"

// Stay is one occupation of a seat.
type Stay struct {
	License  seats.LicenseID
	Fence    seats.Fence
	Teammate seats.TeammateID
	Name     string // "": not known, as of a stay of which a node learned by its end
	Number   int
	Since    time.Time
	Via      seats.Via
	Overage  bool
	Waited   time.Duration // in line before; 0: not at all
	Sessions int           // the most that were attached at once, as far as this node saw
	Found    bool          // on a board or claimed, rather than seen to begin

	Until   time.Time    // zero: it goes on, as far as known, and what follows is empty
	Reason  seats.Reason // or [EndUnknown]
	By, To  seats.TeammateID
	Message string
}

// Wait is one occupation of a place in line.
type Wait struct {
	License  seats.LicenseID
	Turn     seats.Turn
	Teammate seats.TeammateID
	Name     string
	Since    time.Time
	Found    bool

	Until   time.Time // zero: it goes on, as far as known
	Outcome WaitOutcome
}

// WaitOutcome is what became of a wait.
type WaitOutcome string

const (
	WaitSeated  WaitOutcome = "seated"
	WaitGivenUp WaitOutcome = "gave_up" // left, logged out, lost the connection for too long, or lost the right to a seat
)

// Refusal is one take that brought neither a seat nor a place.
type Refusal struct {
	License  seats.LicenseID
	Session  seats.SessionID
	Seq      uint64
	Teammate seats.TeammateID
	Name     string
	At       time.Time
	Code     seats.RefusalCode
}

// Notice is something that administrators are to be told.
type Notice struct {
	License  seats.LicenseID
	Kind     NoticeKind
	Teammate seats.TeammateID // whom it is about; ""
	Name     string
	At       time.Time
	Detail   string
}

// NoticeKind is what a notice tells of.
type NoticeKind string

const (
	NoticeAskedInVain NoticeKind = "asked_in_vain"   // the teammate asked the administrators for a seat, and none of them was there
	NoticeViolation   NoticeKind = "audit_violation" // the board breaks its own rules, as Detail says
)

func (h *Happenings) len() int { return len(h.Stays) + len(h.Waits) + len(h.Refusals) + len(h.Notices) }
