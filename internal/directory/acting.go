package directory

import (
	"context"
	"database/sql"

	"usher/internal/audit"
)

// Acting changes the records on somebody's behalf. Each change is told in the audit log, in the change's own transaction;
// what changes nothing is not.
type Acting struct {
	*Directory

	by   audit.Actor
	once Once
}

// By returns the directory for changes that somebody makes.
func (d *Directory) By(who audit.Actor) Acting { return Acting{Directory: d, by: who} }

// tell writes what was done to a license into its audit log.
func (d Acting) tell(ctx context.Context, tx *sql.Tx, license string, deeds ...audit.Deed) error {
	return audit.Append(ctx, tx, audit.OfLicense(license), d.now(), d.by, deeds...)
}

// tellPartner is tell for what concerns a partner alone.
func (d Acting) tellPartner(ctx context.Context, tx *sql.Tx, partner string, deeds ...audit.Deed) error {
	return audit.Append(ctx, tx, audit.OfPartner(partner), d.now(), d.by, deeds...)
}

// changes collects what differs between two states of a record.
type changes map[string]any

func differ[T comparable](c changes, name string, from, to T) {
	if from != to {
		c[name] = audit.Change{From: from, To: to}
	}
}
