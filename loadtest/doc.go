// Package loadtest logs simulated agents in to a deployment of Usher, all with the Go client of the wire, and tells how fast it
// was and whether it kept its promises under that load.
//
// A run has a [Plan]. Its agents do what the scenario has them do, and tell a [Listener] what they do and are told, as [Told]:
// the oracle listens, which checks the promises over all histories, and so does the meter, which measures. What comes of a run is a
// [Result], which can be merged with those of the other processes of the run, compared with that of another run, judged by
// conditions, and shown.
//
// # One clock
//
// All that is told in a run has its moment on one monotonic clock, that of the process. Where several processes share a run, only
// what can be said without comparing their clocks is said of all of them together.
//
// # Agents
//
// An agent is a device of a teammate: one goroutine, which reads. It looks into what it is sent no further than it must: agents of a
// license that were shown the same share a view of the feed, so that a frame which a hundred of them get is taken apart once. Colleagues
// connect to different nodes, and who comes back to the next one.
//
// In an open loop times count from when a thing was due, so that who waits for a slow server leaves nothing out; in a closed loop
// from when it was sent. Coming back includes the client's back-off, which is half a second at first.
//
// # Failures
//
//	the API refuses          nothing is measured; what was made is removed
//	the run is interrupted   agents stop, licenses are removed, the result is of what was measured until then
//	a promise is broken      the same
//	a license can't be removed   the error tells how its id begins; a server that does not answer is asked again for two minutes
//
// # Results
//
// A result is written and read as JSON of one format ([WriteResult], [ReadResult]). [Merge] puts those of a run's processes together,
// in any order. What a result comes down to are figures with names (login_p99, errors, server_cpu_per_login …): a [Condition] judges one,
// [Compare] sets those of two runs side by side and tells change from chance, [WriteTable] and [WriteReport] show them, the former in a
// terminal, the latter as one page with charts that needs neither network nor scripts. Both show ids and codes from elsewhere, and let none
// of them be more than text.
package loadtest
