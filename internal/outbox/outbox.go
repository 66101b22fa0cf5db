// Package outbox keeps mail that is to be sent, so that none is lost: it is put there in the transaction of what it tells, and
// stays until a mail server has taken it.
//
//	Put ──▶ due ──Claim──▶ a node's, for a time ──Sent──▶ sent
//	         ▲                    │ ├──Later──▶ due again, at a later moment
//	         └── the time is over ┘ └──Failed──▶ failed
//
// A message has an id that whoever puts it chooses: put twice, it is there once. A node that dies after the mail server took a
// message, and before that was noted, leaves it to be sent once more, with the same id: at least once.
package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"usher/internal/database"
)

// Message is one mail.
type Message struct {
	ID   string // letters, digits and -._ ; the same in each attempt
	To   string // an address
	Kind string // names the text
	Content
}

// Content is what is put into a message's text. Nothing of it is secret.
type Content struct {
	Fields map[string]string `json:"fields,omitempty"`
	Token  *TokenRef         `json:"token,omitempty"` // of the token that the mail carries, if it carries one
}

// TokenRef names a token that is made when the mail that carries it is sent, so that it stands nowhere: it follows from the
// servers' secret and this.
type TokenRef struct {
	Purpose string `json:"purpose"` // what it is good for
	ID      string `json:"id"`      // of what it is for
	Number  int64  `json:"number"`  // which of several for the same, each newer than those before
}

// Put adds messages in the transaction of what they tell. One that is there, or was, is not added again.
func Put(ctx context.Context, tx *sql.Tx, now time.Time, messages ...Message) error {
	for _, m := range messages {
		data, err := json.Marshal(m.Content)
		if err != nil {
			return fmt.Errorf("outbox: %s: %w", m.Kind, err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO outbox
				(id, recipient, kind, data, created_at, due_at, attempts, claimed_by, claimed_until, last_error)
				VALUES ($1, $2, $3, $4, $5, $6, 0, '', 0, '') ON CONFLICT (id) DO NOTHING`,
			m.ID, m.To, m.Kind, string(data), now.UnixMilli(), now.UnixMilli())
		if err != nil {
			return err
		}
	}
	return nil
}

// Claimed is a message that a node is to send.
type Claimed struct {
	ID       string
	To       string
	Kind     string
	Created  time.Time
	Attempts int // before this one

	Content
}

// Box is the outbox of a database.
type Box struct{ db *database.DB }

// New returns the outbox in a database, which the caller keeps open as long.
func New(db *database.DB) *Box { return &Box{db: db} }

// Claim takes messages that are due, oldest first and at most so many, for a node, and for a time: until then nobody else
// gets them. Errors: [database.ErrUnavailable].
func (b *Box) Claim(ctx context.Context, node string, now time.Time, hold time.Duration, most int) (claimed []Claimed, err error) {
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		claimed = nil
		// The conditions stand twice: another node may have claimed a row between the two.
		const due = `sent_at IS NULL AND failed_at IS NULL AND due_at <= $1 AND claimed_until <= $1`
		rows, err := tx.QueryContext(ctx, `UPDATE outbox SET claimed_by = $2, claimed_until = $3
				WHERE `+due+` AND id IN (SELECT id FROM outbox WHERE `+due+` ORDER BY due_at, id LIMIT $4)
				RETURNING id, recipient, kind, data, created_at, attempts`,
			now.UnixMilli(), node, now.Add(hold).UnixMilli(), most)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var (
				c       Claimed
				data    string
				created int64
			)
			if err := rows.Scan(&c.ID, &c.To, &c.Kind, &data, &created, &c.Attempts); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(data), &c.Content); err != nil {
				return fmt.Errorf("outbox: message %s: %w", c.ID, err)
			}
			c.Created = time.UnixMilli(created).UTC()
			claimed = append(claimed, c)
		}
		return rows.Err()
	})
	return claimed, err
}

// Sent notes that a mail server has taken a message. Errors: [database.ErrUnavailable].
func (b *Box) Sent(ctx context.Context, id string, now time.Time) error {
	return b.exec(ctx, `UPDATE outbox SET sent_at = $2, attempts = attempts + 1, last_error = '', claimed_by = '', claimed_until = 0
		WHERE id = $1 AND sent_at IS NULL`, id, now.UnixMilli())
}

// Later notes that a message could not be sent, and when it is due again. Only whose it is may say so: who comes too late may
// find it sent by another. Errors: [database.ErrUnavailable].
func (b *Box) Later(ctx context.Context, id, node string, due time.Time, why string) error {
	return b.exec(ctx, `UPDATE outbox SET due_at = $3, attempts = attempts + 1, last_error = $4, claimed_by = '', claimed_until = 0
		WHERE id = $1 AND claimed_by = $2 AND sent_at IS NULL`, id, node, due.UnixMilli(), clip(why))
}

// Failed notes that a message can't be sent. Errors: [database.ErrUnavailable].
func (b *Box) Failed(ctx context.Context, id, node string, now time.Time, why string) error {
	return b.exec(ctx, `UPDATE outbox SET failed_at = $3, attempts = attempts + 1, last_error = $4, claimed_by = '', claimed_until = 0
		WHERE id = $1 AND claimed_by = $2 AND sent_at IS NULL`, id, node, now.UnixMilli(), clip(why))
}

// clip keeps what a mail server said at a bearable length.
func clip(why string) string {
	const most = 500
	if len(why) > most {
		why = why[:most]
	}
	return toText(why)
}

func (b *Box) exec(ctx context.Context, query string, args ...any) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
}

// Next is when the next message is due that nobody has claimed; zero: there is none. Errors: [database.ErrUnavailable].
func (b *Box) Next(ctx context.Context) (time.Time, error) {
	var due int64
	err := b.db.Row(ctx, `SELECT CASE WHEN due_at < claimed_until THEN claimed_until ELSE due_at END AS due FROM outbox
		WHERE sent_at IS NULL AND failed_at IS NULL ORDER BY due LIMIT 1`, nil, []any{&due})
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return time.UnixMilli(due).UTC(), nil
}

// State is what became of a message.
type State struct {
	Attempts int
	Error    string    // of the last attempt that failed
	Sent     time.Time // zero: not yet
	Failed   time.Time // zero: not given up
}

// State returns what became of a message, or false for one that there is not. Errors: [database.ErrUnavailable].
func (b *Box) State(ctx context.Context, id string) (s State, found bool, err error) {
	var sent, failed sql.NullInt64
	err = b.db.Row(ctx, `SELECT attempts, last_error, sent_at, failed_at FROM outbox WHERE id = $1`, []any{id},
		[]any{&s.Attempts, &s.Error, &sent, &failed})
	if errors.Is(err, sql.ErrNoRows) {
		return State{}, false, nil
	}
	if sent.Valid {
		s.Sent = time.UnixMilli(sent.Int64).UTC()
	}
	if failed.Valid {
		s.Failed = time.UnixMilli(failed.Int64).UTC()
	}
	return s, err == nil, err
}

// Prune forgets messages that were sent or failed, and put before a moment. Errors: [database.ErrUnavailable].
func (b *Box) Prune(ctx context.Context, before time.Time) error {
	return b.exec(ctx, `DELETE FROM outbox WHERE (sent_at IS NOT NULL OR failed_at IS NOT NULL) AND created_at < $1`, before.UnixMilli())
}
