package directory

import (
	"context"
	"database/sql"
	"fmt"

	"usher/internal/audit"
)

// FindInvitation returns the invitation whose last mail has the token with this hash, if it can be accepted.
// Errors: [NotFound], whatever is wrong with it.
func (d *Directory) FindInvitation(ctx context.Context, hash string) (i Invitation, err error) {
	err = d.db.Read(ctx, func(tx *sql.Tx) error {
		i, err = d.invitationOf(ctx, tx, hash)
		return err
	})
	return i, err
}

func (d *Directory) invitationOf(ctx context.Context, tx *sql.Tx, hash string) (Invitation, error) {
	if hash == "" {
		return Invitation{}, notFound("invitation")
	}
	i, err := d.scanInvitation(tx.QueryRowContext(ctx, `SELECT `+invitationColumns+` FROM invitations WHERE token_hash = $1`, hash))
	if err == nil && i.State != Pending {
		return i, notFound("invitation")
	}
	return i, err
}

// AcceptInvitation makes the teammate who was invited, with a name and the hash of a password, and tells whoever invited. The
// token is good for nothing then. Errors: [NotFound], whatever is wrong with the token; [Deleted] for the license; [Invalid], [EmailTaken], [TooMany].
func (d *Directory) AcceptInvitation(ctx context.Context, hash, name, passwordHash, from string) (l License, t Teammate, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		i, err := d.invitationOf(ctx, tx, hash)
		if err != nil {
			return err
		}
		if l, err = holdLiveLicense(ctx, tx, i.License); err != nil {
			return err
		}
		if i, err = d.invitationOf(ctx, tx, hash); err != nil { // by now nobody else changes it
			return err
		}
		t, err = d.newTeammate(NewTeammate{Email: i.Email, Name: name, Operator: i.Operator, Administrator: i.Administrator})
		if err != nil {
			return err
		}
		if err := d.join(ctx, tx, &l, &t); err != nil {
			return err
		}
		if err := setPassword(ctx, tx, t, passwordHash, d.nowMS()); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE invitations SET state = 'accepted', ended_at = $2, teammate = $3, token_hash = '' WHERE id = $1`,
			i.ID, d.nowMS(), t.ID)
		if err != nil {
			return err
		}
		i.Name = t.Name
		if err := d.notifyInviter(ctx, tx, l, i, "invitation_accepted", i.ID+".accepted"); err != nil {
			return err
		}
		them := d.By(audit.Actor{Kind: audit.Teammate, ID: t.ID, From: from})
		return them.tell(ctx, tx, l.ID, audit.Deed{Action: audit.InvitationAccepted, Subject: i.ID, Detail: map[string]any{"email": i.Email}}, added(t))
	})
	return l, t, err
}

// setPassword keeps the hash of a teammate's password.
func setPassword(ctx context.Context, tx *sql.Tx, t Teammate, hash string, now int64) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO passwords (license, teammate, hash, changed_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (license, teammate) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`, t.License, t.ID, hash, now)
	if err != nil {
		return fmt.Errorf("directory: keep a password: %w", err)
	}
	return nil
}
