package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// postgresKind is PostgreSQL, 14 or newer.
var postgresKind = kind{
	dialect: goose.DialectPostgres,
	write:   sql.TxOptions{Isolation: sql.LevelReadCommitted},
	read:    sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
	outage:  postgresOutage,
	undone:  postgresUndone,
	finish:  collate,
}

const (
	// A node that stops in the midst of a transaction must not keep the rows that it holds from the others.
	idleInTransaction = 30 * time.Second
	// Connections are made anew now and then, so that they follow a server that has moved.
	connectionLife = 30 * time.Minute
	connectionIdle = 5 * time.Minute
	connectTimeout = 5 * time.Second
)

// migrationTurn is the advisory lock, one in each schema, of whoever brings the tables up to date.
const migrationTurn = 0x75736872

func openURL(ctx context.Context, o Options) (*DB, error) {
	config, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	db := openPostgres(config, o)
	if err := db.migrateInTurn(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", nameOf(config), err), db.Close())
	}
	return db, nil
}

func parseURL(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database URL: %w", err) // pgx leaves the password out
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	return config, nil
}

// NameOf tells which database a URL names, without secrets: host:port/name.
func NameOf(url string) string {
	config, err := parseURL(url)
	if err != nil {
		return "an URL that can't be read"
	}
	return nameOf(config)
}

// nameOf tells which database it is, without secrets.
func nameOf(config *pgx.ConnConfig) string {
	return net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port))) + "/" + config.Database
}

func openPostgres(config *pgx.ConnConfig, o Options) *DB {
	defaults := map[string]string{
		"application_name":                    "usher",
		"idle_in_transaction_session_timeout": strconv.FormatInt(idleInTransaction.Milliseconds(), 10),
	}
	for name, value := range defaults {
		if _, set := config.RuntimeParams[name]; !set {
			config.RuntimeParams[name] = value
		}
	}
	reading := config.Copy()
	reading.RuntimeParams["default_transaction_read_only"] = "on"
	db := &DB{
		kind:   &postgresKind,
		writer: stdlib.OpenDB(*config, stdlib.OptionAfterConnect(durable)),
		reader: stdlib.OpenDB(*reading),
	}
	for pool, most := range map[*sql.DB]int{db.writer: o.Writers + 1, db.reader: o.Readers} { // one more, for the turn of migrations
		pool.SetMaxOpenConns(most)
		pool.SetMaxIdleConns(most)
		pool.SetConnMaxLifetime(connectionLife)
		pool.SetConnMaxIdleTime(connectionIdle)
	}
	return db
}

// durable has a commit be on disk when it returns, also where the server was told that it need not be.
func durable(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SELECT set_config('synchronous_commit', 'on', FALSE) WHERE current_setting('synchronous_commit') = 'off'`)
	return err
}

// migrateInTurn brings the tables up to date while no other process does.
func (db *DB) migrateInTurn(ctx context.Context) error {
	turn, err := db.writer.Conn(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer turn.Close()
	const args = `($1::int, hashtext(current_schema()))`
	if _, err := turn.ExecContext(ctx, `SELECT pg_advisory_lock`+args, migrationTurn); err != nil {
		return fmt.Errorf("wait until nobody else changes the tables: %w", db.asOutage(err))
	}
	defer func() { // also when ctx is over: the connection goes back to the pool, and must not take the lock along
		if _, err := turn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock`+args, migrationTurn); err != nil {
			_ = turn.Raw(func(any) error { return driver.ErrBadConn }) // the lock ends with the connection
		}
	}()
	return db.kind.migrate(ctx, db.writer)
}

// collate has text sorted and compared by its bytes, as SQLite does: lists come in the same order then, prefixes are found by
// an index, and no index is spoilt by an operating system that learns to sort otherwise.
func collate(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, `DO $$
		DECLARE c RECORD;
		BEGIN
			FOR c IN SELECT table_name, column_name FROM information_schema.columns
				WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
			LOOP
				EXECUTE format('ALTER TABLE %I ALTER COLUMN %I TYPE TEXT COLLATE "C"', c.table_name, c.column_name);
			END LOOP;
		END $$`)
	return err
}

// postgresOutage looks at the first two characters of an SQLSTATE, its class:
// https://www.postgresql.org/docs/current/errcodes-appendix.html.
func postgresOutage(err error) bool {
	e, told := errors.AsType[*pgconn.PgError](err)
	if !told {
		_, network := errors.AsType[net.Error](err)
		_, connecting := errors.AsType[*pgconn.ConnectError](err)
		return network || connecting || errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, io.EOF) ||
			errors.Is(err, io.ErrUnexpectedEOF)
	}
	switch e.Code {
	case "25006", "25P03", "55P03": // read only, as after a failover; idle for too long; a lock was not to be had
		return true
	}
	switch class := e.Code[:min(2, len(e.Code))]; class {
	case "08", "28", "3D", "40", "53", "57", "58", "F0", "XX": // connection, login, no such database, undone, resources, intervention, system, files, fault
		return true
	}
	return false
}

// postgresUndone is a transaction that the server gave up for another's sake: it did not happen.
func postgresUndone(err error) bool {
	e, told := errors.AsType[*pgconn.PgError](err)
	return told && (strings.HasPrefix(e.Code, "40") && e.Code != "40003") // of 40003 the outcome is not known
}
