package directory

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"usher/internal/audit"
)

// Bounds of invitations.
const (
	InvitationLife  = 7 * 24 * time.Hour // from each time that it is sent
	StaleAfter      = 48 * time.Hour     // then whoever invited is told that nobody picked it up
	ResendAfter     = time.Minute        // at the earliest
	MaxInvitations  = 500                // at once
	InvitationToken = "invitation"       // the purpose of its tokens
)

// InvitationState is what has become of an invitation.
type InvitationState string

// The states of an invitation. Only Pending and Expired ones can be sent again or revoked.
const (
	Pending  InvitationState = "pending"
	Accepted InvitationState = "accepted"
	Lapsed   InvitationState = "expired" // pending, and over
	Revoked  InvitationState = "revoked"
)

// Invitation asks somebody to join a license.
type Invitation struct {
	ID            string
	License       string
	Email         string
	Name          string // "": not said
	Operator      bool
	Administrator bool
	State         InvitationState
	Number        int64 // how often it was sent; only the last is good
	Inviter       audit.Actor
	Created       time.Time
	Sent          time.Time
	Expires       time.Time
	Ended         time.Time // accepted or revoked; zero: neither
	Teammate      string    // who accepted it; else ""
}

// message is the id of the mail that was sent last.
func (i Invitation) message() string { return i.ID + "." + strconv.FormatInt(i.Number, 10) }

const invitationColumns = `id, license, email, name, operator, administrator, state, number, inviter_kind, inviter,
	created_at, sent_at, expires_at, ended_at, teammate`

func (d *Directory) scanInvitation(row scanner) (i Invitation, err error) {
	var (
		created, sent, expires int64
		ended                  sql.NullInt64
	)
	err = row.Scan(&i.ID, &i.License, &i.Email, &i.Name, &i.Operator, &i.Administrator, &i.State, &i.Number, &i.Inviter.Kind, &i.Inviter.ID,
		&created, &sent, &expires, &ended, &i.Teammate)
	if errors.Is(err, sql.ErrNoRows) {
		return Invitation{}, notFound("invitation")
	}
	i.Created, i.Sent, i.Expires, i.Ended = fromMS(created), fromMS(sent), fromMS(expires), fromNullMS(ended)
	if i.State == Pending && !d.now().Before(i.Expires) {
		i.State = Lapsed
	}
	return i, err
}

// holdInvitation reads an invitation of a held license.
func (d *Directory) holdInvitation(ctx context.Context, tx *sql.Tx, license, id string) (Invitation, error) {
	if !idShaped(id) {
		return Invitation{}, notFound("invitation")
	}
	return d.scanInvitation(tx.QueryRowContext(ctx, `SELECT `+invitationColumns+` FROM invitations WHERE license = $1 AND id = $2`, license, id))
}

// open tells why an invitation can't be sent again or revoked, or nil.
func (i Invitation) open() error {
	if i.State == Pending || i.State == Lapsed {
		return nil
	}
	return &Error{Code: InvitationOver, Field: "invitation", Reason: "the invitation was " + string(i.State)}
}

// Invitations returns the invitations of a license, oldest first; of one state alone, unless that is "". cursor is the Next of the
// page before, or "". Errors: [NotFound] for the license; [Invalid].
func (d *Directory) Invitations(ctx context.Context, license string, state InvitationState, cursor string, limit int) (Page[Invitation], error) {
	size, err := pageSize(limit)
	if err != nil {
		return Page[Invitation]{}, err
	}
	after, err := decodeCursor(cursor)
	if err != nil {
		return Page[Invitation]{}, err
	}
	query, args := `SELECT `+invitationColumns+` FROM invitations WHERE license = $1 AND id > $2`, []any{license, after, size + 1}
	switch state {
	case "":
	case Pending:
		query, args = query+` AND state = 'pending' AND expires_at > $4`, append(args, d.nowMS())
	case Lapsed:
		query, args = query+` AND state = 'pending' AND expires_at <= $4`, append(args, d.nowMS())
	case Accepted:
		query += ` AND state = 'accepted'`
	case Revoked:
		query += ` AND state = 'revoked'`
	default:
		return Page[Invitation]{}, invalid("state", "must be pending, accepted, expired or revoked")
	}
	var found []Invitation
	err = d.db.Read(ctx, func(tx *sql.Tx) error {
		if _, err := readLicense(ctx, tx, license); err != nil {
			return err
		}
		found, err = collect(ctx, tx, d.scanInvitation, query+` ORDER BY id LIMIT $3`, args...)
		return err
	})
	return pageOf(found, size, func(i Invitation) string { return i.ID }), err
}
