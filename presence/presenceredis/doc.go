// Package presenceredis is the engine of package presence on Redis 7 or newer: any number of nodes share it, on one
// server, behind Sentinel or on a Cluster.
//
// # Shape
//
// A license is the fixed set of keys in keys.go, in one slot; its number does not grow with teammates. One
// script does everything: it reads the clock and the run id once, lets pass what was due, runs a list of
// commands in order, and announces what changed as one message. Each operation is a file of its own, whose
// header names the keys it touches, its arguments and its replies; a test holds the headers against the bodies.
//
//	prelude.lua (package lease)   time, commands, node leases, announcing
//	records.lua                   the records and how they are stored
//	begin.lua                     whether to go on
//	roster … clock .lua           modules: what is shown, sessions, nodes, what time brings, a clock set back
//	open … read .lua              the operations
//	main.lua                      the order of things
//
// A step reads and writes those teammates alone whom it touches, and an entry is stored as it is shown: so a read hands
// out what is there. Reading, opening, and applying the whole of a roster take work for each teammate.
//
// Package presencemem is the model: every outcome is the same there.
//
// # Leases
//
// Those of package lease, under the same prefix as whoever renews them: package seatsredis, for one. They are only looked up
// here, and moved when the server's clock was set back.
//
// # Clock
//
// The server's. A batch without a deadline gets one before it is first sent, from an estimate of the server's
// time, so that a repeat by the client library carries the same. A license remembers the time of its last step: when the
// server's is behind it by up to a second, no time has passed; when it is further behind, all that is to come is moved
// back with it, but the ends of timed choices, which were chosen by the clock on the wall. A clock that jumps forward looks
// like silence.
//
// # Failures
//
// A call that did not come back may have been done; repeating it does no harm. A license whose generation was
// used under another run id of the server is not trusted: the server was restarted or failed over, and may have
// forgotten what it had acknowledged. It is then opened with a new generation. Nothing is done in part: a script
// that may not write is refused at its first write.
//
// Whole numbers are doubles in the scripts, exact up to 2⁵³. Where they may be greater (sequence and choice numbers) they
// are compared as texts.
package presenceredis
