package presence

// Reply is one of the answers below.
type Reply interface{ reply() }

// Done answers a command that has nothing to tell: what it asks for is so, by this step or an earlier one.
type Done struct{}

// StaleRevision answers a [Configure] whose base is later than the engine's revision, or whose revision is earlier:
// nothing was done.
type StaleRevision struct{ Engine Revision }

// Present answers an [Arrive]: the session is here.
type Present struct {
	Entry   Entry // after the command
	Resumed bool  // what it resumes was live, lapsed, or shown in grace, until this arrival or until it came first
}

// TooManySessions answers an [Arrive] of a teammate who has as many live sessions as the license allows. The session
// that would have been resumed counts not, and is ended all the same.
type TooManySessions struct{ Limit int }

// Ended answers a command of a session that was ended: nothing was done.
type Ended struct{ Ending Ending }

// Unknown answers a [SetIdle] of a session that did not arrive, or was forgotten: nothing was done.
type Unknown struct{}

// NoTeammate answers a command about a teammate whom the engine does not know, or one under whom a session is known
// as somebody else's: nothing was done.
type NoTeammate struct{}

// NoLease answers an [Arrive] through a node that has no live lease: nothing was done.
type NoLease struct{}

// Unhealed answers, from [Attendance] alone, a command about a teammate whom the engine does not know, while the truth
// could not be asked: nothing was done.
type Unhealed struct{ Err error }

// Chosen answers a [Choose].
type Chosen struct{ Entry Entry }

// Expelled answers an [Expel], with the devices that went by it: live, lapsed, or shown in grace; none: there were none any
// more.
type Expelled struct{ Devices []Device }

// RosterRead answers a [Read]. Its version is that before the step's own change, which Outcome.Changes has; what it
// shows may have some of that change already.
type RosterRead struct{ Roster Roster }

// Unchanged answers a [Read] of who has the roster as it was before the step's own change.
type Unchanged struct{}

func (Done) reply()            {}
func (StaleRevision) reply()   {}
func (Present) reply()         {}
func (TooManySessions) reply() {}
func (Ended) reply()           {}
func (Unknown) reply()         {}
func (NoTeammate) reply()      {}
func (NoLease) reply()         {}
func (Unhealed) reply()        {}
func (Chosen) reply()          {}
func (Expelled) reply()        {}
func (RosterRead) reply()      {}
func (Unchanged) reply()       {}
