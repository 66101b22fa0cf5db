package ledger

import (
	"context"
	"database/sql"
	"time"
)

// Record writes what happened, all or nothing. What is there already gets an end if it has none, or one that is [Unknown]; the larger
// number of sessions, a name and a wait where it had none; and nothing else. What was found rather than seen to begin continues the one
// of the same teammate that began at the same moment under a lower fence or turn and has no end: an engine in process gives new ones
// when it starts. What happened on a license that is no more is left out. Alerts that follow from it are raised in the same transaction. Errors: [database.ErrUnavailable].
func (l *Ledger) Record(ctx context.Context, h Happenings) error {
	return l.db.Write(ctx, func(tx *sql.Tx) error {
		w := writer{ctx: ctx, tx: tx}
		for i := range h.Stays {
			w.stay(&h.Stays[i])
		}
		for i := range h.Waits {
			w.wait(&h.Waits[i])
		}
		for i := range h.Refusals {
			w.refusal(&h.Refusals[i])
		}
		if err := w.close(); err != nil {
			return err
		}
		return alert(ctx, tx, &h)
	})
}

// writer writes with statements that are prepared once, as they are needed. After an error it does nothing.
type writer struct {
	ctx      context.Context
	tx       *sql.Tx
	prepared map[string]*sql.Stmt
	err      error
}

func (w *writer) exec(query string, args ...any) {
	if w.err != nil {
		return
	}
	s := w.prepared[query]
	if s == nil {
		if s, w.err = w.tx.PrepareContext(w.ctx, query); w.err != nil {
			return
		}
		if w.prepared == nil {
			w.prepared = map[string]*sql.Stmt{}
		}
		w.prepared[query] = s
	}
	_, w.err = s.ExecContext(w.ctx, args...)
}

func (w *writer) close() error {
	for _, s := range w.prepared {
		if err := s.Close(); w.err == nil {
			w.err = err
		}
	}
	return w.err
}

const (
	endsStay = `(excluded.ended_at IS NOT NULL AND (stays.reason = '' OR stays.reason = '` + Unknown + `' AND excluded.reason <> '` + Unknown + `'))`

	continueStay = `UPDATE stays SET fence = $4 WHERE license = $1 AND teammate = $2 AND began_at = $3 AND ended_at IS NULL AND fence < $4
		AND NOT EXISTS (SELECT 1 FROM stays WHERE license = $1 AND fence = $4)`

	putStay = `INSERT INTO stays (license, fence, teammate, name, number, began_at, via, overage, waited_ms, sessions, ended_at, reason,
			by_teammate, to_teammate, message)
		SELECT id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 FROM licenses WHERE id = $1
		ON CONFLICT (license, fence) DO UPDATE SET
			name = CASE WHEN stays.name = '' THEN excluded.name ELSE stays.name END,
			waited_ms = CASE WHEN stays.waited_ms = 0 THEN excluded.waited_ms ELSE stays.waited_ms END,
			sessions = CASE WHEN stays.sessions < excluded.sessions THEN excluded.sessions ELSE stays.sessions END,
			ended_at = CASE WHEN ` + endsStay + ` THEN excluded.ended_at ELSE stays.ended_at END,
			reason = CASE WHEN ` + endsStay + ` THEN excluded.reason ELSE stays.reason END,
			by_teammate = CASE WHEN ` + endsStay + ` THEN excluded.by_teammate ELSE stays.by_teammate END,
			to_teammate = CASE WHEN ` + endsStay + ` THEN excluded.to_teammate ELSE stays.to_teammate END,
			message = CASE WHEN ` + endsStay + ` THEN excluded.message ELSE stays.message END
		WHERE ` + endsStay + ` OR stays.name = '' AND excluded.name <> '' OR stays.waited_ms = 0 AND excluded.waited_ms > 0
			OR stays.sessions < excluded.sessions`

	continueWait = `UPDATE waits SET turn = $4 WHERE license = $1 AND teammate = $2 AND began_at = $3 AND ended_at IS NULL AND turn < $4
		AND NOT EXISTS (SELECT 1 FROM waits WHERE license = $1 AND turn = $4)`

	putWait = `INSERT INTO waits (license, turn, teammate, name, began_at, ended_at, outcome)
		SELECT id, $2, $3, $4, $5, $6, $7 FROM licenses WHERE id = $1
		ON CONFLICT (license, turn) DO UPDATE SET ended_at = excluded.ended_at, outcome = excluded.outcome
		WHERE excluded.ended_at IS NOT NULL
			AND (waits.outcome = '' OR waits.outcome = '` + Unknown + `' AND excluded.outcome <> '` + Unknown + `')`

	putRefusal = `INSERT INTO refusals (license, session, seq, teammate, name, at, code)
		SELECT id, $2, $3, $4, $5, $6, $7 FROM licenses WHERE id = $1
		ON CONFLICT (license, session, seq) DO NOTHING`
)

func (w *writer) stay(s *Stay) {
	if s.Found {
		w.exec(continueStay, s.License, s.Teammate, s.Began.UnixMilli(), s.Fence)
	}
	w.exec(putStay, s.License, s.Fence, s.Teammate, s.Name, s.Number, s.Began.UnixMilli(), s.Via, s.Overage, s.Waited.Milliseconds(),
		s.Sessions, orNull(s.Ended), s.Reason, s.By, s.To, s.Message)
}

func (w *writer) wait(v *Wait) {
	if v.Found {
		w.exec(continueWait, v.License, v.Teammate, v.Began.UnixMilli(), v.Turn)
	}
	w.exec(putWait, v.License, v.Turn, v.Teammate, v.Name, v.Began.UnixMilli(), orNull(v.Ended), v.Outcome)
}

func (w *writer) refusal(r *Refusal) {
	w.exec(putRefusal, r.License, r.Session, r.Seq, r.Teammate, r.Name, r.At.UnixMilli(), r.Code)
}

func orNull(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}
