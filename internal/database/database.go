package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"
)

// ErrUnavailable says that the database could not be asked, or that the outcome of a commit is unknown.
var ErrUnavailable = errors.New("database unavailable")

// DB is an open database. It is safe for concurrent use.
type DB struct {
	kind   *kind
	writer *sql.DB
	reader *sql.DB
	kept   statements // of reader
}

// kind is what differs between databases.
type kind struct {
	dialect goose.Dialect
	write   sql.TxOptions
	read    sql.TxOptions // one moment of the database
	// outage tells whether an error means that the database could not do its work, as against a statement that is wrong.
	outage func(error) bool
	// undone tells whether an error means that the transaction was undone for the sake of another one, and may be run again.
	undone func(error) bool
	// finish does what the tables need beside the migrations, in the same turn. nil: nothing.
	finish func(context.Context, *sql.DB) error
}

// attempts is how often a transaction is run that was undone for the sake of others.
const attempts = 5

// Write runs fn in a transaction that may change the database, and commits it when fn returns nil; ctx bounds the waiting
// for other writers too. What fn reads may be changed by others before it commits, unless it holds the row: with an update
// that changes nothing. fn must do nothing outside of tx: it may have run in vain, and is run again where the database undid
// it for the sake of another writer. Errors: fn's own, or [ErrUnavailable].
func (db *DB) Write(ctx context.Context, fn func(tx *sql.Tx) error) (err error) {
	for range attempts {
		if err = db.within(ctx, db.writer, db.kind.write, fn); err == nil || !db.kind.undone(err) {
			return err
		}
	}
	return unavailable(err)
}

// Read runs fn in a transaction that sees one moment of the database, with all that was committed before Read
// was called. Errors: fn's own, or [ErrUnavailable].
func (db *DB) Read(ctx context.Context, fn func(tx *sql.Tx) error) error {
	return db.within(ctx, db.reader, db.kind.read, fn)
}

func (db *DB) within(ctx context.Context, pool *sql.DB, opts sql.TxOptions, fn func(tx *sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, &opts)
	if err != nil {
		return unavailable(err)
	}
	defer tx.Rollback() // after a commit it does nothing; otherwise, and when fn panics, it undoes
	if err := fn(tx); err != nil {
		return db.asOutage(err)
	}
	if err := tx.Commit(); err != nil {
		return unavailable(err)
	}
	return nil
}

func (db *DB) asOutage(err error) error {
	if err != nil && (lost(err) || db.kind.outage(err)) {
		return unavailable(err)
	}
	return err
}

// lost tells whether an error means, with any database, that there was no time or no connection left.
func lost(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) || errors.Is(err, driver.ErrBadConn)
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
