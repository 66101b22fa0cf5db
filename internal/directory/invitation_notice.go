package directory

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"usher/internal/alerts"
	"usher/internal/audit"
	"usher/internal/outbox"
)

// whoIs returns the name of an actor, and the address for notices; "" for one who has none any more.
func whoIs(ctx context.Context, tx *sql.Tx, license string, a audit.Actor) (name, email string, err error) {
	switch a.Kind {
	case audit.Partner:
		err = tx.QueryRowContext(ctx, `SELECT name, email FROM partners WHERE id = $1`, a.ID).Scan(&name, &email)
	case audit.Teammate:
		err = tx.QueryRowContext(ctx, `SELECT name, email FROM teammates WHERE license = $1 AND id = $2 AND removed_at IS NULL`, license, a.ID).Scan(&name, &email)
	case audit.CommandLine, audit.Usher:
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if name == "" {
		name = "Usher"
	}
	return name, email, err
}

// roles are two switches in words.
func roles(operator, administrator bool) string {
	switch {
	case operator && administrator:
		return "operator and administrator"
	case operator:
		return "operator"
	case administrator:
		return "administrator"
	}
	return "teammate"
}

// day is a moment as mail has it.
func day(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// staleAtOnce bounds how many invitations are told of in one transaction.
const staleAtOnce = 50

// TellStale tells whoever invited of the invitations that nobody has picked up since [StaleAfter], each once, whichever node asks first. It
// returns how many that were; there may be more where it is as many as are told at once.
func (d *Directory) TellStale(ctx context.Context) (told int, more bool, err error) {
	const stale = `state = 'pending' AND NOT told_stale AND sent_at <= $1`
	before := d.now().Add(-StaleAfter).UnixMilli()
	var one int
	err = d.db.Row(ctx, `SELECT 1 FROM invitations WHERE `+stale+` LIMIT 1`, []any{before}, []any{&one})
	if errors.Is(err, sql.ErrNoRows) { // as nearly always: nobody has to wait for a writer
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		// The conditions stand twice: another node may have told of one between the two.
		found, err := collect(ctx, tx, d.scanInvitation, `UPDATE invitations SET told_stale = TRUE
			WHERE `+stale+` AND id IN (SELECT id FROM invitations WHERE `+stale+` ORDER BY sent_at, id LIMIT $2) RETURNING `+invitationColumns,
			before, staleAtOnce)
		if err != nil {
			return err
		}
		told, more = len(found), len(found) == staleAtOnce
		for _, i := range found {
			l, err := readLicense(ctx, tx, i.License)
			if err != nil {
				return err
			}
			if !l.Deleted.IsZero() {
				continue
			}
			if err := d.notifyInviter(ctx, tx, l, i, "invitation_stale", i.message()+".stale"); err != nil {
				return err
			}
		}
		return nil
	})
	return told, more, err
}

// notifyInviter tells what became of an invitation: the administrators by an alert, and whoever sent it last by mail, if they have
// an address still.
func (d *Directory) notifyInviter(ctx context.Context, tx *sql.Tx, l License, i Invitation, kind, id string) error {
	name := i.Name
	if name == "" {
		name = i.Email
	}
	alert := alerts.Alert{
		License: l.ID, Kind: alerts.InvitationAccepted, Subject: i.ID, Text: name + " has accepted the invitation.", Raised: d.now(),
		Detail: map[string]any{"email": i.Email, "name": i.Name},
	}
	if kind == "invitation_stale" {
		alert.Kind, alert.Text = alerts.InvitationStale, i.Email+" has not picked up the invitation for 48 hours."
	}
	if err := alerts.Raise(ctx, tx, alert); err != nil {
		return err
	}
	_, to, err := whoIs(ctx, tx, l.ID, i.Inviter)
	if err != nil || to == "" {
		return err
	}
	return outbox.Put(ctx, tx, d.now(), outbox.Message{ID: id, To: to, Kind: kind, Content: outbox.Content{Fields: map[string]string{
		"license": l.Name, "email": i.Email, "name": name, "roles": roles(i.Operator, i.Administrator), "sent": day(i.Sent), "expires": day(i.Expires),
	}}})
}
