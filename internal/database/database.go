package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrUnavailable says that the database could not be asked, or that the outcome of a commit is unknown.
var ErrUnavailable = errors.New("database unavailable")

// DB is an open database. It is safe for concurrent use.
type DB struct {
	writer *sql.DB // one connection: whoever wants to write waits for it
	reader *sql.DB
	kept   statements // of reader
}

// Write runs fn in a transaction that may change the database, and commits it when fn returns nil. Writers run
// one after the other; ctx bounds the waiting too. fn must do nothing outside of tx: it may have run in vain.
// Errors: fn's own, or [ErrUnavailable].
func (db *DB) Write(ctx context.Context, fn func(tx *sql.Tx) error) error {
	return within(ctx, db.writer, &sql.TxOptions{}, fn)
}

// Read runs fn in a transaction that sees one moment of the database, with all that was committed before Read
// was called. Errors: fn's own, or [ErrUnavailable].
func (db *DB) Read(ctx context.Context, fn func(tx *sql.Tx) error) error {
	return within(ctx, db.reader, &sql.TxOptions{ReadOnly: true}, fn)
}

func within(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, fn func(tx *sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return unavailable(err)
	}
	defer tx.Rollback() // after a commit it does nothing; otherwise, and when fn panics, it undoes
	if err := fn(tx); err != nil {
		return asOutage(err)
	}
	if err := tx.Commit(); err != nil {
		return unavailable(err)
	}
	return nil
}

func unavailable(err error) error {
	if errors.Is(err, ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// Ping tells whether the database answers, to readers and to a writer. Errors: [ErrUnavailable].
func (db *DB) Ping(ctx context.Context) error {
	for _, pool := range []*sql.DB{db.reader, db.writer} {
		var one int
		if err := pool.QueryRowContext(ctx, `SELECT 1`).Scan(&one); err != nil {
			return unavailable(err)
		}
	}
	return nil
}

// Close waits for running transactions and closes the database.
func (db *DB) Close() error {
	return errors.Join(db.kept.close(), db.reader.Close(), db.writer.Close())
}
