package alerts

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

// Quiet is how long it has to be quiet about something before it is told of anew.
const Quiet = time.Hour

// noteEvery is how often it is noted that what an alert tells of goes on.
const noteEvery = time.Minute

// Kind is what an alert tells of.
type Kind string

// The kinds.
const (
	SeatsNear          Kind = "seats_near"          // nearly all seats of the cap are used
	SeatsFull          Kind = "seats_full"          // all of them are
	Overage            Kind = "overage"             // somebody got a seat above the cap
	Refused            Kind = "refused"             // somebody was refused for want of a seat
	Waiting            Kind = "waiting"             // somebody has waited for long
	AskedInVain        Kind = "asked_in_vain"       // somebody asked the administrators for a seat, and none of them was there
	InvitationAccepted Kind = "invitation_accepted" // of whom whoever invited is told by mail already
	InvitationStale    Kind = "invitation_stale"    // likewise
	LicenseExpiring    Kind = "license_expiring"    // the license ends soon
	AuditViolation     Kind = "audit_violation"     // the board breaks its own rules: a bug
)

// told tells whether administrators are sent mail.
func (k Kind) told() bool { return k != InvitationAccepted && k != InvitationStale }

// Alert is one entry of the feed.
type Alert struct {
	License string
	Number  int64 // from 1, on its license
	Kind    Kind
	Subject string         // whom or what it is about, where several of a kind are told apart; or ""
	Text    string         // what it tells, in a sentence
	Detail  map[string]any // the same for programs
	Raised  time.Time
	Last    time.Time // when what it tells of was last so, as far as was noted

	Acknowledged   time.Time // zero: not yet
	AcknowledgedBy string    // a teammate or partner
}

// Feed is the alerts of a database. It keeps no state of its own.
type Feed struct{ db *database.DB }

// New returns the feed in a database, which the caller keeps open as long.
func New(db *database.DB) *Feed { return &Feed{db: db} }

// Filter is which alerts of a license to read. Zero fields leave nothing out.
type Filter struct {
	License string // needed
	Open    bool   // those alone that are not acknowledged
	Kind    Kind
	Before  int64 // numbers below it
}

const columns = `license, number, kind, subject, text, detail, raised_at, last_at, acknowledged_at, acknowledged_by`

// Alerts returns alerts, newest first, at most so many. Errors: [database.ErrUnavailable].
func (f *Feed) Alerts(ctx context.Context, of Filter, limit int) (all []Alert, err error) {
	err = f.db.Read(ctx, func(tx *sql.Tx) error {
		all = nil
		rows, err := tx.QueryContext(ctx, `SELECT `+columns+` FROM alerts
			WHERE license = $1 AND number < $2 AND ($3 = '' OR kind = $3) AND (NOT $4 OR acknowledged_at IS NULL)
			ORDER BY number DESC LIMIT $5`, of.License, cmp.Or(of.Before, math.MaxInt64), string(of.Kind), of.Open, limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			a, err := scan(rows)
			if err != nil {
				return err
			}
			all = append(all, a)
		}
		return rows.Err()
	})
	return all, err
}

// Acknowledge notes in a transaction who has seen an alert, and returns it. The first who says so is who has; first tells whether it was this
// one. Errors: [sql.ErrNoRows], when there is no such alert.
func Acknowledge(ctx context.Context, tx *sql.Tx, license string, number int64, by string, now time.Time) (a Alert, first bool, err error) {
	result, err := tx.ExecContext(ctx, `UPDATE alerts SET acknowledged_at = $3, acknowledged_by = $4
		WHERE license = $1 AND number = $2 AND acknowledged_at IS NULL`, license, number, now.UnixMilli(), by)
	if err != nil {
		return Alert{}, false, err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return Alert{}, false, err
	}
	a, err = scan(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM alerts WHERE license = $1 AND number = $2`, license, number))
	return a, n > 0, err
}

func scan(row interface{ Scan(dest ...any) error }) (a Alert, err error) {
	var (
		raised, last int64
		acknowledged sql.NullInt64
		detail       string
	)
	err = row.Scan(&a.License, &a.Number, &a.Kind, &a.Subject, &a.Text, &detail, &raised, &last, &acknowledged, &a.AcknowledgedBy)
	if err != nil {
		return Alert{}, err
	}
	if err := json.Unmarshal([]byte(detail), &a.Detail); err != nil {
		return Alert{}, fmt.Errorf("alerts: the detail of alert %d of %s: %w", a.Number, a.License, err)
	}
	a.Raised, a.Last = time.UnixMilli(raised).UTC(), time.UnixMilli(last).UTC()
	if acknowledged.Valid {
		a.Acknowledged = time.UnixMilli(acknowledged.Int64).UTC()
	}
	return a, nil
}

// Raise raises an alert in the transaction of what it tells, of which License, Kind, Subject, Text and Detail are given, and Raised, which is when that
// was so. Where it was told of lately that is noted, and nothing else. On a license that is no more, nothing is.
func Raise(ctx context.Context, tx *sql.Tx, a Alert) error {
	quiet, err := note(ctx, tx, a)
	if err != nil || !quiet {
		return err
	}
	// The update that changes nothing is the portable way to take the row's lock: others may be about to raise the same.
	var license string
	err = tx.QueryRowContext(ctx, `UPDATE licenses SET revision = revision WHERE id = $1 AND deleted_at IS NULL RETURNING name`, a.License).Scan(&license)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if quiet, err = note(ctx, tx, a); err != nil || !quiet {
		return err
	}
	detail, err := json.Marshal(a.Detail)
	if err != nil {
		return fmt.Errorf("alerts: %s: %w", a.Kind, err)
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO alerts (license, number, kind, subject, text, detail, raised_at, last_at, acknowledged_by)
		SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $6, '' FROM alerts WHERE license = $1 RETURNING number`,
		a.License, string(a.Kind), a.Subject, a.Text, string(detail), a.Raised.UnixMilli()).Scan(&a.Number)
	if err != nil || !a.Kind.told() {
		return err
	}
	return mail(ctx, tx, license, a)
}

// note notes that something goes on that was told of, and tells whether it was quiet about it for long.
func note(ctx context.Context, tx *sql.Tx, a Alert) (quiet bool, err error) {
	var (
		number, last int64
		acknowledged sql.NullInt64
	)
	err = tx.QueryRowContext(ctx, `SELECT number, last_at, acknowledged_at FROM alerts
		WHERE license = $1 AND kind = $2 AND subject = $3 ORDER BY number DESC LIMIT 1`, a.License, string(a.Kind), a.Subject).
		Scan(&number, &last, &acknowledged)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	at := a.Raised.UnixMilli()
	if err != nil || at-last >= Quiet.Milliseconds() || acknowledged.Valid && at-acknowledged.Int64 >= Quiet.Milliseconds() {
		return true, err
	}
	if at-last >= noteEvery.Milliseconds() {
		_, err = tx.ExecContext(ctx, `UPDATE alerts SET last_at = $3 WHERE license = $1 AND number = $2`, a.License, number, at)
	}
	return false, err
}
