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
// # Results
//
// A result is written and read as JSON of one format ([WriteResult], [ReadResult]). [Merge] puts those of a run's processes together,
// in any order. What a result comes down to are figures with names (login_p99, errors, server_cpu_per_login …): a [Condition] judges one,
// [Compare] sets those of two runs side by side and tells change from chance, [WriteTable] and [WriteReport] show them, the former in a
// terminal, the latter as one page with charts that needs neither network nor scripts. Both show ids and codes from elsewhere, and let none
// of them be more than text.
package loadtest
