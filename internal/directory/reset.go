package directory

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"usher/internal/audit"
	"usher/internal/outbox"
)

const (
	// ResetLife is how long a mail that lets somebody choose a password is good.
	ResetLife = time.Hour
	// ResetAgain is how long no other one is sent.
	ResetAgain = 5 * time.Minute
	// ResetToken is the purpose of its token.
	ResetToken = "password_reset"
)

// ForgotPassword mails those who have a mail address, on one license or on any, a link with which they choose a password: also who never had one. It tells
// nobody whether there is anybody.
func (d *Directory) ForgotPassword(ctx context.Context, license, email string) error {
	accounts, err := d.Accounts(ctx, license, email)
	if err != nil || len(accounts) == 0 {
		return err
	}
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		for _, a := range accounts {
			if err := d.mailReset(ctx, tx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Directory) mailReset(ctx context.Context, tx *sql.Tx, a Account) error {
	if _, err := holdTeammate(ctx, tx, a.License.ID, a.Teammate.ID); err != nil {
		if CodeOf(err) == NotFound {
			return nil
		}
		return err
	}
	var lately int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM password_resets WHERE license = $1 AND teammate = $2 AND created_at > $3`,
		a.License.ID, a.Teammate.ID, d.now().Add(-ResetAgain).UnixMilli()).Scan(&lately)
	if err != nil || lately > 0 {
		return err
	}
	id, err := d.newID("res_")
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM password_resets WHERE license = $1 AND teammate = $2`, a.License.ID, a.Teammate.ID); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO password_resets (id, license, teammate, token_hash, created_at, expires_at) VALUES ($1, $2, $3, '', $4, $5)`,
		id, a.License.ID, a.Teammate.ID, d.nowMS(), d.now().Add(ResetLife).UnixMilli())
	if err != nil {
		return err
	}
	return outbox.Put(ctx, tx, d.now(), outbox.Message{ID: id, To: a.Teammate.Email, Kind: "password_reset", Content: outbox.Content{
		Fields: map[string]string{"name": a.Teammate.Name, "license": a.License.Name, "expires": day(d.now().Add(ResetLife))},
		Token:  &outbox.TokenRef{Purpose: ResetToken, ID: id, Number: 1},
	}})
}

// StampReset keeps the hash of the token that a mail carries, and tells whether the mail is to be sent.
func (d *Directory) StampReset(ctx context.Context, id, hash string) (good bool, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		good, err = changed(tx.ExecContext(ctx, `UPDATE password_resets SET token_hash = $2 WHERE id = $1 AND expires_at > $3`, id, hash, d.nowMS()))
		return err
	})
	return good, err
}

// ResetFor tells whether the token with this hash lets somebody choose a password. Errors: [NotFound], whatever is wrong with it.
func (d *Directory) ResetFor(ctx context.Context, hash string) error {
	var one int
	err := d.db.Row(ctx, `SELECT 1 FROM password_resets WHERE token_hash = $1 AND token_hash <> '' AND expires_at > $2`, []any{hash, d.nowMS()}, []any{&one})
	if errors.Is(err, sql.ErrNoRows) {
		return notFound("token")
	}
	return err
}

// ResetPassword keeps the hash of a new password for who has the token with this hash, which is good for nothing then, and ends all of
// their logins. Errors: [NotFound], whatever is wrong with the token.
func (d *Directory) ResetPassword(ctx context.Context, hash, passwordHash, from string) (a Account, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		var license, teammate string
		err := tx.QueryRowContext(ctx, `DELETE FROM password_resets WHERE token_hash = $1 AND token_hash <> '' AND expires_at > $2
				RETURNING license, teammate`, hash, d.nowMS()).Scan(&license, &teammate)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound("token")
		}
		if err != nil {
			return err
		}
		if _, err := holdLicense(ctx, tx, license); err != nil {
			return err
		}
		if a, err = d.account(ctx, tx, license, teammate); err != nil {
			return err
		}
		if err := setPassword(ctx, tx, a.Teammate, passwordHash, d.nowMS()); err != nil {
			return err
		}
		if err := d.loggedIn(ctx, tx, a.Teammate.Email, from); err != nil { // guessers elsewhere keep nobody out who has the mail
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM refresh_tokens WHERE license = $1 AND teammate = $2`, license, teammate); err != nil {
			return err
		}
		them := d.By(audit.Actor{Kind: audit.Teammate, ID: teammate, From: from})
		return them.tell(ctx, tx, license, audit.Deed{Action: audit.PasswordChosen, Subject: teammate})
	})
	return a, err
}
