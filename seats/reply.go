package seats

import "time"

// Reply is what a command was answered with: one of the types in this file. The nil Reply is no answer, and
// no admission.
type Reply interface{ reply() }

// Granted answers a [Take]: the teammate holds a seat, and the session is attached to it.
type Granted struct {
	Holder  Holder
	New     bool // granted by this very step; false: it was held before
	Resumed bool // Take.Resumes was known and not ended until now
}

// Waiting answers a [Take]: no seat is held, but a place in the waitlist, and the session is attached to it.
type Waiting struct {
	Waiter  Waiter
	Place   int // 1: next; those who are passed over count
	Resumed bool
}

// Refused answers a [Take]: no seat is held, and the take did not bring a place either.
type Refused struct {
	Code       RefusalCode
	RetryAfter time.Duration // for InCooldown and Recovering: until that ends; else 0
	Resumed    bool
}

// RefusalCode tells why an operator may not work now.
type RefusalCode string

const (
	LicenseSuspended RefusalCode = "license_suspended"
	LicenseExpired   RefusalCode = "license_expired"
	NotOperator      RefusalCode = "not_operator"
	InCooldown       RefusalCode = "cooldown"
	SeatsFull        RefusalCode = "seats_full"
	Recovering       RefusalCode = "unavailable" // nothing is granted now: who held what is being found out
)

// TooManySessions answers a [Take] of a teammate who has as many live attached sessions as the license allows.
// Nothing was done.
type TooManySessions struct{ Limit int }

// Done answers a command that has nothing to tell: what it asks for is so, by this step or an earlier one.
type Done struct{}

// Superseded answers a [Take] that is not newer than the session's last command, when no seat is held and the
// session's last command was not that same take being refused: nothing was done.
type Superseded struct{}

// Ended answers a command of a session that was ended: nothing was done.
type Ended struct{}

// StaleRevision answers a command whose revision is not the engine's: nothing was done.
type StaleRevision struct{ Engine Revision }

// NoLease answers a [Take] from a node that has no live lease: nothing was done. Send a [Renew] before it.
type NoLease struct{}

// Unhealed answers, from [Admission] alone, a command whose revision could not be brought to the engine's, because
// the truth could not be asked: nothing was done.
type Unhealed struct{ Err error }

// Renewed answers a [Renew].
type Renewed struct {
	// Known tells that the sessions attached through this node are as they were. False at the node's first
	// renewal, and when its lease had lapsed for so long that its sessions were forgotten: the node's live
	// sessions are not attached, and have to take again.
	Known bool
}

// Freed answers a [Free]: that seat is the teammate's no longer. Sent twice, it is answered alike.
type Freed struct {
	Number int // 0: the seat was not claimed yet after the engine forgot, and can't be any more
	Fence  Fence
}

// NotSeated answers a command about the seat of somebody who holds none.
type NotSeated struct{}

// StaleFence answers a command with the fence of an earlier or later stay.
type StaleFence struct{ Held Fence }

// HandedOver answers a [HandOver].
type HandedOver struct {
	Number int
	Fence  Fence // the giver's, over now
}

// NotHanded answers a [HandOver] that may not be: nothing was done.
type NotHanded struct {
	Code       HandOverCode
	RetryAfter time.Duration // for ToInCooldown and HandOverUnavailable
}

// HandOverCode tells why a seat was not handed over.
type HandOverCode string

const (
	HandOverIsOff       HandOverCode = "hand_over_off"
	NotAskedFor         HandOverCode = "not_asked" // the policy wants the colleague to have asked
	GiverWarned         HandOverCode = "warned"    // the holder is about to lose the seat to who waits
	ToNotOperator       HandOverCode = "not_operator"
	ToSeated            HandOverCode = "already_seated"
	ToInCooldown        HandOverCode = "cooldown"
	ToNotPresent        HandOverCode = "not_present" // no live attached session
	HandOverUnavailable HandOverCode = "unavailable" // nothing is granted now, as for Recovering
)

// Lost answers a [Claim]: what is claimed was given back or taken away. For a place in line the loss has only
// a teammate and a reason.
type Lost struct{ Loss Loss }

// Unclaimed answers a [Claim] that comes too late, is for another generation, or names a fence or turn that no earlier
// generation gave: nothing was done.
type Unclaimed struct{}

// Asked answers a [MakeAsk].
type Asked struct {
	Ask       Ask
	Delivered int // live attached sessions of the holder; 0 where the administrators are asked, who are not known here
}

// NotAsked answers a [MakeAsk] that may not be: nothing was done.
type NotAsked struct {
	Code       AskCode
	RetryAfter time.Duration // for AlreadyAsked and TooManyAsks
}

// AskCode tells why an ask was not made.
type AskCode string

const (
	AskerSeated  AskCode = "already_seated"
	AskerUnknown AskCode = "not_attached"  // the session did not ask for a seat
	AlreadyAsked AskCode = "already_asked" // that holder, or the administrators, within AskLife, whatever the answer was
	TooManyAsks  AskCode = "rate_limited"  // MaxAsks within AskLife
)

// Bounds of asks.
const (
	AskLife = time.Minute // an ask is over after it; the same may be asked anew then
	MaxAsks = 5           // of one teammate within AskLife
)

// Found answers a [Find].
type Found struct{ Holder Holder }

// Explained answers an [Explain].
type Explained struct {
	Rule Rule
	Occupancy
	ReservedForOthers int           // that the teammate may not use
	Place             int           // of a waiter; else 0
	RetryAfter        time.Duration // for InCooldown and Recovering
	NextChance        time.Duration // until the first seat in grace, or the warned holder's, is lost, if it is; 0: not known
}

// BoardRead answers a [Read]. Its version is that before the step's own change, which Outcome.Changes has; what
// it shows may have some of that change already.
type BoardRead struct{ Board Board }

func (Granted) reply()         {}
func (Waiting) reply()         {}
func (Refused) reply()         {}
func (TooManySessions) reply() {}
func (Done) reply()            {}
func (Superseded) reply()      {}
func (Ended) reply()           {}
func (StaleRevision) reply()   {}
func (NoLease) reply()         {}
func (Unhealed) reply()        {}
func (Renewed) reply()         {}
func (Freed) reply()           {}
func (NotSeated) reply()       {}
func (StaleFence) reply()      {}
func (HandedOver) reply()      {}
func (NotHanded) reply()       {}
func (Lost) reply()            {}
func (Unclaimed) reply()       {}
func (Asked) reply()           {}
func (NotAsked) reply()        {}
func (Found) reply()           {}
func (Explained) reply()       {}
func (BoardRead) reply()       {}
