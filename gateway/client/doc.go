// Package client is the Go client of usher.v1. It logs a teammate in, keeps a connection open through drops,
// drains and restarts, and knows the teammate's seat and the license's board and roster as the server last told them.
//
// # States
//
// A client is idle until Run, which connects, says hello, and serves one connection after another:
//
//	connecting  the token is asked for, the server dialled, hello sent; requests fail with ErrNotConnected
//	connected   welcomed; requests are sent, pushes become events
//	waiting     between two connections, for a back-off with full jitter of 0.5 to 30 seconds
//
// Run ends when its context does, after a logout, or with the error of a close code after which a client stays away (see
// wire.CloseCode). Then no goroutine of the client is left. It may be called again.
//
// # Seat
//
// A connection asks for a seat, or for a place in line, when Options.Seat says so. After the seat was freed, handed over,
// left, reclaimed as idle, given up to a smaller total or lost by a logout from elsewhere, and after a place was given up on
// another device, the client comes back without asking, until Take or Wait is called: see [Client.Take].
//
// A seat is to be acted on while State.Seat.State is "held". With Options.Tickets there is a ticket that proves it: when
// its time is over without another having come, whether connected or not, the seat counts as suspended, as it does when
// the server says so.
//
// # Board and roster
//
// The client keeps replicas of both: taken whole from a welcome or a snapshot, then led on by the changes of their feeds.
// Within an epoch no version goes back, whichever node tells it, and each hello says how far the client was shown them, so
// that a node shows nothing older. A large roster comes in several frames, and is shown when the last has come.
//
// # What each failure does
//
//	connection lost        the client reconnects, with the resume key of the last welcome
//	reply missing          the request returns ErrUnknownOutcome: it may have happened; State tells, once
//	                       the client is connected again
//	error reply            the request returns an *Error
//	server says nothing    after two and a half of its ping intervals the connection is given up
//	a change was missed    the board, or the roster, is asked for anew: once, until that is answered
//	logged out remotely    Run returns a *CloseError with wire.CloseLoggedOutRemotely
//	token ends soon        Options.Token is asked for another, which replaces it on the open connection
//
// # Whose clock
//
// The local one, for delays and for how long a ticket lives from its coming on. No decision follows from comparing it with
// the server's.
//
// # Cost
//
// A connected client owns one goroutine, the one that called Run. With Options.NoBoard and Options.NoRoster it keeps neither
// board nor roster, so that thousands of them fit into one process; with Options.Traced it leaves both to a [Trace], which is shown
// all that goes over the connection, and may keep them once for many clients.
package client
