package audit

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"usher/internal/database"
)

// Log reads the audit log of a database.
type Log struct{ db *database.DB }

// NewLog returns the log in a database, which the caller keeps open as long.
func NewLog(db *database.DB) *Log { return &Log{db: db} }

// Filter is which entries to list. Zero fields leave nothing out.
type Filter struct {
	Before  int64 // with lower numbers than this
	Action  Action
	Subject string
}

const columns = `number, at, actor_kind, actor, actor_key, actor_from, action, subject, ref, detail, hash`

// Entries returns entries of a chain, newest first, at most so many. Errors: [database.ErrUnavailable].
func (l *Log) Entries(ctx context.Context, chain Chain, f Filter, limit int) ([]Entry, error) {
	query := `SELECT ` + columns + ` FROM audit WHERE chain = $1 AND number < $2 AND ($3 = '' OR action = $3)`
	args := []any{string(chain), cmp.Or(f.Before, math.MaxInt64), string(f.Action)}
	if f.Subject != "" { // only where it is asked for, so that the index of subjects is used then, and not else
		query += ` AND subject = $5`
	}
	query += ` ORDER BY number DESC LIMIT $4`
	args = append(args, limit)
	if f.Subject != "" {
		args = append(args, f.Subject)
	}
	var found []Entry
	err := l.db.Read(ctx, func(tx *sql.Tx) (err error) {
		found, err = read(ctx, tx, query, args...)
		return err
	})
	return found, err
}

func read(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]Entry, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []Entry{}
	for rows.Next() {
		var (
			e      Entry
			at     int64
			detail string
		)
		err := rows.Scan(&e.Number, &at, &e.By.Kind, &e.By.ID, &e.By.Key, &e.By.From, &e.Action, &e.Subject, &e.Ref, &detail, &e.Hash)
		if err != nil {
			return nil, err
		}
		e.At, e.Detail = time.UnixMilli(at).UTC(), json.RawMessage(detail)
		all = append(all, e)
	}
	return all, rows.Err()
}

// Head is the end of a chain.
type Head struct {
	Number int64
	Hash   string
}

// BrokenError tells where a chain is not what was written.
type BrokenError struct {
	Chain  Chain
	Number int64 // the first entry that can't be trusted
	Why    string
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("the audit log %s is broken at entry %d: %s", e.Chain, e.Number, e.Why)
}

// Chains returns the names of all chains, in order. Errors: [database.ErrUnavailable].
func (l *Log) Chains(ctx context.Context) (all []Chain, err error) {
	err = l.db.Read(ctx, func(tx *sql.Tx) error {
		all = nil
		rows, err := tx.QueryContext(ctx, `SELECT chain FROM audit_chains ORDER BY chain`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var one Chain
			if err := rows.Scan(&one); err != nil {
				return err
			}
			all = append(all, one)
		}
		return rows.Err()
	})
	return all, err
}

// verifyAtOnce is how many entries are in memory while a chain is verified.
const verifyAtOnce = 1000

// Verify computes all hashes of a chain anew, and returns where it ends; of a chain that there is not, the zero Head.
// Errors: [*BrokenError], [database.ErrUnavailable].
func (l *Log) Verify(ctx context.Context, chain Chain) (Head, error) {
	var head Head
	err := l.db.Read(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT number, hash FROM audit_chains WHERE chain = $1`, string(chain)).Scan(&head.Number, &head.Hash)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		at := Head{Hash: first}
		for {
			some, err := read(ctx, tx, `SELECT `+columns+` FROM audit WHERE chain = $1 AND number > $2 ORDER BY number LIMIT $3`,
				string(chain), at.Number, verifyAtOnce)
			if err != nil {
				return err
			}
			if len(some) == 0 {
				return endsAt(chain, head, at)
			}
			if at, err = follow(chain, at, some); err != nil {
				return err
			}
		}
	})
	return head, err
}

// follow goes on from a place in a chain over entries, and returns where it got.
func follow(chain Chain, at Head, entries []Entry) (Head, error) {
	for _, e := range entries {
		if e.Number != at.Number+1 {
			return at, &BrokenError{Chain: chain, Number: at.Number + 1, Why: "it is missing"}
		}
		hash, err := e.sum(chain, at.Hash)
		if err != nil {
			return at, err
		}
		if hash != e.Hash {
			return at, &BrokenError{Chain: chain, Number: e.Number, Why: "it, or one before it, is not what was written"}
		}
		at = Head{Number: e.Number, Hash: e.Hash}
	}
	return at, nil
}

func endsAt(chain Chain, head, at Head) error {
	switch {
	case at.Number < head.Number:
		return &BrokenError{Chain: chain, Number: at.Number + 1, Why: fmt.Sprintf("it is missing, and %d entries are the chain's", head.Number)}
	case at != head:
		return &BrokenError{Chain: chain, Number: at.Number, Why: "the chain's end is noted otherwise"}
	}
	return nil
}
