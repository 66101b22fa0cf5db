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

// Refused answers a [Take]: no seat is held.
type Refused struct {
	Code       RefusalCode
	RetryAfter time.Duration // for InCooldown: until it ends; else 0
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
)

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
	Number int
	Fence  Fence
}

// NotSeated answers a [Free] of somebody who holds no seat.
type NotSeated struct{}

// StaleFence answers a [Free] with the fence of an earlier or later stay.
type StaleFence struct{ Held Fence }

// Explained answers an [Explain].
type Explained struct {
	Rule       Rule
	Total      int // or Unlimited
	Used       int
	RetryAfter time.Duration // for InCooldown
	NextChance time.Duration // until the first seat in grace is lost, if it is; 0: not known
}

// BoardRead answers a [Read]. Its version is that before the step's own change, which Outcome.Changes has; what
// it shows may have some of that change already.
type BoardRead struct{ Board Board }

func (Granted) reply()       {}
func (Refused) reply()       {}
func (Done) reply()          {}
func (Superseded) reply()    {}
func (Ended) reply()         {}
func (StaleRevision) reply() {}
func (NoLease) reply()       {}
func (Unhealed) reply()      {}
func (Renewed) reply()       {}
func (Freed) reply()         {}
func (NotSeated) reply()     {}
func (StaleFence) reply()    {}
func (Explained) reply()     {}
func (BoardRead) reply()     {}
