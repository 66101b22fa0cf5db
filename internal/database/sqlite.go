package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// FileName is the database's file in the data directory.
const FileName = "usher.db"

// sqliteKind is SQLite: one connection writes, and whoever wants to write waits for it.
var sqliteKind = kind{
	dialect: goose.DialectSQLite3,
	read:    sql.TxOptions{ReadOnly: true},
	outage:  sqliteOutage,
	undone:  func(error) bool { return false }, // writers queue, so none is undone
}

// openDir opens the database in a data directory.
func openDir(ctx context.Context, o Options) (*DB, error) {
	if err := makeDir(o.Dir); err != nil {
		return nil, err
	}
	// Processes that open a new directory at the same time take turns in making its tables.
	turn, err := waitForTurn(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	defer turn.Close()
	file := filepath.Join(o.Dir, FileName)
	if err := makeFile(file); err != nil {
		return nil, err
	}
	db, err := openSQLite(file, o)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", file, err)
	}
	if err := db.kind.migrate(ctx, db.writer); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", file, err), db.Close())
	}
	return db, nil
}

func openSQLite(file string, o Options) (*DB, error) {
	writer, err := sql.Open("sqlite", dsn(file, o.BusyTimeout, "_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	reader, err := sql.Open("sqlite", dsn(file, o.BusyTimeout, "_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	writer.SetMaxOpenConns(1)
	writer.SetMaxIdleConns(1)
	reader.SetMaxOpenConns(o.Readers)
	reader.SetMaxIdleConns(o.Readers)
	return &DB{kind: &sqliteKind, writer: writer, reader: reader}, nil
}

// dsn names the file with the settings of every connection. The path is escaped: a data directory may have
// a question mark or a space in its name.
func dsn(file string, busy time.Duration, more string) string {
	pragmas := []string{
		"_pragma=busy_timeout(" + strconv.FormatInt(busy.Milliseconds(), 10) + ")",
		"_pragma=journal_mode(WAL)",
		"_pragma=synchronous(FULL)",
		"_pragma=foreign_keys(1)",
		more,
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		abs = file
	}
	path := filepath.ToSlash(abs)
	if !strings.HasPrefix(path, "/") { // a drive letter
		path = "/" + path
	}
	return "file://" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(pragmas, "&")
}

func makeDir(dir string) error {
	if dir == "" {
		return errors.New("no data directory is given")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("data directory %s can't be made: %w", dir, err)
	}
	return nil
}

// makeFile makes the database's file, readable for its owner alone; SQLite gives the same mode to the files that
// it keeps beside it. A file that is there is not touched: closing it would end the locks that another handle of
// this process has on it.
func makeFile(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("database file can't be made: %w", err)
	}
	return f.Close()
}

func sqliteOutage(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff { // the primary code; the rest tells more exactly
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_INTERRUPT,
		sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return false
}
