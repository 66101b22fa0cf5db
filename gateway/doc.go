// Package gateway is one WebSocket's life on a license's floor: it authenticates an agent app, admits it to a
// seat, tells it what changes, and gives the seat back when it goes. It serves usher.v1 (see gateway/wire) as an
// [http.Handler].
//
// # Parts
//
//	Server    accepts connections, knows all of the node's floors, polls the database for missed changes, drains
//	conn      one socket: reads frames, writes a bounded outbox, pings; feeds the session and carries out its effects
//	session   the state machine of one connection: fed with frames, replies, changes and time, it says what is
//	          to be sent and done; it owns no goroutine and touches no socket
//	floor     one license on this node: the replica of its board, the sessions here, the queue to the engine,
//	          the node's lease, the timers of what is due
//	replica   a copy of the board, in version order
//
// # States of a session
//
//	greeting  connected; waits for hello (5 s, then 4008)
//	entering  hello came; the token, the directory and the engine are asked
//	serving   welcomed; frames are answered, changes pushed
//	ended     a close frame is on its way, or the socket is gone; nothing is said any more
//
// # Order and locks
//
// The engine's lock (where it has one), then floor.mu, then conn.mu, never the other way round: what a session
// wants done is returned as effects and carried out after the locks are released. Commands of a floor go to the
// engine one batch at a time, so those that come together leave together, and a session's keep their order.
//
// # Whose clock
//
// The engine's for seats; the node's for timeouts, pings and tokens.
//
// # Failures
//
//	engine unreachable   takes are answered unavailable with retry_after_ms; sockets stay; drops are sent again
//	                     until they arrive
//	announcements lost   the board is read again: after a resubscription, a gap, and every resync interval
//	engine forgot        the sessions that hold seats take again, in the order of their numbers
//	slow reader          its outbox is full: closed with 4002
//	dead peer            no pong: closed with 4003, which is a drop: grace runs
package gateway
