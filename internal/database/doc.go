// Package database opens the database that holds what is durable, and is the one place that knows which
// database it is.
//
// # What there is
//
// A [DB] has one writer and several readers. [DB.Write] runs a transaction that may change things, one at a
// time: writers queue in the process, so that they never collide. [DB.Read] runs a transaction that sees one
// consistent moment, beside writers and other readers; [DB.Row] does the same for one row, by a query that is kept prepared.
//
// SQL is portable: $1 for arguments, RETURNING, ON CONFLICT, times as Unix milliseconds, and no reading of
// constraint errors. What differs between databases stands in sqlite.go.
//
// # SQLite
//
// The file usher.db in the data directory, in WAL mode. A commit has reached the disk when it returns
// (synchronous=FULL), so it survives kill -9 and a power cut. Several processes may open one directory: writers
// of other processes are waited for. Whether they may is decided with [LockDir]: processes that share an engine
// share the directory, one that has its own engine has it alone.
//
// # Failures
//
// [ErrUnavailable] says that the database could not be asked, or did not answer: a commit's outcome is unknown
// then. All else that comes back is what the transaction's own function returned, or a fault in the program.
package database
