// Package database opens the database that holds what is durable, and is the one place that knows which
// database it is.
//
// # What there is
//
// [DB.Write] runs a transaction that may change things. [DB.Read] runs one that sees one consistent moment, beside writers and
// other readers; [DB.Row] does the same for one row, by a query that is kept prepared.
//
// SQL is portable: $1 for arguments, RETURNING, ON CONFLICT, times as Unix milliseconds, and no reading of constraint errors.
// Whoever decides by what they have read, and writes, holds the row first: with an update that changes nothing, which every
// database takes as a lock. What differs between databases is a kind, and stands in sqlite.go and postgres.go.
//
// # SQLite
//
// The file usher.db in the data directory, in WAL mode. A commit has reached the disk when it returns
// (synchronous=FULL), so it survives kill -9 and a power cut. One transaction writes at a time: writers queue in the process, so
// that they never collide, and those of other processes are waited for.
//
// # PostgreSQL
//
// Version 14 or newer, in the schema that the URL's search_path names first. Several transactions write at a time, at READ
// COMMITTED; the server undoes one of two that wait for each other, and it is run again. Readers see one moment (REPEATABLE
// READ). Text is compared by its bytes, as SQLite does. A commit is on the server's disk when it returns, also where its default
// is that it need not be. Claims and migrations are advisory locks of a connection, so the URL has to lead to the server itself,
// or to a pooler that keeps a session on one connection.
//
// # Who may serve
//
// Processes that have one engine in Redis share a database; a process with an engine of its own has it alone, or each seat would
// be given twice. [NewClaim] sees to that. The tables are made and changed by one process at a time, whoever comes first.
//
// # Failures
//
// [ErrUnavailable] says that the database could not be asked, or did not answer: a commit's outcome is unknown
// then. All else that comes back is what the transaction's own function returned, or a fault in the program.
package database
