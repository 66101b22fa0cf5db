// Package lease is what the engines on Redis share: connecting, the beginning of their scripts and calling them, leases of
// nodes, and announcements of what a script changed.
//
// # Time
//
// The server's, read once in a script (prelude.lua), in milliseconds. [Clock] estimates it between calls, for
// deadlines that a client has to name before it is told the time.
//
// # Scripts
//
// [Assemble] puts an engine's parts behind the prelude. A script is sent one flat list: a deadline, the node on
// whose behalf it runs, then each command as its name, the number of its arguments, and these. An argument or
// an announcement that is itself a list is written as [Pack] does. Keys have names in the scripts; their order
// is said once, in Go. An [Engine] calls its script, and [Fields] reads the reply.
//
// A script is a function library of the server's ([Library]), named after its text. It is loaded by the first call that finds
// it missing, and comes with the data to replicas and through restarts; so a server keeps one library for each version that
// ever used it, which may be deleted. The user of the connection needs the commands FCALL and FUNCTION LOAD, besides those
// that the script calls. Nothing that a library keeps between calls is about a license, nor outlives the process: text of
// configurations that were read, and the process's own run id.
//
// # Sending
//
// A call leaves at once while fewer than two are under way to its master. Those that come meanwhile leave together, as soon as
// one of these is back: at most 64 and 256 KiB in one write, so that the server is busy while replies are read, and nobody
// waits for company. What waits for one master is bounded (16 MiB); beyond that a call is refused unsent. A call that waits
// returns when its context ends; one that was sent then has an unknown outcome, and its pipeline goes on until no
// caller is left. A pipeline whose connection is lost is sent once more, but for what was answered; what a Cluster's master
// would not do is sent by itself, to where its slot is now. A server that answers nothing of a pipeline, twice, is taken to be
// gone: what waits for it fails, unsent. There is no goroutine while nothing is sent.
//
// # Announcements
//
// A script publishes with SPUBLISH to one channel per license. The channel has the license's hash tag, so that
// it belongs to the slot of the license's keys; sharded channels work alike on one server, behind Sentinel and
// on a Cluster, from Redis 7 on. A [Listener] holds one connection per master for all channels. Whatever
// happens to a connection or to the place of a slot, a watcher is told that it may have missed something as
// soon as its channel is heard again, and then hears everything in order.
//
// # Failures
//
// A call that did not come back may have been done: [Unavailable] tells errors of that kind from a script's own,
// which are bugs. Calls may be repeated by the client underneath, so scripts must do no harm when run twice.
package lease
