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
	rows, err := tx.QueryContext(ctx, `SELECT w.license, w.teammate, w.name, w.began_at, l.policy FROM waits w JOIN licenses l ON l.id = w.license
		WHERE w.ended_at IS NULL AND w.began_at = (SELECT min(began_at) FROM waits o WHERE o.license = w.license AND o.ended_at IS NULL)
			AND NOT EXISTS (SELECT 1 FROM alerts a WHERE a.license = w.license AND a.kind = $1 AND a.subject = '' AND a.last_at > $2)
		ORDER BY w.license, w.turn`, string(alerts.Waiting), now.Add(-time.Minute).UnixMilli())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			license, teammate, name, policy string
			began                           int64
		)
		if err := rows.Scan(&license, &teammate, &name, &began, &policy); err != nil {
			return nil, err
		}
		rules, err := alerts.RulesOf(policy)
		if err != nil {
			return nil, err
		}
		waited := now.Sub(moment(began))
		if rules.Waiting == 0 || waited < rules.Waiting || len(all) > 0 && all[len(all)-1].License == license {
			continue
		}
		all = append(all, alerts.Alert{
			License: license, Kind: alerts.Waiting, Raised: now, Detail: map[string]any{"teammate": teammate, "since": moment(began).Format(time.RFC3339Nano)},
			Text: fmt.Sprintf("%s has waited for a seat for %s.", cmp.Or(name, teammate), waited.Truncate(time.Second)),
		})
	}
	return all, rows.Err()
}
