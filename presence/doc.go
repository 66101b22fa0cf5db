// Package presence tells who of a license is here, for colleagues to see: each teammate's availability, from all
// of their live sessions and what they chose.
//
// # What there is
//
// A roster has one [Entry] for each teammate of the license, operator or not, here or not. What it says follows from
//
//	Member    name and switches, the chosen status, when they were last here: true in a database
//	sessions  the teammate's live connections, each from one device and through one node
//
// A session is, to this package, in one of these states:
//
//	unknown  never named, or forgotten
//	here     it arrived; live while the lease of its node holds
//	ended    departed, dropped, resumed by another, expelled; remembered for [EndedMemory], for good
//
// and a teammate in one of these:
//
//	offline  no live session
//	here     a live session at least
//	grace    the last live session was dropped, or its node's lease ended; over at Entry.GraceUntil. Nothing of the
//	         entry changes with it but that: who comes back in time was never away
//
// What moves them:
//
//	Arrive     offline, grace → here; ends the session that is resumed, in the same step. What was shown in grace goes
//	Depart     ends the session; when no other live one is left: here → offline
//	Drop       ends the session; when no other live one is left: here → grace
//	Expel      as Depart, by an administrator; the node with the connection is told to close it
//	lapse      a node's lease ends: its sessions are not live; as Drop at that moment, but revocable
//	revival    the node's lease holds again, within the grace after a lapse: its sessions are live. Later they are
//	           forgotten
//	expiry     GraceUntil has come: grace → offline
//	Choose     another status was chosen
//	return     a timed status is over: the one before holds again
//	Configure  teammates came, went or changed; those who are removed are so with all their sessions
//
// # Status
//
// What a teammate chose is their intent: connecting, another device and time do not change it, but for a timed choice,
// which ends when it says. [Derive] makes the status of it: offline without a device; invisible where that was chosen;
// away where it was chosen, or all devices are idle; else as chosen. [Entry.ForColleagues] is what others than
// administrators and the teammate see: who is invisible is to them like one who went offline when that was chosen.
//
// # Versions
//
// A step that changes an entry, or the head, makes one version more, and one [Change]; so [Store.Watch] tells all of
// a roster's history, in order. A step that changes more than [MostAnnounced] entries announces only that it did; the
// roster is then to be read. The epoch is the generation's: an engine that lost its memory is opened with the next.
//
// # Window
//
// A generation may open with a window, in which nodes let their sessions arrive anew. Until its end an entry with Heard
// false does not mean that its teammate is away, only that nothing was heard of them yet: who knew before goes on showing
// what they knew. Heard tells that, in this generation, a session of the teammate arrived, or one was ended, or the teammate
// was enrolled by Configure.
//
// # Whose clock
//
// The engine's alone, as in package seats: every call first lets pass what has become due, in the order of its moments,
// however late the call comes. Of what is due at one moment, first the window ends, then leases, then graces, then timed
// choices, then lapsed nodes are forgotten; each in the byte order of ids. Who drops, or whose node's lease ends, was last
// seen at that moment, and is offline at the end of grace, since that moment.
//
// # Leases
//
// A node's lease on a license is kept elsewhere: it is the same that package seats renews. Engines look up when it ends, or
// ended. A node without a lease can't let sessions arrive ([NoLease]). Where sessions are known, and the leases of all nodes
// that have some are over, nobody was heard of for a while: then a third of the engine's lease time passes first, from the
// call that notices it on, in which neither leases nor graces are held to be over. It is waited for once; again only after
// a lease held. What became due meanwhile comes about at its own moments then.
//
// # Running twice equals running once
//
// Every command names its session; a session numbers what it says of itself; a choice is numbered by the database; ended
// sessions stay ended. So an error from [Store.Do] (an unknown outcome) may be answered by sending the same batch again.
//
// # What each failure does
//
//	node dies           its lease lapses, its teammates are in grace, then offline
//	engine unreachable  Do returns [ErrUnavailable]: the outcome is unknown
//	engine forgot       Do returns [*UnopenedError]; [Attendance] opens the next generation with what the database has,
//	                    and nodes let their sessions arrive anew
package presence
