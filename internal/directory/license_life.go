package directory

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

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
	Expires    *time.Time      // when it ends by itself; nil: it does not
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
	made := madeLicense{License: l, teammates: ts}
	err = d.writeOnce(ctx,
		func(tx *sql.Tx, id string) error { return made.read(ctx, tx, d.Directory, id) },
		func(tx *sql.Tx) (string, error) { return l.ID, made.insert(ctx, tx, d, others) })
	if err != nil {
		return License{}, nil, nil, err
	}
	return made.License, made.teammates, made.invitations, nil
}

// madeLicense is a license with who came with it.
type madeLicense struct {
	License

	teammates   []Teammate
	invitations []Invitation
}

func (m *madeLicense) insert(ctx context.Context, tx *sql.Tx, d Acting, others []NewInvitation) error {
	m.invitations = nil
	if err := insertLicense(ctx, tx, m.License, m.teammates); err != nil {
		return err
	}
	deeds := []audit.Deed{created(m.License)}
	for _, t := range m.teammates {
		deeds = append(deeds, added(t))
	}
	if err := d.tell(ctx, tx, m.ID, deeds...); err != nil {
		return err
	}
	for i, other := range others {
		invited, err := d.invite(ctx, tx, m.License, other)
		if err != nil {
			return within(fmt.Sprintf("invitations[%d]", i), err)
		}
		m.invitations = append(m.invitations, invited)
	}
	return nil
}

// read is what was made, as it is now.
func (m *madeLicense) read(ctx context.Context, tx *sql.Tx, d *Directory, id string) (err error) {
	if m.License, err = readLicense(ctx, tx, id); err != nil {
		return err
	}
	m.teammates, err = collect(ctx, tx, scanTeammate, `SELECT `+teammateColumns+` FROM teammates
		WHERE license = $1 AND removed_at IS NULL ORDER BY id LIMIT $2`, id, MaxNewTeammates)
	if err != nil {
		return err
	}
	m.invitations, err = collect(ctx, tx, d.scanInvitation, `SELECT `+invitationColumns+` FROM invitations
		WHERE license = $1 ORDER BY id LIMIT $2`, id, MaxInvitations)
	return err
}

// created tells of a new license.
func created(l License) audit.Deed {
	detail := map[string]any{
		"name": l.Name, "cap": l.Cap, "price_cents": l.PriceCents, "currency": l.Currency, "policy": l.Policy, "partner": l.Partner,
	}
	if !l.Expires.IsZero() {
		detail["expires"] = orNever(l.Expires)
	}
	return audit.Deed{Action: audit.LicenseCreated, Subject: l.ID, Detail: detail}
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
	if err := l.apply(LicenseChange{Name: &n.Name, Policy: n.Policy, Expires: n.Expires}, d.minGrace); err != nil {
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
	inserted, err := changed(tx.ExecContext(ctx, `INSERT INTO licenses (`+licenseColumns+`, search_key)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, NULL, $11, $12) ON CONFLICT (id) DO NOTHING`,
		l.ID, l.Partner, l.Name, l.Cap, l.PriceCents, l.Currency, policy, l.Status, l.Revision, l.Created.UnixMilli(),
		toNullMS(l.Expires), l.searchKey()))
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

// PurgedAfter is how long a deleted license can be restored.
const PurgedAfter = 30 * 24 * time.Hour

// RestoreLicense takes back that a license was deleted: it is there again with all that belongs to it, suspended until its status is set. Done
// again, it changes nothing. Errors: [NotFound], when it is purged, too.
func (d Acting) RestoreLicense(ctx context.Context, id string) (l License, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		if l, err = holdLicense(ctx, tx, id); err != nil || l.Deleted.IsZero() {
			return err
		}
		before := l
		l.Status, l.Deleted = Suspended, time.Time{}
		if _, err := l.save(ctx, tx, before); err != nil {
			return err
		}
		return d.tell(ctx, tx, id, audit.Deed{Action: audit.LicenseRestored, Subject: id})
	})
	return l, err
}

// PurgeDeleted purges a license that was deleted [PurgedAfter] ago, if there is one, and tells whether.
func (d *Directory) PurgeDeleted(ctx context.Context) (purged bool, err error) {
	var id string
	err = d.db.Row(ctx, `SELECT id FROM licenses WHERE deleted_at <= $1 ORDER BY deleted_at LIMIT 1`,
		[]any{d.now().Add(-PurgedAfter).UnixMilli()}, []any{&id})
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err == nil {
		err = d.By(audit.Actor{Kind: audit.Usher}).PurgeLicense(ctx, id)
	}
	if code := CodeOf(err); code == NotFound || code == Invalid { // another node was faster, or it was restored
		return true, nil
	}
	return err == nil, err
}

// DeleteLicense ends a license: it is expired, no list shows it, and nothing of it can be changed, until it is restored or purged.
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
