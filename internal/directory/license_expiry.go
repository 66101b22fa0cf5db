package directory

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"usher/internal/alerts"
	"usher/internal/audit"
)

// ExpiringAhead is how long before a license ends its administrators are told.
const ExpiringAhead = 14 * 24 * time.Hour

// expireAtOnce bounds how many licenses are ended, or told of, in one transaction.
const expireAtOnce = 50

// ExpireLicenses ends the licenses whose time has come, and raises alerts on those whose time comes soon, each once, whichever node asks first.
// It returns those that it ended, so that engines can be told; there may be more to do where more is true.
func (d *Directory) ExpireLicenses(ctx context.Context) (ended []License, more bool, err error) {
	const due = `expires_at <= $1 AND status <> 'expired' AND deleted_at IS NULL`
	const soon = `expires_at <= $1 AND expires_at > $2 AND told_expiring <> expires_at AND status <> 'expired' AND deleted_at IS NULL`
	now, ahead := d.nowMS(), d.now().Add(ExpiringAhead).UnixMilli()
	var one int
	err = d.db.Row(ctx, `SELECT 1 FROM licenses WHERE expires_at <= $1 AND status <> 'expired' AND deleted_at IS NULL
		AND (expires_at <= $2 OR told_expiring <> expires_at) LIMIT 1`, []any{ahead, now}, []any{&one})
	if errors.Is(err, sql.ErrNoRows) { // as nearly always: nobody has to wait for a writer
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	usher := d.By(audit.Actor{Kind: audit.Usher})
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		ended = nil
		found, err := collect(ctx, tx, scanLicense, `SELECT `+licenseColumns+` FROM licenses WHERE `+due+` ORDER BY id LIMIT $2`, now, expireAtOnce)
		if err != nil {
			return err
		}
		more = len(found) == expireAtOnce
		for _, l := range found {
			if l, err = holdLicense(ctx, tx, l.ID); err != nil {
				return err
			}
			if l.Status == Expired || !l.Deleted.IsZero() || l.Expires.IsZero() || l.Expires.After(d.now()) {
				continue // changed by another one between the two
			}
			before := l
			l.Status = Expired
			changed, err := l.save(ctx, tx, before)
			if err != nil {
				return err
			}
			if err := usher.tell(ctx, tx, l.ID, audit.Deed{Action: audit.LicenseChanged, Subject: l.ID, Detail: changed}); err != nil {
				return err
			}
			ended = append(ended, l)
		}
		found, err = collect(ctx, tx, scanLicense, `UPDATE licenses SET told_expiring = expires_at
			WHERE `+soon+` AND id IN (SELECT id FROM licenses WHERE `+soon+` ORDER BY id LIMIT $3) RETURNING `+licenseColumns, ahead, now, expireAtOnce)
		if err != nil {
			return err
		}
		more = more || len(found) == expireAtOnce
		for _, l := range found {
			err := alerts.Raise(ctx, tx, alerts.Alert{
				License: l.ID, Kind: alerts.LicenseExpiring, Subject: l.Expires.Format(time.RFC3339), Raised: d.now(),
				Text: "The license expires on " + day(l.Expires) + ".", Detail: map[string]any{"expires": l.Expires.Format(time.RFC3339Nano)},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return ended, more, err
}

// Numbers are how many there are of what belongs to a license.
type Numbers struct {
	Teammates, Operators, Administrators, OpenInvitations int
}

// Numbers counts what belongs to a license.
func (d *Directory) Numbers(ctx context.Context, license string) (n Numbers, err error) {
	if !idShaped(license) {
		return n, notFound("license")
	}
	err = d.db.Row(ctx, `SELECT count(*), count(CASE WHEN operator THEN 1 END), count(CASE WHEN administrator THEN 1 END),
			(SELECT count(*) FROM invitations WHERE license = $1 AND state = 'pending' AND expires_at > $2)
		FROM teammates WHERE license = $1 AND removed_at IS NULL`, []any{license, d.nowMS()},
		[]any{&n.Teammates, &n.Operators, &n.Administrators, &n.OpenInvitations})
	return n, err
}
