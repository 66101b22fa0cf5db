package presence

import "time"

// Command is one of the commands below.
type Command interface{ command() }

// Config is what an engine has to know of a license, as true in the database at one revision.
type Config struct {
	Revision            Revision
	Grace               time.Duration // how long a dropped teammate is shown as before; 1 ms or more
	SessionsPerTeammate int           // live ones, at most; 0: any number
}

// Open begins a generation, in an engine that does not know the license ([*UnopenedError]). It must come first in its
// batch, and does nothing where the license is open, under whichever generation: of several nodes that find it unopened one
// is the first. All that the engine knew before is forgotten, but for sessions that were ended. Answered with [Done].
type Open struct {
	Generation Generation
	Window     time.Duration // in which nodes let their sessions arrive anew; 0: none
	Config     Config
	Members    []Member // all of the license
}

// Configure brings the engine to a later revision. Answered with [Done], also when the engine is at that revision
// already; or with [StaleRevision], when the engine is behind Base, or ahead of Config.Revision.
// Of a member, Choice replaces one with a lower number, and Seen replaces what is earlier.
type Configure struct {
	Config  Config
	Base    Revision     // Members and Removed are what changed after it
	Members []Member     // changed or added
	Removed []TeammateID // no more on the license
	Whole   bool         // Members are all that there are, and are applied whatever the engine's revision is
}

// Arrive lets a session come in through the batch's node. Sent again it tells what is. Answered with [Present],
// [TooManySessions], [Ended], [NoTeammate] or [NoLease].
type Arrive struct {
	Teammate TeammateID
	Session  SessionID
	Seq      uint64 // > 0: counts what the session says of itself, here and in SetIdle
	Device   string // its name, or ""
	Idle     bool
	Resumes  SessionID // the session that this one continues, or ""
	Choice   Choice    // as the database had it; replaces one with a lower number
	Since    time.Time // when the connection began, if that was before; zero: now. Never later than now
	// Was is what was shown of the teammate when an engine lost its memory: where the arrival brings them from offline
	// to this status, it holds since then. Zero: nothing was.
	Was Was
}

// Was is a status with since when it held.
type Was struct {
	Status Status
	Since  time.Time
}

// SetIdle tells that nobody works at a device any more, or that somebody does. Not newer than what the session said
// last, it does nothing. Answered with [Done]; [Ended]; or [Unknown], of a session that did not arrive.
type SetIdle struct {
	Teammate TeammateID
	Session  SessionID
	Seq      uint64
	Idle     bool
}

// Depart ends a session whose client logged out; Drop one whose connection was lost. Answered with [Done].
type (
	Depart struct {
		Teammate TeammateID
		Session  SessionID
	}
	Drop struct {
		Teammate TeammateID
		Session  SessionID
	}
)

// Choose takes what a teammate chose. One that is not newer than what the engine knows does nothing. Answered with
// [Chosen] or [NoTeammate].
type Choose struct {
	Teammate TeammateID
	Choice   Choice
}

// Expel ends a session of a teammate, or all of them, those in grace too, on behalf of an administrator. Answered
// with [Expelled] or [NoTeammate].
type Expel struct {
	Teammate TeammateID
	Session  SessionID // "": all
	By       TeammateID
}

// Read asks for the roster. Answered with [RosterRead]; or with [Unchanged], when it is where the caller has it. What
// was due by now, and the commands before, are in it.
type Read struct {
	Epoch   string // what the caller has; "": nothing
	Version uint64
}

func (Open) command()      {}
func (Configure) command() {}
func (Arrive) command()    {}
func (SetIdle) command()   {}
func (Depart) command()    {}
func (Drop) command()      {}
func (Choose) command()    {}
func (Expel) command()     {}
func (Read) command()      {}
