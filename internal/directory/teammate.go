package directory

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"usher/internal/audit"
)

// Teammate is one employee on a license.
type Teammate struct {
	ID            string // unique within the license
	License       string
	Email         string // unique within the license, whatever its letters' case
	Name          string
	Operator      bool  // may serve customers
	Administrator bool  // may change the license's settings
	Revision      int64 // of the license, when the teammate was last changed
	Created       time.Time
	Removed       time.Time // zero: not removed. A removed one has no switches.
	Choice        Choice    // this and Seen are no changes of the teammate: Revision does not count them
	Seen          Seen
}

const teammateColumns = `id, license, email, name, operator, administrator, revision, created_at, removed_at,
	choice_number, choice_status, choice_note, choice_until, before_status, before_note, seen_at, seen_shown_at`

// teammateRow is a teammate as their columns have them.
type teammateRow struct {
	Teammate

	created                   int64
	removed, until, at, shown sql.NullInt64
}

// dest is where teammateColumns go.
func (r *teammateRow) dest() []any {
	t := &r.Teammate
	return []any{
		&t.ID, &t.License, &t.Email, &t.Name, &t.Operator, &t.Administrator, &t.Revision, &r.created, &r.removed,
		&t.Choice.Number, &t.Choice.Status, &t.Choice.Note, &r.until, &t.Choice.Before.Status, &t.Choice.Before.Note, &r.at, &r.shown,
	}
}

// teammate is what was scanned.
func (r *teammateRow) teammate() Teammate {
	t := r.Teammate
	t.Created, t.Removed = fromMS(r.created), fromNullMS(r.removed)
	t.Choice.Until, t.Seen = fromNullMS(r.until), Seen{At: fromNullMS(r.at), Shown: fromNullMS(r.shown)}
	return t
}

func scanTeammate(row scanner) (Teammate, error) {
	var r teammateRow
	err := row.Scan(r.dest()...)
	if errors.Is(err, sql.ErrNoRows) {
		return Teammate{}, notFound("teammate")
	}
	return r.teammate(), err
}

func readTeammate(ctx context.Context, tx *sql.Tx, license, id string) (Teammate, error) {
	if !idShaped(license) || !idShaped(id) {
		return Teammate{}, notFound("teammate")
	}
	return scanTeammate(tx.QueryRowContext(ctx, `SELECT `+teammateColumns+` FROM teammates
		WHERE license = $1 AND id = $2 AND removed_at IS NULL`, license, id))
}

// holdTeammate reads a teammate as readTeammate does, and keeps others from changing them until the transaction ends.
func holdTeammate(ctx context.Context, tx *sql.Tx, license, id string) (Teammate, error) {
	if !idShaped(license) || !idShaped(id) {
		return Teammate{}, notFound("teammate")
	}
	return scanTeammate(tx.QueryRowContext(ctx, `UPDATE teammates SET revision = revision
		WHERE license = $1 AND id = $2 AND removed_at IS NULL RETURNING `+teammateColumns, license, id))
}

// Teammate returns a teammate who was not removed. Errors: [NotFound].
func (d *Directory) Teammate(ctx context.Context, license, id string) (t Teammate, err error) {
	err = d.db.Read(ctx, func(tx *sql.Tx) error {
		t, err = readTeammate(ctx, tx, license, id)
		return err
	})
	return t, err
}

// Teammates returns the teammates of a license, by id, without removed ones. cursor is the Next of the page
// before, or "". Errors: [NotFound] for the license, [Invalid].
func (d *Directory) Teammates(ctx context.Context, license, cursor string, limit int) (Page[Teammate], error) {
	size, err := pageSize(limit)
	if err != nil {
		return Page[Teammate]{}, err
	}
	after, err := decodeCursor(cursor)
	if err != nil {
		return Page[Teammate]{}, err
	}
	var found []Teammate
	err = d.db.Read(ctx, func(tx *sql.Tx) error {
		if _, err := readLicense(ctx, tx, license); err != nil {
			return err
		}
		found, err = collect(ctx, tx, scanTeammate, `SELECT `+teammateColumns+` FROM teammates
			WHERE license = $1 AND id > $2 AND removed_at IS NULL ORDER BY id LIMIT $3`, license, after, size+1)
		return err
	})
	return pageOf(found, size, func(t Teammate) string { return t.ID }), err
}

// NewTeammate is a teammate to be added.
type NewTeammate struct {
	ID            string // "": one is made
	Email         string
	Name          string // "": what stands before the @ of Email
	Operator      bool
	Administrator bool
}

func (d *Directory) newTeammate(n NewTeammate) (t Teammate, err error) {
	t = Teammate{ID: n.ID, Operator: n.Operator, Administrator: n.Administrator, Created: fromMS(d.nowMS())}
	if err := d.fillID(&t.ID, "tm_"); err != nil {
		return t, err
	}
	if t.Email, err = checkEmail(n.Email); err != nil {
		return t, err
	}
	if n.Name == "" {
		n.Name, _, _ = strings.Cut(t.Email, "@")
	}
	t.Name, err = checkName("name", n.Name)
	return t, err
}

// AddTeammate adds a teammate to a license, and returns both. Errors: [NotFound] or [Deleted] for the license,
// [Invalid], [IDTaken], [EmailTaken]; [TooMany], where the license has Options.MaxTeammates.
func (d Acting) AddTeammate(ctx context.Context, license string, n NewTeammate) (l License, t Teammate, err error) {
	if t, err = d.newTeammate(n); err != nil {
		return License{}, Teammate{}, err
	}
	err = d.writeOnce(ctx, func(tx *sql.Tx, id string) error {
		if l, err = readLicense(ctx, tx, license); err == nil {
			t, err = readTeammate(ctx, tx, license, id)
		}
		return err
	}, func(tx *sql.Tx) (string, error) {
		if l, err = holdLiveLicense(ctx, tx, license); err != nil {
			return "", err
		}
		if err := d.join(ctx, tx, &l, &t); err != nil {
			return "", err
		}
		return t.ID, d.tell(ctx, tx, l.ID, added(t))
	})
	return l, t, err
}

// join adds a teammate to a held license that has room, at its next revision.
func (d *Directory) join(ctx context.Context, tx *sql.Tx, l *License, t *Teammate) error {
	if err := d.checkRoom(ctx, tx, l.ID); err != nil {
		return err
	}
	if err := bump(ctx, tx, l); err != nil {
		return err
	}
	t.License, t.Revision = l.ID, l.Revision
	return insertTeammate(ctx, tx, *t)
}

// added tells of a new teammate.
func added(t Teammate) audit.Deed {
	return audit.Deed{Action: audit.TeammateAdded, Subject: t.ID, Detail: map[string]any{
		"name": t.Name, "email": t.Email, "operator": t.Operator, "administrator": t.Administrator,
	}}
}

// checkRoom tells whether a held license may have one more teammate.
func (d *Directory) checkRoom(ctx context.Context, tx *sql.Tx, license string) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM teammates WHERE license = $1 AND removed_at IS NULL`, license).Scan(&n)
	if err == nil && n >= d.maxTeammates {
		return &Error{Code: TooMany, Field: "teammates", Reason: fmt.Sprintf("the license has %d teammates, as many as may be", n)}
	}
	return err
}

// insertTeammate adds a teammate to a held or new license.
func insertTeammate(ctx context.Context, tx *sql.Tx, t Teammate) error {
	if err := checkEmailFree(ctx, tx, t); err != nil {
		return err
	}
	inserted, err := changed(tx.ExecContext(ctx, `INSERT INTO teammates
			(id, license, email, email_key, name, operator, administrator, revision, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (license, id) DO NOTHING`,
		t.ID, t.License, t.Email, emailKey(t.Email), t.Name, t.Operator, t.Administrator, t.Revision, t.Created.UnixMilli()))
	if err != nil {
		return err
	}
	if !inserted {
		return &Error{Code: IDTaken, Field: "id", Reason: "there is or was a teammate with this id on the license"}
	}
	return nil
}

func checkEmailFree(ctx context.Context, tx *sql.Tx, t Teammate) error {
	var others int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM teammates
		WHERE license = $1 AND email_key = $2 AND id <> $3 AND removed_at IS NULL`, t.License, emailKey(t.Email), t.ID).Scan(&others)
	if err != nil {
		return err
	}
	if others > 0 {
		return &Error{Code: EmailTaken, Field: "email", Reason: "another teammate of the license has this address"}
	}
	return nil
}

// TeammateChange is what to change of a teammate; nil fields stay.
type TeammateChange struct {
	Email         *string
	Name          *string
	Operator      *bool
	Administrator *bool
}

// ChangeTeammate changes a teammate, and returns them with their license. Errors: [NotFound] for the license or
// the teammate, [Deleted], [Invalid], [EmailTaken], [LastAdministrator].
func (d Acting) ChangeTeammate(ctx context.Context, license, id string, c TeammateChange) (l License, t Teammate, err error) {
	err = d.changeTeammate(ctx, license, id, &l, &t, func(tx *sql.Tx) error {
		if err := t.apply(c); err != nil {
			return err
		}
		return checkEmailFree(ctx, tx, t)
	})
	return l, t, err
}

// RemoveTeammate removes a teammate, and returns them, without switches, with their license.
// Errors: [NotFound] for the license or the teammate, [Deleted], [LastAdministrator].
func (d Acting) RemoveTeammate(ctx context.Context, license, id string) (l License, t Teammate, err error) {
	err = d.changeTeammate(ctx, license, id, &l, &t, func(*sql.Tx) error {
		t.Operator, t.Administrator, t.Removed = false, false, fromMS(d.nowMS())
		return nil
	})
	return l, t, err
}

// changeTeammate runs change on a teammate of a held license, and saves them at the license's next revision
// when they differ from what they were before.
func (d Acting) changeTeammate(ctx context.Context, license, id string, l *License, t *Teammate, change func(*sql.Tx) error) error {
	return d.db.Write(ctx, func(tx *sql.Tx) (err error) {
		if *l, err = holdLiveLicense(ctx, tx, license); err != nil {
			return err
		}
		if *t, err = readTeammate(ctx, tx, license, id); err != nil {
			return err
		}
		before := *t
		if err := change(tx); err != nil || *t == before {
			return err
		}
		if before.Administrator && !t.Administrator {
			if err := keepAdministrator(ctx, tx, before); err != nil {
				return err
			}
		}
		if err := bump(ctx, tx, l); err != nil {
			return err
		}
		t.Revision = l.Revision
		if err := updateTeammate(ctx, tx, *t); err != nil {
			return err
		}
		return d.tell(ctx, tx, l.ID, t.changedFrom(before))
	})
}

// keepAdministrator tells whether a held license has an administrator beside this one.
func keepAdministrator(ctx context.Context, tx *sql.Tx, t Teammate) error {
	var others int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM teammates
		WHERE license = $1 AND id <> $2 AND administrator AND removed_at IS NULL`, t.License, t.ID).Scan(&others)
	if err == nil && others == 0 {
		return &Error{Code: LastAdministrator, Field: "teammate", Reason: "the teammate is the license's last administrator: make another one first"}
	}
	return err
}

// changedFrom tells what became of a teammate.
func (t *Teammate) changedFrom(before Teammate) audit.Deed {
	if !t.Removed.IsZero() {
		return audit.Deed{Action: audit.TeammateRemoved, Subject: t.ID, Detail: map[string]any{"name": t.Name}}
	}
	c := changes{}
	differ(c, "email", before.Email, t.Email)
	differ(c, "name", before.Name, t.Name)
	differ(c, "operator", before.Operator, t.Operator)
	differ(c, "administrator", before.Administrator, t.Administrator)
	return audit.Deed{Action: audit.TeammateChanged, Subject: t.ID, Detail: c}
}

func (t *Teammate) apply(c TeammateChange) (err error) {
	if c.Email != nil {
		if t.Email, err = checkEmail(*c.Email); err != nil {
			return err
		}
	}
	if c.Name != nil {
		if t.Name, err = checkName("name", *c.Name); err != nil {
			return err
		}
	}
	if c.Operator != nil {
		t.Operator = *c.Operator
	}
	if c.Administrator != nil {
		t.Administrator = *c.Administrator
	}
	return nil
}

func updateTeammate(ctx context.Context, tx *sql.Tx, t Teammate) error {
	_, err := tx.ExecContext(ctx, `UPDATE teammates SET email = $3, email_key = $4, name = $5, operator = $6,
			administrator = $7, revision = $8, removed_at = $9 WHERE license = $1 AND id = $2`,
		t.License, t.ID, t.Email, emailKey(t.Email), t.Name, t.Operator, t.Administrator, t.Revision, toNullMS(t.Removed))
	return err
}
