package seats

import "time"

// Command is one thing to be done on a license: one of the types in this file.
type Command interface{ command() }

// Open starts a generation of a license whose state the engine does not know or no longer trusts. What was
// there is forgotten, the configuration too. It does nothing when the license is open already. It must be the
// first of its batch. Answered with [Done].
type Open struct {
	Generation Generation // higher than any the license was opened with
	Cooldowns  []Cooldown // still running ones of earlier generations
}

// Configure brings the engine to a newer revision, and ends seats that it no longer allows. It does nothing
// when the engine has it already or a newer one. Answered with [Done], or with [StaleRevision] when the
// engine's revision is older than Base, so that Changed may lack somebody.
type Configure struct {
	Config
	Base    Revision // Changed has everybody whose switches or name changed after this revision
	Changed []Member // a removed teammate is one that is no operator
	Force   bool     // apply even an older revision: the database was restored from a back-up. Base is 0 then.
}

// Renew prolongs the batch's node's lease: its sessions are live for Lease from the engine's now.
// Answered with [Renewed].
type Renew struct{ Lease time.Duration }

// Take asks for a seat and attaches the session, whatever the answer. Answered with [Granted], [Refused],
// [Superseded], [Ended], [StaleRevision], [NoLease]. The last three, and Superseded, attach nothing.
type Take struct {
	Member   Member   // as true at Revision
	Revision Revision // of the license's configuration and switches, as the node knows it
	Session  SessionID
	Seq      uint64    // the session's own count of its commands: 1, 2, 3 …
	Resumes  SessionID // the teammate's earlier session that this one continues; ended in the same step. Or "".
}

// Leave gives the seat back and stays online: all sessions of the teammate are detached. Only the seat with
// that fence is given back. Answered with [Done], or [Ended].
type Leave struct {
	Teammate TeammateID
	Session  SessionID
	Seq      uint64
	Fence    Fence
}

// Logout ends a session. When it was attached and no other live attached session of the teammate is left, the
// seat is given back in the same step. Answered with [Done].
type Logout struct {
	Teammate TeammateID
	Session  SessionID
}

// Drop ends a session whose connection was lost. When no other live attached session of the teammate is left,
// grace begins. Answered with [Done].
type Drop struct {
	Teammate TeammateID
	Session  SessionID
}

// Free takes a seat away from its holder. Answered with [Freed], [NotSeated] or [StaleFence].
type Free struct {
	Teammate TeammateID
	Fence    Fence         // the one that the administrator saw
	Cooldown time.Duration // from now on; 0: none
	By       TeammateID    // who freed it; "" when no teammate did
	Message  string        // why, for the holder; at most MaxMessageBytes
}

// Explain tells what a take would answer now, and takes nothing. Answered with [Explained] or [StaleRevision].
type Explain struct {
	Member   Member
	Revision Revision
}

// Read answers with the whole board: [BoardRead].
type Read struct{}

// MaxMessageBytes is the longest message of a [Free].
const MaxMessageBytes = 500

func (Open) command()      {}
func (Configure) command() {}
func (Renew) command()     {}
func (Take) command()      {}
func (Leave) command()     {}
func (Logout) command()    {}
func (Drop) command()      {}
func (Free) command()      {}
func (Explain) command()   {}
func (Read) command()      {}
