// Package seatsredis is the engine of package seats on Redis 7 or newer: any number of nodes share it, on one
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
//	records.lua                   the records, the index, and how they are stored
//	state.lua                     how the license stands, its configuration, and what a call reads first
//	board.lua                     what is shown, what changed, what is due
//	begin.lua                     whether to go on
//	sessions … losses .lua        modules: how seats are come by and lost
//	line … clock .lua             modules: the waitlist, asks, bars, settling, what time brings, a clock set back
//	open … read .lua              the operations
//	main.lua                      the order of things
//
// The script is a function library: its functions are made once in a server's process, as making them would cost more than
// running them. A key and a command cost about the same, and more than a field; so what a license has is kept in two keys, the
// records that the commands name are read at once, and what changed is written at once, at the end. Nothing is kept beside what
// it follows from, but for the next moment that is due.
//
// Package seatsmem is the model: every outcome is the same there.
//
// # Clock
//
// The server's. A batch without a deadline gets one before it is first sent, from an estimate of the server's
// time, so that a repeat by the client library carries the same. A license remembers the time of its last step: when the
// server's is behind it by up to a second, no time has passed; when it is further behind, all that is to come is moved
// back with it. A clock that jumps forward looks like silence, which halts the license until nodes had the time to renew.
//
// # Failures
//
// A call that did not come back may have been done; repeating it does no harm. A license whose generation was
// used under another run id of the server is not trusted: the server was restarted or failed over, and may have
// forgotten what it had acknowledged. It is then opened with a new generation. Nothing is done in part: a script
// that may not write is refused at its first write.
//
// Whole numbers are doubles in the scripts, exact up to 2⁵³; that bounds generations to about nine million.
package seatsredis
