// Package seatsmem is the engine of package seats that lives in the server's own process: no dependencies, no
// sharing between processes. It is also the model that other engines are compared with.
//
// # Shape
//
// Each license has its own state and its own lock; licenses share nothing but the map in which they are found.
// A call to [Store.Do] locks the license, reads the clock once, lets pass what was due by then (expire.go), runs
// the commands in order (one file for each), and announces what changed to the watchers, all under that lock.
//
// What is due is kept in heaps (alarm.go), the free ones of the seats in a tree of bits (numbers.go), who waits in blocks
// (turns.go), and the sessions of a teammate or a node in lists of their own: what a command does grows with the license by no
// more than its logarithm, and by a pass over a list with one entry for each few hundred waiters. But reading the whole board, and
// saving it, take as long as the board is.
//
// A take costs what it takes of memory, above all. So seats and places are kept in less room than they are shown in (record.go),
// a teammate with their session is one record, and a change with its holder another.
//
// # Clock
//
// Options.Now, cut to milliseconds. A license never sees it go back. The default clock is monotonic: setting the
// machine's clock neither ends leases nor keeps them alive.
//
// # Failures
//
// The engine forgets everything with its process; the next one opens each license's next generation, with what this one
// saved of it (save.go): the holders and waiters of a tenth of a second before a crash, or of its end. The only
// other failure is a context that is over before the call, answered with seats.ErrUnavailable although nothing
// happened.
package seatsmem
