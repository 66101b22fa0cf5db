package directory

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"usher/internal/database"
)

// Options are what a Directory works with.
type Options struct {
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Rand is where ids come from. Default crypto/rand.Reader.
	Rand io.Reader
	// MinGrace is the shortest grace that a policy may ask for: a ticket's life and a second. 0: any above 0.
	MinGrace time.Duration
	// MaxTeammates is how many teammates a license may have, not counting removed ones. Default MaxTeammates.
	MaxTeammates int
}

// Directory is the durable truth about licenses, in a database. It keeps no state of its own, and is safe for
// concurrent use.
type Directory struct {
	db           *database.DB
	now          func() time.Time
	rand         io.Reader
	minGrace     time.Duration
	maxTeammates int
}

// New returns the Directory in a database, which the caller keeps open as long.
func New(db *database.DB, o Options) *Directory {
	d := &Directory{db: db, now: o.Now, rand: o.Rand, minGrace: o.MinGrace, maxTeammates: cmp.Or(o.MaxTeammates, MaxTeammates)}
	if d.now == nil {
		d.now = time.Now
	}
	if d.rand == nil {
		d.rand = rand.Reader
	}
	return d
}

// Ping tells whether the database answers.
func (d *Directory) Ping(ctx context.Context) error { return d.db.Ping(ctx) }

// newID makes an id: the kind's mark, then a UUID of version 7, so that ids sort by when they were made.
func (d *Directory) newID(mark string) (string, error) {
	id, err := uuid.NewV7FromReader(d.rand)
	if err != nil {
		return "", fmt.Errorf("directory: randomness for an id: %w", err)
	}
	return mark + hex.EncodeToString(id[:]), nil
}

// nowMS is the clock as the database has it: Unix milliseconds.
func (d *Directory) nowMS() int64 { return d.now().UnixMilli() }

// fromMS is a moment as callers have it: UTC.
func fromMS(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// fromNullMS is fromMS for what may not have happened: then the zero time.
func fromNullMS(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return fromMS(ms.Int64)
}

// toNullMS is the other way round.
func toNullMS(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

// Page is a part of a list that is sorted by id.
type Page[T any] struct {
	Items []T
	Next  string // cursor of the next page; "": this was the last
}

// MaxPage is the longest page, and DefaultPage the length of one when 0 is asked for.
const (
	MaxPage     = 500
	DefaultPage = 100
)

func pageSize(limit int) (int, error) {
	if limit == 0 {
		return DefaultPage, nil
	}
	if limit < 1 || limit > MaxPage {
		return 0, invalid("limit", "must be from 1 to %d", MaxPage)
	}
	return limit, nil
}

// Cursors are opaque to callers, so that another order can come some day: the last id, encoded.
func encodeCursor(lastID string) string { return base64.RawURLEncoding.EncodeToString([]byte(lastID)) }

func decodeCursor(cursor string) (lastID string, err error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || (len(b) > 0 && checkID("cursor", string(b)) != nil) {
		return "", invalid("cursor", "must be a next_cursor of this list")
	}
	return string(b), nil
}

// pageOf cuts what was read, one row more than asked for, to a page.
func pageOf[T any](rows []T, size int, id func(T) string) Page[T] {
	if len(rows) <= size {
		return Page[T]{Items: rows}
	}
	rows = rows[:size]
	return Page[T]{Items: rows, Next: encodeCursor(id(rows[size-1]))}
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// collect reads all rows of a query.
func collect[T any](ctx context.Context, tx *sql.Tx, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
