package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"usher/internal/alerts"
)

// news is what happened on a license that administrators may want to know.
type news struct {
	began   time.Time // the last stay; zero: none
	over    *Stay     // the last one above the cap
	refused *Refusal  // the last for want of a seat
	notices []Notice
}

// newsOf are those of each license, of what was seen to happen; what was found happened before.
func newsOf(h *Happenings) map[string]*news {
	all := map[string]*news{}
	of := func(license string) *news {
		if all[license] == nil {
			all[license] = &news{}
		}
		return all[license]
	}
	for i := range h.Stays {
		if s := &h.Stays[i]; !s.Found && s.Ended.IsZero() {
			n := of(s.License)
			n.began = later(n.began, s.Began)
			if s.Overage {
				n.over = s
			}
		}
	}
	for i := range h.Refusals {
		if r := &h.Refusals[i]; r.Code == SeatsFull {
			of(r.License).refused = r
		}
	}
	for _, notice := range h.Notices {
		n := of(notice.License)
		n.notices = append(n.notices, notice)
	}
	return all
}

// alert raises the alerts that follow from what was written.
func alert(ctx context.Context, tx *sql.Tx, h *Happenings) error {
	all := newsOf(h)
	for _, license := range slices.Sorted(maps.Keys(all)) {
		if err := all[license].alert(ctx, tx, license); err != nil {
			return err
		}
	}
	return nil
}

func (n *news) alert(ctx context.Context, tx *sql.Tx, license string) error {
	raise := func(kind alerts.Kind, at time.Time, detail map[string]any, text string, args ...any) error {
		return alerts.Raise(ctx, tx, alerts.Alert{
			License: license, Kind: kind, Raised: at, Detail: detail, Text: fmt.Sprintf(text, args...),
		})
	}
	var (
		seatCap, used int64
		policy        string
	)
	err := tx.QueryRowContext(ctx, `SELECT cap, policy, (SELECT count(*) FROM stays WHERE license = licenses.id AND ended_at IS NULL)
		FROM licenses WHERE id = $1`, license).Scan(&seatCap, &policy, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	rules, err := alerts.RulesOf(policy)
	if err != nil {
		return err
	}
	level := map[string]any{"used": used, "cap": seatCap}
	switch {
	case n.began.IsZero():
	case used >= seatCap:
		err = raise(alerts.SeatsFull, n.began, level, "All %d seats are used.", seatCap)
	case rules.NearPercent > 0 && used*100 >= rules.NearPercent*seatCap:
		err = raise(alerts.SeatsNear, n.began, level, "%d of %d seats are used.", used, seatCap)
	}
	if s := n.over; s != nil && err == nil {
		err = raise(alerts.Overage, s.Began, map[string]any{"used": used, "cap": seatCap, "teammate": s.Teammate},
			"%s got a seat above the cap of %d.", cmp.Or(s.Name, s.Teammate), seatCap)
	}
	if r := n.refused; r != nil && err == nil {
		err = raise(alerts.Refused, r.At, map[string]any{"teammate": r.Teammate}, "%s was refused: no seat was free.", cmp.Or(r.Name, r.Teammate))
	}
	for _, notice := range n.notices {
		if err == nil {
			err = raise(notice.Kind, notice.At, notice.Detail, "%s", notice.Text)
		}
	}
	return err
}

// waitsAtOnce bounds how many licenses are told of in one transaction.
const waitsAtOnce = 100

// AlertWaits raises alerts for those who wait for longer than their license's policy bears, and tells for how many licenses. Several nodes may do so
// at once. Errors: [database.ErrUnavailable].
func (l *Ledger) AlertWaits(ctx context.Context, now time.Time) (told int, err error) {
	var all []alerts.Alert
	err = l.db.Read(ctx, func(tx *sql.Tx) error {
		all, err = longWaits(ctx, tx, now)
		return err
	})
	for some := range slices.Chunk(all, waitsAtOnce) {
		if err == nil {
			err = l.db.Write(ctx, func(tx *sql.Tx) error {
				for _, a := range some {
					if err := alerts.Raise(ctx, tx, a); err != nil {
						return err
					}
				}
				return nil
			})
			told += len(some)
		}
	}
	return told, err
}

// longWaits are the alerts about those who wait for too long, one for each license, of which nobody was told within a minute.
func longWaits(ctx context.Context, tx *sql.Tx, now time.Time) (all []alerts.Alert, err error) {
	longest, err := longestWaits(ctx, tx, now)
	if err != nil {
		return nil, err
	}
	for _, w := range longest {
		var teammate, name string
		err := tx.QueryRowContext(ctx, `SELECT teammate, name FROM waits WHERE license = $1 AND ended_at IS NULL AND began_at = $2 ORDER BY turn LIMIT 1`,
			w.License, w.Began.UnixMilli()).Scan(&teammate, &name)
		if err != nil {
			return nil, err
		}
		all = append(all, alerts.Alert{
			License: w.License, Kind: alerts.Waiting, Raised: now, Detail: map[string]any{"teammate": teammate, "since": w.Began.Format(time.RFC3339Nano)},
			Text: fmt.Sprintf("%s has waited for a seat for %s.", cmp.Or(name, teammate), now.Sub(w.Began).Truncate(time.Second)),
		})
	}
	return all, nil
}

// longestWaits are those that are too long, of which License and Began are told, the longest of each license.
func longestWaits(ctx context.Context, tx *sql.Tx, now time.Time) (all []Wait, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT w.license, w.began, l.policy
		FROM (SELECT license, min(began_at) AS began FROM waits WHERE ended_at IS NULL GROUP BY license) w JOIN licenses l ON l.id = w.license
		WHERE NOT EXISTS (SELECT 1 FROM alerts a WHERE a.license = w.license AND a.kind = $1 AND a.subject = '' AND a.last_at > $2)
		ORDER BY w.license`, string(alerts.Waiting), now.Add(-time.Minute).UnixMilli())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			license, policy string
			began           int64
		)
		if err := rows.Scan(&license, &began, &policy); err != nil {
			return nil, err
		}
		rules, err := alerts.RulesOf(policy)
		if err != nil {
			return nil, err
		}
		if rules.Waiting > 0 && now.Sub(moment(began)) >= rules.Waiting {
			all = append(all, Wait{License: license, Began: moment(began)})
		}
	}
	return all, rows.Err()
}
