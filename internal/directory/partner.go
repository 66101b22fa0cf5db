package directory

import (
	"context"
	"database/sql"

	"usher/internal/audit"
)

// Partner is who creates licenses for customers.
type Partner struct {
	ID    string
	Name  string // unique
	Email string // for notices
}

// EnsurePartner returns the partner of a name, made when there is none. The address becomes the partner's.
// Errors: [Invalid].
func (d Acting) EnsurePartner(ctx context.Context, name, email string) (p Partner, err error) {
	name, err = checkName("partner", name)
	if err != nil {
		return Partner{}, err
	}
	if email, err = checkEmail(email); err != nil {
		return Partner{}, err
	}
	id, err := d.newID("par_")
	if err != nil {
		return Partner{}, err
	}
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		created, err := changed(tx.ExecContext(ctx, `INSERT INTO partners (id, name, email, created_at) VALUES ($1, $2, $3, $4)
				ON CONFLICT (name) DO NOTHING`, id, name, email, d.nowMS()))
		if err != nil {
			return err
		}
		if created {
			p = Partner{ID: id, Name: name, Email: email}
			return d.tellPartner(ctx, tx, id, audit.Deed{Action: audit.PartnerCreated, Subject: id, Detail: map[string]any{"name": name, "email": email}})
		}
		if p, err = holdPartner(ctx, tx, name); err != nil || p.Email == email {
			return err
		}
		c := changes{}
		differ(c, "email", p.Email, email)
		p.Email = email
		if _, err := tx.ExecContext(ctx, `UPDATE partners SET email = $2 WHERE id = $1`, p.ID, email); err != nil {
			return err
		}
		return d.tellPartner(ctx, tx, p.ID, audit.Deed{Action: audit.PartnerChanged, Subject: p.ID, Detail: c})
	})
	return p, err
}

// holdPartner reads a partner by the name, and keeps others from changing them until the transaction ends.
func holdPartner(ctx context.Context, tx *sql.Tx, name string) (p Partner, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE partners SET name = name WHERE name = $1 RETURNING id, name, email`, name).Scan(&p.ID, &p.Name, &p.Email)
	return p, err
}
