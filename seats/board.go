package seats

import "time"

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
}

// InGrace tells whether the seat waits for its holder to come back.
func (h Holder) InGrace() bool { return !h.GraceUntil.IsZero() }

// Reason tells why a seat was lost.
type Reason string

const (
	LostFreed            Reason = "freed"
	LostLeft             Reason = "left"
	LostLoggedOut        Reason = "logged_out"
	LostExpired          Reason = "expired"
	LostNotOperator      Reason = "not_operator"
	LostLicenseSuspended Reason = "license_suspended"
	LostLicenseExpired   Reason = "license_expired"
)

// Loss is the end of a stay. An engine remembers the last one of each teammate for [EndedMemory] at least, so
// that one whose announcement was lost can still be told.
type Loss struct {
	Teammate      TeammateID
	Number        int
	Fence         Fence
	Reason        Reason
	Session       SessionID  // whose command it was, for LostLeft and LostLoggedOut
	By            TeammateID // who freed, for LostFreed
	Message       string     // what they said, for LostFreed
	At            time.Time
	CooldownUntil time.Time // zero: none
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
}

// Board is the whole state of a license that is shown.
type Board struct {
	Head
	Holders []Holder // by number
	Losses  []Loss   // the last one of each teammate, as far as remembered; by fence
}

// Change is one step of a board, from version From to Head.Version. Values are absolute, so that applying a
// change again, or one that overlaps what is known, does no harm.
type Change struct {
	Head
	From    uint64
	Holders []Holder     // changed or added; by number
	Gone    []TeammateID // seated no longer
	Losses  []Loss       // stays that ended; by fence
	Ended   []SessionID  // sessions that ended because another one resumed them
}
