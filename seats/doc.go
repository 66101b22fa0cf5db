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
//	waiting   a place in the waitlist is held, under a [Turn]; in grace too, like a seat
//	held      a seat is held, and a live session is attached
//	grace     a seat is held, and no live session is attached; it ends at Holder.GraceUntil
//
// A session is, to this package:
//
//	unknown   never named, or forgotten
//	attached  it asked for a seat; live while the lease of its node holds
//	detached  it gave the seat or the place back (or was freed) and stays online; it may ask again
//	ended     logged out, dropped or resumed by another; remembered for [EndedMemory], for good
//
// What moves them:
//
//	Take      none → held, waiting (or refused); grace → held, same number and fence; attaches the session
//	Unwait    waiting → none; all sessions of the teammate are detached
//	Leave     held → none; all sessions of the teammate are detached
//	Logout    ends the session; when no other live attached session is left: held, waiting → none
//	Drop      ends the session; when no other live attached session is left: held → grace, and a place is in grace
//	Free      held, grace → none, with a cooldown; all sessions of the teammate are detached
//	HandOver  held, grace → none, and a colleague with a live attached session: none, waiting → held
//	Configure a switch turned off, a license no longer active: held, grace → none; the switch, or no waitlist any
//	          more: waiting → none; a total below use, by policy: held, grace → none for the highest fences
//	lapse     a node's lease ends: its sessions are not live; as Drop at that moment, but revocable
//	Renew     within the grace after a lapse the node's sessions are live again: grace → held
//	expiry    GraceUntil has come: grace → none
//	settling  a seat is open to a waiter: waiting → held
//	idleness  WarnedUntil has come: held → none; all sessions of the teammate are detached
//
// # Rules of a take
//
// In this order: the license is suspended or expired; the teammate is no operator; they are seated already;
// they are in cooldown; they wait already; nothing is granted now; a seat is open to them; else the seats are
// full. See [Decide]. Who asks for a place besides gets one where the last three or a cooldown refuse. A place that
// is had already stays whatever a take is answered.
//
// A seat is open to a teammate when fewer are used than the total, less what is reserved for administrators and
// not used by those seated, unless they are one. See [Occupancy].
//
// # Settling
//
// After every command, and after everything that came about by time, at its moment, the engine settles, in this
// order. So no seat is ever open to a waiter who could take it.
//
//  1. Draining ends where no more seats are used than the total.
//  2. While a seat is open to a waiter who is live (not in grace) and eligible (license active, no cooldown), the
//     first of these is granted the lowest free number. First is by [Head.Before].
//  3. A warned holder who is not idle for Config.IdleAfter any more, or whose seat would help no such waiter,
//     is warned no longer. If nobody is warned: of the holders who are idle for that long and whose seat would
//     help one, the longest idle is warned, until Config.IdleWarning from then. A holder is idle since the
//     moment at which the last of their live attached sessions became so; a holder in grace is not, and a Take
//     is activity. Seats help when one would be open without it. Among those idle since the same moment the
//     least id in byte order is the first.
//  4. Asks end: withdrawn, where who asked has a seat or no live attached session, or the holder who was asked has not
//     that seat any more. (A hand-over to who asked ends the ask as accepted before.)
//
// When Configure or the end of a halt finds more seats used than the total, then with [ShrinkEvictNewest] the
// highest fences are released first, as many as are too many; where more remain used than the total the license
// drains.
//
// # Asks
//
// Who holds no seat asks a holder for theirs, or the administrators for more. An ask to a holder is about one stay; it is
// accepted by a [HandOver] and declined by an [AnswerAsk]. One to the administrators is about no stay, and stays open
// whoever comes and goes beside who asked; an AnswerAsk accepts or declines it, which grants nothing by itself. Who is an
// administrator is not known here: whoever sends the answer has made sure of that, and a switch that was turned off a
// moment before does no harm. The first end of an ask is its only one. For [AskLife] from when it was made nobody asks the
// same again, however it ended, nor more than [MaxAsks] in all.
//
// # Halts
//
// Two things halt a license: nothing expires, is granted, handed over, warned or evicted until the halt is over. At its
// end the engine deals with more seats than the total, and settles; then what became due by then comes about, in its
// order, at the end of the halt or at its own moment, if that is later. So does what was due before silence was noticed.
//
//   - The window of an [Open]. Nodes claim what their sessions held. A holder's take is answered as ever; others
//     get [Recovering], or wait. Leave, Unwait and Free bar claims of that fence or turn and of lower ones until the window's
//     end, and end a lower one that was claimed, as that was over before; so bar the cooldowns of Open, even when they end
//     or are lifted. A Logout bars claims without a session (not one of an ended or another's session, which does nothing);
//     the last live session's logout puts a seat or a place in grace until the window's end, as another device may not
//     have been heard yet. Of two claims of one number, or of one teammate, the higher fence stands; of two places of one
//     teammate, the lower turn. A claimed stay that a higher fence replaces ends as [LostExpired].
//   - Silence. When there are holders or waiters, and the latest of all leases has been over, a third of the
//     length that the last renewal asked for passes first, from the call that notices it on, so that living nodes renew
//     before anything is taken from their sessions. It halts once for each silence: again only after a renewal.
//
// # Whose clock
//
// The engine's alone. Every call first lets pass what has become due, in the order of the moments at which it
// became due, however late the call comes: deadlines count from when a lease or a grace ended, not from when
// somebody noticed. Of what is due at the same moment, first leases end, then graces of seats, then those of places,
// then cooldowns of waiters, then a warned holder's time, then asks, then what is known of lapsed nodes is forgotten;
// each in the byte order of ids. A holder is warned at the moment at which they have been idle for long enough, after all else of that
// moment. What was granted by time is held since then. An
// [Outcome] tells the engine's time and when something is next due; whoever serves the license then calls with an
// empty batch (a tick), any number of times.
//
// # Running twice equals running once
//
// Every command names the session or the fence that it acts on. A session numbers its commands; one that is
// not newer than the session's last does nothing and answers with what is. (A Claim is told by its fence or turn
// instead: a take that overtook it must not keep the seat from its holder.) Ended sessions stay ended. A batch
// is void after its deadline in engine time, which is shorter than the memory of ended sessions. So a late,
// repeated or reordered command neither frees a successor's seat nor brings a released one back, and an error
// from [Store.Do] (an unknown outcome) may be answered by sending the same batch again.
//
// # What each failure does
//
//	node dies          its lease lapses, its holders are in grace, then lose their seats
//	all nodes silent   nothing happens until they had the time to renew
//	engine unreachable Do returns [ErrUnavailable]: the outcome is unknown, never a refusal
//	engine forgot      Do returns [*UnopenedError]; [Admission] opens the license's next generation, with a
//	                   window in which nodes claim what their sessions held
//	node is behind     the take is answered with [StaleRevision]; [Admission] reloads and tries again
//
// # Cap, policy, status and switches
//
// They are true in a database behind [Truth], with one revision per license. [Configure] brings an engine to a
// revision; [Admission] is the store with that protocol around it, and what servers should call.
package seats
