// Package gateway is one WebSocket's life on a license's floor: it authenticates an agent app, admits it to a
// seat, tells it what changes, and gives the seat back when it goes. It serves usher.v1 (see gateway/wire) as an
// [http.Handler].
//
// # Parts
//
//	Server    accepts connections, knows all of the node's floors, polls the database for missed changes, drains
//	conn      one socket with its session: feeds the session, and carries out its effects
//	socket    a WebSocket and the bytes below it: reads messages that have begun, writes packets without waiting
//	waker     has connections read when something comes to them: an epoll, or a goroutine for each
//	writers   write what waits in the bounded outboxes of connections
//	agenda    has connections look at the time: pings, tokens that end, closes that are not answered
//	session   the state machine of one connection: fed with frames, replies, changes and time, it says what is
//	          to be sent and done; it owns no goroutine and touches no socket
//	floor     one license on this node: the replicas of its board and roster, the sessions here, a lane to each engine,
//	          the node's lease, the timers of what is due
//	lane      the way to one engine: one batch at a time, sent again until it arrives where that matters
//	replica   a copy of the board, in version order. Each holder is encoded once, as it changes
//	roster    a copy of the roster, in version order; what is kept of it while an engine that forgot is told who is here
//	audience  those who are shown the roster alike: colleagues, or administrators. Each entry is encoded once for all of them
//
// # States of a session
//
//	greeting  connected; waits for hello (5 s, then 4008)
//	entering  hello came; the token, the directory and the engine are asked
//	serving   welcomed; frames are answered, changes pushed
//	ended     a close frame is on its way, or the socket is gone; nothing is said any more
//
// # A session and its seat
//
// A serving session holds a seat under a fence, has a place in line under a turn, or neither. It is attached from asking
// until it gave that back, or lost it in a way after which nobody comes back by themselves. What the board says of its
// teammate moves it:
//
//	seat appears      seat.granted, with how the teammate came by it
//	seat is gone      seat.lost, with the reason that is remembered
//	place appears     waitlist.changed, when another device of the teammate waits
//	place is gone     waitlist.changed, with null for it
//	moved in line     waitlist.changed, within the tick of the board, when it or the length is another
//	warned, or not    seat.warned, seat.warning_withdrawn
//	asked             ask.received, to all attached sessions; ask.answered to the asker's
//
// What is asked of the administrators is told to all sessions of administrators on all nodes, whether or not they hold a
// seat, those included that come, or whose switch is turned on, while it is open; but not to the asker's own. An answer by
// anybody else is one to an ask that does not exist. Who is an administrator is what the session knows of its teammate.
//
// One seat call of a session is under way at a time, and the board's views wait for its answer.
//
// # A session and the roster
//
// A session comes in (presence.Arrive) before it asks for a seat, and is welcomed after both were answered. It departs when its
// client logs out, and is dropped with its connection. A session that the roster does not show as live is let in anew, until
// the engine says that it was ended: by a connection that continues it, or an administrator.
//
// What changes is shown at once when it comes alone. Changes that follow one another within a tick, which grows with the sessions here, leave
// as one frame: so a storm of logins costs each client a bounded number of frames. A roster that does not fit in one frame comes
// after the welcome, in snapshots. What colleagues see does not change where somebody drops and comes back in time, but for the
// device; who is invisible is to them as one who went.
//
// A client tells in hello how far it was shown the feeds; a node that is behind reads them first, and lets the client wait for the
// tick in which it shows that to all, so that no client sees a version go back. Sessions that come in while nobody else is on the
// floor do not wait for a tick.
//
// # Order and locks
//
// The engine's lock (where it has one), then floor.mu, then conn.mu, never the other way round: what a session
// wants done is returned as effects and carried out after the locks are released. Commands of a floor go to the
// engine one batch at a time, so those that come together leave together, and a session's keep their order.
//
// # Whose clock
//
// The engine's for seats; the node's for timeouts, pings and tokens, and for whether it may vouch for seats: it may until
// the lease less a tenth is over since the last acknowledged renewal was sent. Then its holders are suspended until
// another is acknowledged and the board is known as it was then. That is checked whenever a seat is acted on, and by a
// timer. Tickets are dated in engine time as it was last heard, so never ahead of it, and signed anew at half their life
// only after the engine has answered again, with the board known as of that answer.
//
// # Failures
//
//	engine unreachable   takes are answered unavailable with retry_after_ms; sockets stay; drops are sent again
//	                     until they arrive; seats are suspended when the lease is about to end
//	announcements lost   board and roster are read again: after a resubscription, a gap, and every resync interval
//	presence unreachable sessions are let in without being shown; what happened is shown when it answers. Statuses are committed
//	presence forgot      its next generation opens with a window; who was here is shown as before until they are let in anew
//	engine forgot        the node claims what its sessions held and waited for, and what its replica shows in grace,
//	                     if its lease was renewed lately enough for nothing to have run out; claims are sent until they
//	                     are answered. What can't be claimed is taken like anybody takes
//	a lease ran out      sessions that the engine forgot over that take again, where a seat or place was kept
//	slow reader          its outbox is full: closed with 4002
//	dead peer            no pong: closed with 4003, which is a drop: grace runs
//	board breaks a rule  it is counted (usher.audit.violations) and logged with the evidence
package gateway
