// Package presencemem is the engine of package presence that lives in the server's own process: no dependencies, no
// sharing between processes. It is also the model that other engines are compared with.
//
// # Shape
//
// Each license has its own state and its own lock; licenses share nothing but the map in which they are found.
// A call to [Store.Do] locks the license, reads the clock once, lets pass what was due by then (pass.go), runs
// the commands in order, and announces what changed to the watchers, all under that lock. Whatever happens to a
// teammate ends in one function that makes their entry anew (show.go).
//
// What is due is kept in heaps (alarm.go), and sessions in lists of their teammate and their node: nothing that a command
// does grows with the number of teammates by more than its logarithm, but reading the roster, opening it and applying the
// whole of it.
//
// # Clock
//
// Options.Now, cut to milliseconds. A license never sees it go back. The default clock is monotonic: setting the
// machine's clock neither ends a grace nor keeps it going.
//
// # Failures
//
// The engine forgets everything with its process. The only other failure is a context that is over before the call,
// answered with presence.ErrUnavailable although nothing happened.
package presencemem
