package directory

import (
	"context"
	"database/sql"
)

// FirstSight adds an operator for whom an external issuer vouches, where the license's policy allows that. Errors: [NotFound] for the
// license, or for the teammate where it does not; [IDTaken] for one who is there already or was removed; and as [Acting.AddTeammate].
func (d Acting) FirstSight(ctx context.Context, license string, n NewTeammate) (t Teammate, err error) {
	n.Operator, n.Administrator = true, false
	if t, err = d.newTeammate(n); err != nil {
		return Teammate{}, err
	}
	// Who can't join may try often: nobody has to wait for a writer for them.
	if err := d.db.Read(ctx, func(tx *sql.Tx) error { return mayJoin(ctx, tx, license, t.ID) }); err != nil {
		return Teammate{}, err
	}
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		l, err := holdLiveLicense(ctx, tx, license)
		if err != nil {
			return err
		}
		if err := mayJoin(ctx, tx, license, t.ID); err != nil {
			return err
		}
		if err := d.join(ctx, tx, &l, &t); err != nil {
			return err
		}
		return d.tell(ctx, tx, l.ID, added(t))
	})
	return t, err
}

// mayJoin tells why somebody may not join a license on first sight, or nil.
func mayJoin(ctx context.Context, tx *sql.Tx, license, teammate string) error {
	l, err := readLicense(ctx, tx, license)
	if err != nil {
		return err
	}
	if !l.Policy.Rules().FirstSight {
		return notFound("teammate")
	}
	var there int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM teammates WHERE license = $1 AND id = $2`, license, teammate).Scan(&there); err != nil {
		return err
	}
	if there > 0 {
		return &Error{Code: IDTaken, Field: "id", Reason: "there is or was a teammate with this id on the license"}
	}
	return nil
}
