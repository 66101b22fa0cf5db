package directory

import (
	"context"
	"database/sql"
	"time"

	"usher/internal/audit"
	"usher/internal/outbox"
)

// NewInvitation is somebody to be invited.
type NewInvitation struct {
	Email         string
	Name          string // "": not known
	Operator      bool
	Administrator bool
}

// check returns the invitation as it is kept. Errors: [Invalid].
func (n NewInvitation) check() (_ NewInvitation, err error) {
	if n.Email, err = checkEmail(n.Email); err != nil {
		return n, err
	}
	if n.Name != "" {
		n.Name, err = checkName("name", n.Name)
	}
	return n, err
}

// Invited is what became of one of several who were to be invited: Invitation, or why there is none.
type Invited struct {
	Invitation Invitation
	Err        error // [Invalid]; [EmailTaken]: a teammate has the address; [AlreadyInvited]; [TooMany]
}

// Invite invites people to a license, each of whom is mailed. One who can't be invited keeps no other from it. With seats the cap grows
// by one for each operator who is invited. Errors: [NotFound] or [Deleted] for the license, [Invalid] for the whole.
func (d Acting) Invite(ctx context.Context, license string, all []NewInvitation, seats bool) (l License, invited []Invited, err error) {
	if len(all) == 0 || len(all) > MaxInvitations {
		return License{}, nil, invalid("invitations", "must be from 1 to %d", MaxInvitations)
	}
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		if l, err = holdLiveLicense(ctx, tx, license); err != nil {
			return err
		}
		invited = make([]Invited, len(all))
		operators := 0
		for i, n := range all {
			if invited[i].Invitation, err = d.invite(ctx, tx, l, n); CodeOf(err) == "" && err != nil {
				return err
			}
			if invited[i].Err = err; err == nil && n.Operator {
				operators++
			}
		}
		if !seats || operators == 0 {
			return nil
		}
		return d.raiseCap(ctx, tx, &l, operators)
	})
	return l, invited, err
}

// raiseCap gives a held license more seats.
func (d Acting) raiseCap(ctx context.Context, tx *sql.Tx, l *License, by int) error {
	before := *l
	l.Cap += by
	if err := checkCap(l.Cap); err != nil {
		return err
	}
	changed, err := l.save(ctx, tx, before)
	if err != nil {
		return err
	}
	return d.tell(ctx, tx, l.ID, audit.Deed{Action: audit.LicenseChanged, Subject: l.ID, Detail: changed})
}

// invite invites somebody to a held license.
func (d Acting) invite(ctx context.Context, tx *sql.Tx, l License, n NewInvitation) (i Invitation, err error) {
	if n, err = n.check(); err != nil {
		return i, err
	}
	if err := checkEmailFree(ctx, tx, Teammate{License: l.ID, Email: n.Email}); err != nil {
		return i, err
	}
	if err := d.checkRoom(ctx, tx, l.ID); err != nil {
		return i, err
	}
	now := fromMS(d.nowMS())
	i = Invitation{
		License: l.ID, Email: n.Email, Name: n.Name, Operator: n.Operator, Administrator: n.Administrator, State: Pending, Number: 1,
		Inviter: audit.Actor{Kind: d.by.Kind, ID: d.by.ID}, Created: now, Sent: now, Expires: now.Add(InvitationLife),
	}
	if i.ID, err = d.newID("inv_"); err != nil {
		return i, err
	}
	inserted, err := changed(tx.ExecContext(ctx, `INSERT INTO invitations (id, license, email, email_key, name, operator, administrator, state,
			number, token_hash, inviter_kind, inviter, created_at, sent_at, expires_at, teammate, told_stale)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', 1, '', $8, $9, $10, $10, $11, '', FALSE) ON CONFLICT DO NOTHING`,
		i.ID, i.License, i.Email, emailKey(i.Email), i.Name, i.Operator, i.Administrator, string(i.Inviter.Kind), i.Inviter.ID,
		now.UnixMilli(), i.Expires.UnixMilli()))
	if err != nil {
		return i, err
	}
	if !inserted {
		return Invitation{}, &Error{Code: AlreadyInvited, Field: "email", Reason: "an invitation to this address is open: send that again, or revoke it"}
	}
	if err := d.mailInvitation(ctx, tx, l, i); err != nil {
		return i, err
	}
	return i, d.tell(ctx, tx, l.ID, audit.Deed{Action: audit.InvitationSent, Subject: i.ID, Detail: map[string]any{
		"email": i.Email, "operator": i.Operator, "administrator": i.Administrator,
	}})
}

// mailInvitation puts the mail of an invitation into the outbox.
func (d Acting) mailInvitation(ctx context.Context, tx *sql.Tx, l License, i Invitation) error {
	inviter, _, err := whoIs(ctx, tx, l.ID, i.Inviter)
	if err != nil {
		return err
	}
	return outbox.Put(ctx, tx, d.now(), outbox.Message{
		ID: i.message(), To: i.Email, Kind: "invitation",
		Content: outbox.Content{
			Fields: map[string]string{
				"inviter": inviter, "license": l.Name, "name": i.Name, "roles": roles(i.Operator, i.Administrator), "expires": day(i.Expires),
			},
			Token: &outbox.TokenRef{Purpose: InvitationToken, ID: i.ID, Number: i.Number},
		},
	})
}

// ResendInvitation sends an invitation again: the mails before are good for nothing any more, and its time begins anew. early is how long it
// is too early still; nothing was done then. Errors: [NotFound] for the license or the invitation; [Deleted]; [InvitationOver].
func (d Acting) ResendInvitation(ctx context.Context, license, id string) (i Invitation, early time.Duration, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		l, err := holdLiveLicense(ctx, tx, license)
		if err != nil {
			return err
		}
		if i, err = d.holdInvitation(ctx, tx, license, id); err != nil {
			return err
		}
		if err := i.open(); err != nil {
			return err
		}
		now := fromMS(d.nowMS())
		if early = i.Sent.Add(ResendAfter).Sub(now); early > 0 {
			return nil
		}
		early = 0
		i.Number, i.Sent, i.Expires, i.State = i.Number+1, now, now.Add(InvitationLife), Pending
		i.Inviter = audit.Actor{Kind: d.by.Kind, ID: d.by.ID} // who sends it is told
		_, err = tx.ExecContext(ctx, `UPDATE invitations SET number = $2, sent_at = $3, expires_at = $4, token_hash = '', told_stale = FALSE,
				inviter_kind = $5, inviter = $6 WHERE id = $1`,
			id, i.Number, now.UnixMilli(), i.Expires.UnixMilli(), string(i.Inviter.Kind), i.Inviter.ID)
		if err != nil {
			return err
		}
		if err := d.mailInvitation(ctx, tx, l, i); err != nil {
			return err
		}
		return d.tell(ctx, tx, license, audit.Deed{Action: audit.InvitationResent, Subject: id, Detail: map[string]any{"email": i.Email, "number": i.Number}})
	})
	return i, early, err
}

// RevokeInvitation takes an invitation back; its mail is good for nothing any more. Done again, it changes nothing.
// Errors: [NotFound] for the license or the invitation; [InvitationOver], where it was accepted.
func (d Acting) RevokeInvitation(ctx context.Context, license, id string) (i Invitation, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := holdLicense(ctx, tx, license); err != nil {
			return err
		}
		if i, err = d.holdInvitation(ctx, tx, license, id); err != nil || i.State == Revoked {
			return err
		}
		if err := i.open(); err != nil {
			return err
		}
		i.State, i.Ended = Revoked, fromMS(d.nowMS())
		_, err := tx.ExecContext(ctx, `UPDATE invitations SET state = 'revoked', ended_at = $2, token_hash = '' WHERE id = $1`, id, i.Ended.UnixMilli())
		if err != nil {
			return err
		}
		return d.tell(ctx, tx, license, audit.Deed{Action: audit.InvitationRevoked, Subject: id, Detail: map[string]any{"email": i.Email}})
	})
	return i, err
}

// StampInvitation keeps the hash of the token that an invitation's mail carries, and tells whether the mail is to be sent: not
// where it is not the last one, or the invitation is over.
func (d *Directory) StampInvitation(ctx context.Context, id string, number int64, hash string) (good bool, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		good, err = changed(tx.ExecContext(ctx, `UPDATE invitations SET token_hash = $3
				WHERE id = $1 AND number = $2 AND state = 'pending' AND expires_at > $4`, id, number, hash, d.nowMS()))
		return err
	})
	return good, err
}
