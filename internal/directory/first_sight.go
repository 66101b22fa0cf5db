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
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		l, err := holdLiveLicense(ctx, tx, license)
		if err != nil {
			return err
		}
		if !l.Policy.Rules().FirstSight {
			return &Error{Code: NotFound, Field: "teammate", Reason: "no such teammate"}
		}
		if err := d.join(ctx, tx, &l, &t); err != nil {
			return err
		}
		return d.tell(ctx, tx, l.ID, added(t))
	})
	return t, err
}
