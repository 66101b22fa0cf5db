package directory

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"usher/internal/audit"
	"usher/internal/outbox"
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
			if err != nil || !l.Deleted.IsZero() {
				return err
			}
			if err := d.notifyInviter(ctx, tx, l, i, "invitation_stale", i.message()+".stale"); err != nil {
				return err
			}
		}
		return nil
	})
	return told, more, err
}

// notifyInviter puts a notice to whoever sent an invitation last into the outbox, if they have an address still.
func (d *Directory) notifyInviter(ctx context.Context, tx *sql.Tx, l License, i Invitation, kind, id string) error {
	_, to, err := whoIs(ctx, tx, l.ID, i.Inviter)
	if err != nil || to == "" {
		return err
	}
	name := i.Name
	if name == "" {
		name = i.Email
	}
	return outbox.Put(ctx, tx, d.now(), outbox.Message{ID: id, To: to, Kind: kind, Content: outbox.Content{Fields: map[string]string{
		"license": l.Name, "email": i.Email, "name": name, "roles": roles(i.Operator, i.Administrator), "sent": day(i.Sent), "expires": day(i.Expires),
	}}})
}

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
		if err := d.checkRoom(ctx, tx, l.ID); err != nil {
			return err
		}
		t, err = d.newTeammate(NewTeammate{Email: i.Email, Name: name, Operator: i.Operator, Administrator: i.Administrator})
		if err != nil {
			return err
		}
		if err := bump(ctx, tx, &l); err != nil {
			return err
		}
		t.License, t.Revision = l.ID, l.Revision
		if err := insertTeammate(ctx, tx, t); err != nil {
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
