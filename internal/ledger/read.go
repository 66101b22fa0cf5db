package ledger

import (
	"context"
	"database/sql"
	"math"
	"strconv"
	"strings"
	"time"
)

// Filter is which of a license's stays, waits or refusals to read. Zero fields leave nothing out.
type Filter struct {
	License  string // needed
	From, To time.Time
	Teammate string
	Open     bool // those alone that have no end

	BeforeNumber int64 // fences or turns below it
	Before       RefusalCursor
}

// RefusalCursor is where a list of refusals goes on: after this one, towards the older ones. The zero value is the beginning.
type RefusalCursor struct {
	At      time.Time
	Session string
	Seq     int64
}

const stayColumns = `license, fence, teammate, name, number, began_at, via, overage, waited_ms, sessions, ended_at, reason, by_teammate,
	to_teammate, message`

// Stays returns stays that touch the filter's time, those of the highest fences first, at most so many. Errors: [database.ErrUnavailable].
func (l *Ledger) Stays(ctx context.Context, f Filter, limit int) ([]Stay, error) {
	return readAll(ctx, l, f.query(`SELECT `+stayColumns+` FROM stays`, "fence", limit), scanStay)
}

// Waits returns waits that touch the filter's time, those of the highest turns first, at most so many. Errors: [database.ErrUnavailable].
func (l *Ledger) Waits(ctx context.Context, f Filter, limit int) ([]Wait, error) {
	return readAll(ctx, l, f.query(`SELECT license, turn, teammate, name, began_at, ended_at, outcome FROM waits`, "turn", limit), scanWait)
}

// Refusals returns refusals within the filter's time, newest first, at most so many. Errors: [database.ErrUnavailable].
func (l *Ledger) Refusals(ctx context.Context, f Filter, limit int) ([]Refusal, error) {
	q := &query{}
	q.add(`SELECT license, session, seq, teammate, name, at, code FROM refusals WHERE license = ?`, f.License)
	f.addTime(q, ` AND at >= ?`, ` AND at < ?`)
	if f.Teammate != "" {
		q.add(` AND teammate = ?`, f.Teammate)
	}
	if !f.Before.At.IsZero() {
		q.add(` AND (at, session, seq) < (?, ?, ?)`, f.Before.At.UnixMilli(), f.Before.Session, f.Before.Seq)
	}
	q.add(` ORDER BY at DESC, session DESC, seq DESC LIMIT ?`, limit)
	return readAll(ctx, l, q, scanRefusal)
}

// Unended returns the stays and waits of a license that have no end. Errors: [database.ErrUnavailable].
func (l *Ledger) Unended(ctx context.Context, license string) (h Happenings, err error) {
	f := Filter{License: license, Open: true}
	if h.Stays, err = l.Stays(ctx, f, math.MaxInt32); err != nil {
		return h, err
	}
	h.Waits, err = l.Waits(ctx, f, math.MaxInt32)
	return h, err
}

// query is a query that is put together, with ? for each of its arguments.
type query struct {
	text strings.Builder
	args []any
}

func (q *query) add(text string, args ...any) {
	for part := range strings.SplitAfterSeq(text, "?") {
		before, is := strings.CutSuffix(part, "?")
		q.text.WriteString(before)
		if is {
			q.args = append(q.args, args[0])
			args = args[1:]
			q.text.WriteString("$" + strconv.Itoa(len(q.args)))
		}
	}
}

func (f Filter) query(from, number string, limit int) *query {
	q := &query{}
	q.add(from+` WHERE license = ?`, f.License)
	f.addTime(q, ` AND (ended_at IS NULL OR ended_at > ?)`, ` AND began_at < ?`)
	if f.Teammate != "" {
		q.add(` AND teammate = ?`, f.Teammate)
	}
	if f.Open {
		q.add(` AND ended_at IS NULL`)
	}
	if f.BeforeNumber > 0 {
		q.add(` AND `+number+` < ?`, f.BeforeNumber)
	}
	q.add(` ORDER BY `+number+` DESC LIMIT ?`, limit)
	return q
}

func (f Filter) addTime(q *query, from, to string) {
	if !f.From.IsZero() {
		q.add(from, f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		q.add(to, f.To.UnixMilli())
	}
}

func readAll[T any](ctx context.Context, l *Ledger, q *query, scan func(*sql.Rows) (T, error)) (all []T, err error) {
	err = l.db.Read(ctx, func(tx *sql.Tx) error {
		all = nil
		rows, err := tx.QueryContext(ctx, q.text.String(), q.args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			one, err := scan(rows)
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		return rows.Err()
	})
	return all, err
}

func scanStay(rows *sql.Rows) (s Stay, err error) {
	var (
		began, waited int64
		ended         sql.NullInt64
	)
	err = rows.Scan(&s.License, &s.Fence, &s.Teammate, &s.Name, &s.Number, &began, &s.Via, &s.Overage, &waited, &s.Sessions, &ended,
		&s.Reason, &s.By, &s.To, &s.Message)
	s.Began, s.Ended, s.Waited = moment(began), orNone(ended), time.Duration(waited)*time.Millisecond
	return s, err
}

func scanWait(rows *sql.Rows) (w Wait, err error) {
	var (
		began int64
		ended sql.NullInt64
	)
	err = rows.Scan(&w.License, &w.Turn, &w.Teammate, &w.Name, &began, &ended, &w.Outcome)
	w.Began, w.Ended = moment(began), orNone(ended)
	return w, err
}

func scanRefusal(rows *sql.Rows) (r Refusal, err error) {
	var at int64
	err = rows.Scan(&r.License, &r.Session, &r.Seq, &r.Teammate, &r.Name, &at, &r.Code)
	r.At = moment(at)
	return r, err
}

func moment(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func orNone(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return moment(ms.Int64)
}
