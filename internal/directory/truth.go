package directory

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// profileQuery is of a license and of a teammate on it, at one moment.
var profileQuery = `SELECT ` + of("licenses", licenseColumns) + `, ` + of("teammates", teammateColumns) + `
	FROM licenses JOIN teammates ON teammates.license = licenses.id
	WHERE licenses.id = $1 AND teammates.id = $2 AND teammates.removed_at IS NULL`

// of has the columns be those of a table, where there are several.
func of(table, columns string) string {
	names := strings.Split(columns, ",")
	for i, name := range names {
		names[i] = table + "." + strings.TrimSpace(name)
	}
	return strings.Join(names, ", ")
}

// Profile returns a license and one of its teammates, as both are at the license's revision.
// Errors: [NotFound] for the license, or for the teammate, removed ones too.
func (d *Directory) Profile(ctx context.Context, license, teammate string) (l License, t Teammate, err error) {
	var (
		lic licenseRow
		who teammateRow
	)
	if idShaped(license) && idShaped(teammate) {
		err = d.db.Row(ctx, profileQuery, []any{license, teammate}, append(lic.dest(), who.dest()...))
		switch {
		case err == nil:
			l, err = lic.license()
			return l, who.teammate(), err
		case !errors.Is(err, sql.ErrNoRows):
			return License{}, Teammate{}, err
		}
	}
	err = d.db.Read(ctx, func(tx *sql.Tx) error { // which of both is missing
		if l, err = readLicense(ctx, tx, license); err != nil {
			return err
		}
		t, err = readTeammate(ctx, tx, license, teammate)
		return err
	})
	return l, t, err
}

// ChangedSince returns a license and those of its teammates who changed after a revision, removed ones too, as
// all are at the license's revision. Since 0 that is everybody who ever was one. Errors: [NotFound].
func (d *Directory) ChangedSince(ctx context.Context, license string, since int64) (l License, ts []Teammate, err error) {
	err = d.db.Read(ctx, func(tx *sql.Tx) error {
		if l, err = readLicense(ctx, tx, license); err != nil {
			return err
		}
		ts, err = collect(ctx, tx, scanTeammate, `SELECT `+teammateColumns+` FROM teammates
			WHERE license = $1 AND revision > $2 ORDER BY id`, license, since)
		return err
	})
	return l, ts, err
}

// Revisions returns the revisions of those of the licenses that exist.
func (d *Directory) Revisions(ctx context.Context, licenses []string) (map[string]int64, error) {
	const atOnce = 500 // arguments of one statement
	revisions := make(map[string]int64, len(licenses))
	for len(licenses) > 0 {
		some := licenses[:min(atOnce, len(licenses))]
		licenses = licenses[len(some):]
		if err := d.addRevisions(ctx, some, revisions); err != nil {
			return nil, err
		}
	}
	return revisions, nil
}

func (d *Directory) addRevisions(ctx context.Context, licenses []string, revisions map[string]int64) error {
	marks, args := make([]string, len(licenses)), make([]any, len(licenses))
	for i, id := range licenses {
		marks[i], args[i] = fmt.Sprintf("$%d", i+1), id
	}
	type revision struct {
		id string
		n  int64
	}
	scan := func(row scanner) (r revision, err error) { return r, row.Scan(&r.id, &r.n) }
	return d.db.Read(ctx, func(tx *sql.Tx) error {
		found, err := collect(ctx, tx, scan, `SELECT id, revision FROM licenses WHERE id IN (`+strings.Join(marks, ", ")+`)`, args...)
		for _, r := range found {
			revisions[r.id] = r.n
		}
		return err
	})
}
