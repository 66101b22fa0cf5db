// Package seats decides who may occupy a seat of a license, until when, and why not.
//
// # What there is
//
// A license has numbered seats: 1, 2, 3 … up to its total. A seat is held by a teammate, not by a session;
// the sessions that asked for it are attached to it. A grant takes the lowest free number and a new [Fence],
// higher than any the license has granted before.
//
// A teammate of a license is, to this package, in one of these states:
//
//	none      nothing is held; sessions may be attached (they asked and were refused)
//	held      a seat is held, and a live session is attached
//	grace     a seat is held, and no live session is attached; it ends at Holder.GraceUntil
//
// A session is, to this package:
//
//	unknown   never named, or forgotten
//	attached  it asked for a seat; live while the lease of its node holds
//	detached  it gave the seat back (or was freed) and stays online; it may ask again
//	ended     logged out, dropped or resumed by another; remembered for [EndedMemory], for good
//
// What moves them:
//
//	Take      none → held (or refused); grace → held, same number and fence; attaches the session
//	Leave     held → none; all sessions of the teammate are detached
//	Logout    ends the session; when no other live attached session is left: held → none
//	Drop      ends the session; when no other live attached session is left: held → grace
//	Free      held, grace → none, with a cooldown; all sessions of the teammate are detached
//	Configure a switch turned off, a license no longer active: held, grace → none
//	lapse     a node's lease ends: its sessions are not live; as Drop at that moment, but revocable
//	Renew     within the grace after a lapse the node's sessions are live again: grace → held
//	expiry    GraceUntil has come: grace → none
//
// # Rules of a take
//
// In this order: the license is suspended or expired; the teammate is no operator; they are seated already;
// they are in cooldown; a seat is open; else the seats are full. See [Decide].
//
// # Whose clock
//
// The engine's alone. Every call first lets pass what has become due, in the order of the moments at which it
// became due, however late the call comes: deadlines count from when a lease or a grace ended, not from when
// somebody noticed. An [Outcome] tells the engine's time and when something is next due; whoever serves the
// license then calls with an empty batch (a tick), any number of times.
//
// # Running twice equals running once
//
// Every command names the session or the fence that it acts on. A session numbers its commands; one that is
// not newer than the session's last does nothing and answers with what is. Ended sessions stay ended. A batch
// is void after its deadline in engine time, which is shorter than the memory of ended sessions. So a late,
// repeated or reordered command neither frees a successor's seat nor brings a released one back, and an error
// from [Store.Do] (an unknown outcome) may be answered by sending the same batch again.
//
// # What each failure does
//
//	node dies          its lease lapses, its holders are in grace, then lose their seats
//	engine unreachable Do returns [ErrUnavailable]: the outcome is unknown, never a refusal
//	engine forgot      Do returns [*UnopenedError]; [Admission] opens the license's next generation
//	node is behind     the take is answered with [StaleRevision]; [Admission] reloads and tries again
//
// # Cap, policy, status and switches
//
// They are true in a database behind [Truth], with one revision per license. [Configure] brings an engine to a
// revision; [Admission] is the store with that protocol around it, and what servers should call.
package seats
