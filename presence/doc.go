// Package presence tells who of a license is here, for colleagues to see: each teammate's availability, from all of
// their live sessions and what they chose.
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
//	live     it arrived, and the lease of its node holds
//	lapsed   it arrived, and the lease of its node ended; forgotten when the grace since then is over
//	ended    departed, dropped, resumed by another, expelled, removed; remembered for [EndedMemory], for good, and the
//	         first way of ending stays
//
// and a teammate in one of these:
//
//	offline  no live session
//	here     a live session at least
//	grace    the last live session was dropped, or its node's lease ended; over at Entry.GraceUntil. Nothing of the
//	         entry changes with it but that: who comes back in time was never away. Its devices stay as they were shown
//
// What moves them:
//
//	Arrive     offline, grace → here; ends the session that is resumed, in the same step. What was shown in grace goes
//	Depart     ends the session; when no live one is left: here, grace → offline, whatever devices were shown in grace
//	Drop       ends the session; when no live one is left: here → grace. A grace that runs goes on as it is
//	Expel      as Depart, by an administrator; the node with the connection is told to close it
//	lapse      a node's lease ends: its sessions are not live; as Drop at that moment, but revocable
//	revival    the node's lease holds again, within the grace after a lapse: its sessions are live. Later they are
//	           forgotten
//	expiry     GraceUntil has come: grace → offline
//	Choose     another status was chosen
//	return     a timed status is over: the one before holds again
//	Configure  teammates came, went or changed; those who are removed are so with all their sessions
//
// # Sessions
//
// A session that arrives, and is live already, does nothing but end what it resumes, and bring a newer choice; unless
// its Seq is newer: then node, device and idleness are as it says. One that lapsed comes in anew. Since stays in both
// cases.
//
// An Arrive is answered with the first of these that is true: [NoTeammate], the engine does not know the teammate;
// [Ended]; NoTeammate, the session, or the one that it resumes, is known as somebody else's; [NoLease];
// [TooManySessions]. But for the last, which ends what would have been resumed, nothing is done then. Present.Resumed
// tells that the session to be resumed was live, lapsed, or among the devices shown in grace.
//
// Whatever ends a session ends an unknown one too, as it may be under way still: Resumes, Depart, Drop and Expel. That
// concerns the session alone, and Entry.Heard: such a Drop begins no grace. Depart and Expel of a device that is shown
// in grace end the grace.
//
// # Status
//
// What a teammate chose is their intent: connecting, another device and time do not change it, but for a timed choice,
// which ends when it says. [Derive] makes the status of it: offline without a device; invisible where that was chosen;
// away where it was chosen, or all devices are idle; else as chosen. In grace it follows from the devices that are
// shown. A status holds since the moment at which it came about, or since the one before did, should that be later. Note
// and Until are those of the choice that holds, also of who is offline.
//
// Seen is moved, never back: to now, when a session arrives that was not live, or is revived where nobody was here; by
// the end of the last live session to then (by a grace that expires, to when that began); and where a choice has them
// begin or cease to be visible, to now or, in grace, to when that began. Seen.Shown is moved with Seen.At but where the
// teammate was, and is, not to be seen. Who is offline is so since Seen.At.
//
// [Entry.ForColleagues] is what others than administrators and the teammate see: who is invisible is to them like one
// who went offline when that was chosen, and who shows up again like one who came then. So nothing that is done in
// invisible times changes it.
//
// # Versions
//
// A step that changes an entry, or the head, or ends a session that is to be closed, makes one version more, and one
// [Change]; so [Store.Watch] tells all of a roster's history, in order. What changed and changed back in one step did
// not change. A step that changes or removes more than [MostAnnounced] entries announces only that it did, the sessions
// to be closed, and the head; the roster is then to be read. The epoch is the generation's: an engine that lost its
// memory is opened with the next.
//
// # Window
//
// A generation may open with a window, in which nodes let their sessions arrive anew. Until its end an entry with Heard
// false does not mean that its teammate is away, only that nothing was heard of them yet: who knew before goes on
// showing what they knew. Heard tells that, in this generation, a session of the teammate arrived, or one was ended, or
// the teammate was enrolled by Configure. The window holds back nothing; its end changes the head alone.
//
// # Configuration
//
// Configure is applied to the revision that it is made for, its Base, or a later one before its own. A grace that runs
// ends when it was to. A lower SessionsPerTeammate ends no session. A teammate who is named as changed and as removed is
// removed. Whole applies names, switches and who there is at any revision; but choices and sightings only as ever, the
// higher number and the later moment. So a database that was restored has to number choices higher than before.
//
// # Whose clock
//
// The engine's alone, as in package seats, in milliseconds: every call first lets pass what has become due, in the order
// of its moments, however late the call comes. Of what is due at one moment, first the window ends, then leases, then
// graces, then timed choices, then lapsed nodes are forgotten; each in the byte order of ids.
//
// # Leases
//
// A node's lease on a license is kept elsewhere: it is the same that package seats renews. Engines look up when it ends,
// or ended: when a session arrives through the node ([NoLease] unless it holds); at each step, before anything passes,
// of nodes with lapsed sessions, and of those with live ones once the end that the engine knew has come. An end that is
// later than the known one replaces it, and the sessions are live until then; a lease of which nothing is known ended
// when the engine knew it would. What is due ([Outcome].Due) counts with the ends that the engine knows. A node is known
// as long as it has sessions that are not ended.
//
// # Silence
//
// Where leases are over, and so were all ends of nodes with live sessions that the engine knew of before it looked them
// up, nobody called for a while: not everybody died at once, but the network or the engine's host was away. Then a third
// of the engine's lease time passes first, from the call that notices it on, in which neither leases nor graces end, nor
// is a node forgotten. A lease that was waited for once is not again, unless it was renewed. What became due meanwhile
// comes about at its own moments then; until then a GraceUntil may be over.
//
// # Running twice equals running once
//
// Every command names its session; a session numbers what it says of itself; a choice is numbered by the database; ended
// sessions stay ended. So an error from [Store.Do] (an unknown outcome) may be answered by sending the same batch again.
// Only an Expel of all sessions is for those that it finds.
//
// # What each failure does
//
//	node dies           its lease lapses, its teammates are in grace, then offline
//	engine unreachable  Do returns [ErrUnavailable]: the outcome is unknown
//	engine forgot       Do returns [*UnopenedError]; [Attendance] opens the next generation with what the database has,
//	                    and nodes let their sessions arrive anew
package presence
