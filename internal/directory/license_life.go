package directory

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"usher/internal/audit"
)

// NewLicense is a license to be created.
type NewLicense struct {
	ID         string // "": one is made
	Partner    string // id of an existing partner
	Name       string
	Cap        int
	PriceCents int64
	Currency   string          // "": DefaultCurrency
	Policy     json.RawMessage // an object, or nil
	Teammates  []NewTeammate   // at most MaxNewTeammates
}

// CreateLicense is [Acting.CreateLicenseInviting] of a license to which nobody is invited.
func (d Acting) CreateLicense(ctx context.Context, n NewLicense) (l License, ts []Teammate, err error) {
	l, ts, _, err = d.CreateLicenseInviting(ctx, n, nil)
	return l, ts, err
}

// CreateLicenseInviting creates a license with its teammates, at revision 1, and invites others, all or nothing.
// Errors: [Invalid], [IDTaken], [EmailTaken], [AlreadyInvited], [TooMany]; those of a teammate name it, as teammates[2].email, and
// those of somebody who is to be invited, as invitations[2].email.
func (d Acting) CreateLicenseInviting(ctx context.Context, n NewLicense, others []NewInvitation) (l License, ts []Teammate, is []Invitation, err error) {
	if l, ts, err = d.newLicense(n); err != nil {
		return License{}, nil, nil, err
	}
	if len(others) > MaxInvitations {
		return License{}, nil, nil, invalid("invitations", "must be at most %d", MaxInvitations)
	}
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		is = nil
		if err := insertLicense(ctx, tx, l, ts); err != nil {
			return err
		}
		deeds := []audit.Deed{{Action: audit.LicenseCreated, Subject: l.ID, Detail: map[string]any{
			"name": l.Name, "cap": l.Cap, "price_cents": l.PriceCents, "currency": l.Currency, "policy": l.Policy, "partner": l.Partner,
		}}}
		for _, t := range ts {
			deeds = append(deeds, added(t))
		}
		if err := d.tell(ctx, tx, l.ID, deeds...); err != nil {
			return err
		}
		for i, other := range others {
			invited, err := d.invite(ctx, tx, l, other)
			if err != nil {
				return within(fmt.Sprintf("invitations[%d]", i), err)
			}
			is = append(is, invited)
		}
		return nil
	})
	if err != nil {
		return License{}, nil, nil, err
	}
	return l, ts, is, nil
}

// EnsureLicense creates a license like [Acting.CreateLicense] unless there is one with its id, which then
// stays as it is. n.ID must be given.
func (d Acting) EnsureLicense(ctx context.Context, n NewLicense) (l License, created bool, err error) {
	if n.ID == "" {
		return License{}, false, invalid("id", "must be given")
	}
	l, _, err = d.CreateLicense(ctx, n)
	if CodeOf(err) != IDTaken {
		return l, err == nil, err
	}
	l, err = d.License(ctx, n.ID)
	return l, false, err
}

func (d *Directory) newLicense(n NewLicense) (License, []Teammate, error) {
	l := License{
		ID: n.ID, Partner: n.Partner, Cap: n.Cap, PriceCents: n.PriceCents, Currency: n.Currency,
		Status: Active, Revision: 1, Created: fromMS(d.nowMS()),
	}
	if l.Currency == "" {
		l.Currency = DefaultCurrency
	}
	if err := d.fillID(&l.ID, "lic_"); err != nil {
		return l, nil, err
	}
	if err := l.apply(LicenseChange{Name: &n.Name, Policy: n.Policy}, d.minGrace); err != nil {
		return l, nil, err
	}
	if len(n.Teammates) > MaxNewTeammates {
		return l, nil, invalid("teammates", "must be at most %d", MaxNewTeammates)
	}
	ts := make([]Teammate, len(n.Teammates))
	for i, nt := range n.Teammates {
		t, err := d.newTeammate(nt)
		if err != nil {
			return l, nil, within(fmt.Sprintf("teammates[%d]", i), err)
		}
		t.License, t.Revision = l.ID, l.Revision
		ts[i] = t
	}
	return l, ts, nil
}

// fillID makes an id where none was given, and checks one that was.
func (d *Directory) fillID(id *string, mark string) (err error) {
	if *id == "" {
		*id, err = d.newID(mark)
		return err
	}
	return checkID("id", *id)
}

func insertLicense(ctx context.Context, tx *sql.Tx, l License, ts []Teammate) error {
	policy, err := l.Policy.stored()
	if err != nil {
		return err
	}
	var purged int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM purged_licenses WHERE id = $1`, l.ID).Scan(&purged); err != nil {
		return err
	}
	inserted, err := changed(tx.ExecContext(ctx, `INSERT INTO licenses (`+licenseColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, NULL) ON CONFLICT (id) DO NOTHING`,
		l.ID, l.Partner, l.Name, l.Cap, l.PriceCents, l.Currency, policy, l.Status, l.Revision, l.Created.UnixMilli()))
	if err != nil {
		return err
	}
	if purged > 0 || !inserted {
		return &Error{Code: IDTaken, Field: "id", Reason: "there is or was a license with this id"}
	}
	for i, t := range ts {
		if err := insertTeammate(ctx, tx, t); err != nil {
			return within(fmt.Sprintf("teammates[%d]", i), err)
		}
	}
	return nil
}

// changed tells whether a statement changed a row.
func changed(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// DeleteLicense ends a license for good: it is expired, no list shows it, and nothing of it can be changed.
// Done again, it changes nothing. ifRevision is as for ChangeLicense. Errors: [NotFound], [StaleRevision].
func (d Acting) DeleteLicense(ctx context.Context, id string, ifRevision []int64) (l License, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		if l, err = holdLicense(ctx, tx, id); err != nil || !l.Deleted.IsZero() {
			return err
		}
		if err := demandRevision(l, ifRevision); err != nil {
			return err
		}
		before := l
		l.Status, l.Deleted = Expired, fromMS(d.nowMS())
		if _, err := l.save(ctx, tx, before); err != nil {
			return err
		}
		return d.tell(ctx, tx, id, audit.Deed{Action: audit.LicenseDeleted, Subject: id})
	})
	return l, err
}

// PurgeLicense forgets a deleted license, with its teammates, cooldowns, board and audit log; the partner's log tells of it.
// Its id stays taken.
// Errors: [NotFound]; [Invalid] when it was not deleted before, so that engines can be told of the end first.
func (d Acting) PurgeLicense(ctx context.Context, id string) error {
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		l, err := holdLicense(ctx, tx, id)
		if err != nil {
			return err
		}
		if l.Deleted.IsZero() {
			return invalid("license", "must be deleted before it is purged")
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO purged_licenses (id, purged_at) VALUES ($1, $2)`, id, d.nowMS()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM licenses WHERE id = $1`, id); err != nil {
			return err
		}
		if err := audit.Purge(ctx, tx, audit.OfLicense(id)); err != nil {
			return err
		}
		return d.tellPartner(ctx, tx, l.Partner, audit.Deed{Action: audit.LicensePurged, Subject: id, Detail: map[string]any{"name": l.Name}})
	})
}
