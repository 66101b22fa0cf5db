package seats

import "time"

// Routing tells whether a holder gets new chats.
type Routing string

const (
	AcceptingChats    Routing = "accepting_chats" // with every grant
	NotAcceptingChats Routing = "not_accepting_chats"
)

// Via tells how a holder came by the seat.
type Via string

const (
	ViaTake     Via = "take"
	ViaWaitlist Via = "waitlist"
	ViaHandOver Via = "hand_over"
)

// Holder is one seat with who holds it.
type Holder struct {
	Teammate      TeammateID
	Name          string
	Administrator bool
	Number        int // 1, 2, 3 …
	Fence         Fence
	Since         time.Time
	GraceUntil    time.Time // zero while a live session is attached
	Sessions      int       // live attached sessions
	Overage       bool      // granted above the cap; for the whole stay
	Via           Via
	Routing       Routing
	IdleSince     time.Time // since when all live attached sessions are idle; zero: one is active, or none is there
	WarnedUntil   time.Time // when the seat is lost to idleness; zero: not warned
}

// InGrace tells whether the seat waits for its holder to come back.
func (h Holder) InGrace() bool { return !h.GraceUntil.IsZero() }

// Waiter is one place in the waitlist with who waits.
type Waiter struct {
	Teammate      TeammateID
	Name          string
	Administrator bool
	Turn          Turn
	Since         time.Time
	GraceUntil    time.Time // zero while a live session is attached
	CooldownUntil time.Time // passed over until then; zero: not in cooldown
}

// InGrace tells whether the place waits for its holder to come back.
func (w Waiter) InGrace() bool { return !w.GraceUntil.IsZero() }

// Ask is a request of a teammate without a seat: to a holder, to hand over, or to the administrators, for more seats.
type Ask struct {
	ID    AskID
	From  TeammateID
	Name  string     // of From
	Of    TeammateID // who is asked; "": the administrators
	Fence Fence      // of the seat that is asked for; 0 where the administrators are
	Note  string
	Until time.Time // when it is over, if not answered
}

// AskOutcome is what became of an ask.
type AskOutcome string

const (
	AskAccepted  AskOutcome = "accepted"
	AskDeclined  AskOutcome = "declined"
	AskExpired   AskOutcome = "expired"
	AskWithdrawn AskOutcome = "withdrawn" // who asked is gone or has a seat, or the holder lost theirs in another way
)

// AskEnd tells what became of an ask.
type AskEnd struct {
	ID      AskID
	From    TeammateID
	Of      TeammateID // "": the administrators
	Outcome AskOutcome
}

// Reason tells why a seat was lost.
type Reason string

const (
	LostFreed            Reason = "freed"
	LostHandedOver       Reason = "handed_over"
	LostLeft             Reason = "left"
	LostLoggedOut        Reason = "logged_out"
	LostIdle             Reason = "idle"
	LostShrunk           Reason = "shrunk"
	LostExpired          Reason = "expired"
	LostNotOperator      Reason = "not_operator"
	LostLicenseSuspended Reason = "license_suspended"
	LostLicenseExpired   Reason = "license_expired"
)

// Detaches tells whether the teammate's sessions are detached with a loss: they don't come back by themselves.
func (r Reason) Detaches() bool {
	switch r {
	case LostFreed, LostHandedOver, LostLeft, LostIdle, LostShrunk:
		return true
	}
	return false
}

// Loss is the end of a stay. An engine remembers the last one of each teammate for [EndedMemory] at least, so
// that one whose announcement was lost can still be told.
type Loss struct {
	Teammate      TeammateID
	Number        int
	Fence         Fence
	Reason        Reason
	Session       SessionID  // whose command it was, for LostLeft, LostLoggedOut and LostHandedOver
	By            TeammateID // the administrator who freed or handed over; else ""
	To            TeammateID // who has the seat now, for LostHandedOver
	Message       string     // what they said, for LostFreed
	At            time.Time
	CooldownUntil time.Time // zero: none

	// Of the stay; zero where the engine did not know it, as that of a claim that came too late.
	Since   time.Time
	Overage bool
	Via     Via
}

// Head is what every state of a board tells about itself.
type Head struct {
	Epoch    string   // another epoch: versions can't be compared, read the board anew
	Version  uint64   // grows by one with each step that changed the board
	Revision Revision // the configuration in force
	Status   Status
	Cap      int
	Total    int // or Unlimited
	Used     int // seats held, in grace or not
	Waiting  int // places in line

	Reserved            int       // for administrators, as configured
	AdministratorsFirst bool      // in the waitlist
	Draining            bool      // more seats are used than the total, since that was lowered or seats were recovered
	HaltUntil           time.Time // nothing expires or is granted until then; zero: not halted
	Window              bool      // the halt is a window, in which nodes claim what was held

	// For the self-audit: in this generation, stays that began (granted, claimed or kept) and that ended.
	StaysBegan, StaysEnded int64
}

// Before tells whether waiter a stands before b.
func (h Head) Before(a, b Waiter) bool {
	if h.AdministratorsFirst && a.Administrator != b.Administrator {
		return a.Administrator
	}
	return a.Turn < b.Turn
}

// Eligible tells whether a waiter could be given a seat that is open to them.
func (h Head) Eligible(w Waiter) bool { return h.Status == Active && w.CooldownUntil.IsZero() }

// Board is the whole state of a license that is shown.
type Board struct {
	Head
	Holders []Holder // by number
	Waiters []Waiter // by Turn; who stands first is for [Head.Before] to say
	Losses  []Loss   // the last one of each teammate, as far as remembered; by fence
	Asks    []Ask    // open ones; by id
}

// Change is one step of a board, from version From to Head.Version. Values are absolute, so that applying a
// change again, or one that overlaps what is known, does no harm.
type Change struct {
	Head
	From      uint64
	Holders   []Holder     // changed or added; by number
	Gone      []TeammateID // seated no longer
	Waiters   []Waiter     // changed or added; by Turn
	Unwaiting []TeammateID // waiting no longer
	Losses    []Loss       // stays that ended; by fence
	Ended     []SessionID  // sessions that ended because another one resumed them
	Asks      []Ask        // new ones; by id
	Asked     []AskEnd     // asks that ended; by id
}
