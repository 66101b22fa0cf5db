package database

import (
	"context"
	"time"
)

// Options are how a database is opened.
type Options struct {
	// URL is a PostgreSQL database, as libpq takes it: postgres://user:password@host/name. Empty: SQLite, in Dir.
	URL string
	// Dir is the data directory. SQLite's file is in it; it is made when it is missing, for its owner alone.
	Dir string
	// Readers is how many transactions may read at once. Default 4.
	Readers int
	// Writers is how many transactions may write at once with PostgreSQL; with SQLite it is one. Default 8.
	Writers int
	// BusyTimeout is how long a writer waits for another process's, with SQLite. Default 10 s.
	BusyTimeout time.Duration
}

// Open opens a database, makes its tables when they are missing, and brings them up to date. Errors tell which directory, file
// or server is at fault, without its password.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Readers <= 0 {
		o.Readers = 4
	}
	if o.Writers <= 0 {
		o.Writers = 8
	}
	if o.BusyTimeout <= 0 {
		o.BusyTimeout = 10 * time.Second
	}
	if o.URL != "" {
		return openURL(ctx, o)
	}
	return openDir(ctx, o)
}
