// Package presenceredis is the engine of package presence on Redis 7 or newer: any number of nodes share it, on one
// server, behind Sentinel or on a Cluster.
//
// # Shape
//
// A license is the fixed set of keys in keys.go, in one slot; its number does not grow with teammates. One script does
// everything: it reads the clock and the run id once, lets pass what was due, runs a list of commands in order, and announces
// what changed as one message. Each operation is a file of its own, whose header names the keys it touches, its arguments and
// its replies; a test holds the headers against the bodies.
//
//	prelude.lua (package lease)   time, commands, when node leases end, announcing
//	records.lua                   the records and how they are stored
//	begin.lua                     what operations share
//	show.lua, ends.lua            how entries follow from sessions, and how sessions end
//	pass.lua                      what time brings, silence, a clock set back
//	open … read .lua              the operations
//	main.lua                      the order of things
//
// A step costs what it touches, never the size of the roster, but for opening, configuring and reading one. A teammate's
// entry is stored as it is shown, so that a roster is read as it is kept. Package presencemem is the model: every outcome is the same there.
//
// Leases of nodes are those that package seatsredis renews under the same prefix; this engine reads them alone.
//
// # Clock
//
// The server's, as in package seatsredis: when it is behind a license's last step by up to a second, no time has passed; when it is
// further behind, all that is to come is moved back with it, but for timed choices, which go by the clock on the wall.
//
// # Failures
//
// A call that did not come back may have been done; repeating it does no harm. A license whose generation was used under
// another run id of the server is not trusted: the server was restarted or failed over. It is then opened with a new generation.
package presenceredis
