package seats

import "time"

// Command is one thing to be done on a license: one of the types in this file.
type Command interface{ command() }

// Open starts a generation of a license whose state the engine does not know or no longer trusts. What was
// there is forgotten, the configuration too. It does nothing when the license is open already. It must be the
// first of its batch. Answered with [Done].
type Open struct {
	Generation Generation    // higher than any the license was opened with
	Cooldowns  []Cooldown    // still running ones of earlier generations
	Window     time.Duration // for how long nothing expires or is granted, while nodes claim what was held; 0: not at all
	Kept       Kept
}

// Kept is what an engine that forgets with its process left behind, for the next process to find. Its holders
// and waiters are in grace, and get fences and turns of the new generation.
type Kept struct {
	Grace   time.Duration // theirs, from the opening on
	Holders []Holder      // of which Teammate, Name, Administrator, Number, Since, Overage, Via and Routing count
	Waiters []Waiter      // by Turn; of which Teammate, Name, Administrator and Since count
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

// Take asks for a seat and attaches the session, whatever the answer. Answered with [Granted], [Waiting],
// [Refused], [Superseded], [TooManySessions], [Ended], [StaleRevision], [NoLease]. The last four, and Superseded,
// attach nothing.
type Take struct {
	Member   Member   // as true at Revision
	Revision Revision // of the license's configuration and switches, as the node knows it
	Session  SessionID
	Seq      uint64    // the session's own count of its commands: 1, 2, 3 …
	Resumes  SessionID // the teammate's earlier session that this one continues; ended in the same step. Or "".
	Wait     bool      // for a place in the waitlist, where there is one, when no seat is to be had
}

// Unwait gives a place in the waitlist up and stays online: all sessions of the teammate are detached. Only the
// place of that turn is given up. Answered with [Done], or [Ended].
type Unwait struct {
	Teammate TeammateID
	Session  SessionID
	Seq      uint64
	Turn     Turn
}

// Leave gives the seat back and stays online: all sessions of the teammate are detached. Only the seat with
// that fence is given back. With fence 0 it says that the session, whose teammate holds neither seat nor place, asks no
// longer: that session alone is detached. Answered with [Done], or [Ended].
type Leave struct {
	Teammate TeammateID
	Session  SessionID
	Seq      uint64
	Fence    Fence
}

// Logout ends a session. When it was attached and no other live attached session of the teammate is left, the
// seat or the place in line is given back in the same step. Answered with [Done].
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

// HandOver gives a seat to a colleague who has a live attached session, past the waitlist. The number stays, the
// fence is new, and all sessions of the giver are detached. Sent twice, it is answered alike.
// Answered with [HandedOver], [NotHanded], [NotSeated], [StaleFence], [StaleRevision], [Ended].
type HandOver struct {
	Teammate TeammateID // who holds the seat
	Fence    Fence
	Session  SessionID  // the holder's, by which they said so; "" when it was an administrator
	By       TeammateID // the administrator, if it was a teammate; else ""
	To       Member     // as true at Revision
	Revision Revision
}

// Claim says what a session held before the engine forgot, or what was held in grace. Answered with [Granted],
// [Waiting], [Lost], [Unclaimed], [Ended], [StaleRevision], [NoLease].
type Claim struct {
	Generation Generation // that was opened with the window
	Member     Member     // as true at Revision
	Revision   Revision
	Session    SessionID // live on the batch's node, and attached by this; "": in grace
	Seq        uint64    // as of Take
	Holder     Holder    // the seat: Number, Fence, Since, GraceUntil, Overage, Via and Routing count. Or none:
	Waiter     Waiter    // the place: Turn, Since and GraceUntil count
}

// MakeAsk asks a holder for the seat, or the administrators for more seats. The session must be attached and its teammate
// without a seat. Sent twice, it is answered alike. Answered with [Asked], [NotAsked], [NotSeated] (the holder who is asked
// holds no seat), [Ended].
type MakeAsk struct {
	ID       AskID
	Teammate TeammateID // who asks
	Name     string     // theirs
	Session  SessionID
	Of       TeammateID // who is asked; "": the administrators
	Note     string     // at most MaxMessageBytes
}

// AnswerAsk answers an ask in the name of who was asked. Nothing happens when it is over already, or was put to somebody
// else. Answered with [Done].
type AnswerAsk struct {
	ID     AskID
	Of     TeammateID // who was asked; "": the administrators, of whom the sender has found that one answers
	Accept bool       // for the administrators alone: a holder accepts with a HandOver
}

// SetIdle tells that nobody works at a session's device, or that somebody does again. Answered with [Done], or
// [Ended].
type SetIdle struct {
	Teammate TeammateID
	Session  SessionID
	Seq      uint64
	Idle     bool
}

// SetRouting tells whether a holder gets new chats. Answered with [Done], [NotSeated], [StaleFence] or [Ended].
type SetRouting struct {
	Teammate TeammateID
	Session  SessionID
	Seq      uint64
	Fence    Fence
	Routing  Routing
}

// Lift ends a teammate's cooldown, unless it is that of a later seat. Answered with [Done].
type Lift struct {
	Teammate TeammateID
	Fence    Fence // of the seat that was freed, or a higher one
}

// Find asks for a teammate's seat. Answered with [Found] or [NotSeated].
type Find struct{ Teammate TeammateID }

// Explain tells what a take would answer now, and takes nothing. Answered with [Explained] or [StaleRevision].
type Explain struct {
	Member   Member
	Revision Revision
}

// Read answers with the whole board: [BoardRead].
type Read struct{}

// MaxMessageBytes is the longest message of a [Free], and the longest note of an ask.
const MaxMessageBytes = 500

func (Open) command()       {}
func (Configure) command()  {}
func (Renew) command()      {}
func (Take) command()       {}
func (Unwait) command()     {}
func (Leave) command()      {}
func (Logout) command()     {}
func (Drop) command()       {}
func (Free) command()       {}
func (HandOver) command()   {}
func (Claim) command()      {}
func (MakeAsk) command()    {}
func (AnswerAsk) command()  {}
func (SetIdle) command()    {}
func (SetRouting) command() {}
func (Lift) command()       {}
func (Find) command()       {}
func (Explain) command()    {}
func (Read) command()       {}
