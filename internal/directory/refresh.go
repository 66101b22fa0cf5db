package directory

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

const (
	// RefreshLife is how long a refresh token is good when it is not used.
	RefreshLife = 30 * 24 * time.Hour
	// RefreshRetry is how long one that was used is good once more: the answer may have been lost on its way.
	RefreshRetry = 30 * time.Second
)

// LogIn keeps the first refresh token of a login, by its hash, and notes that its teammate has logged in from an address.
func (d *Directory) LogIn(ctx context.Context, t Teammate, hash, address string) (expires time.Time, err error) {
	family, err := d.newID("log_")
	if err != nil {
		return time.Time{}, err
	}
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		if err := d.loggedIn(ctx, tx, t.Email, address); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM refresh_tokens WHERE expires_at < $1`, d.nowMS()); err != nil {
			return err
		}
		expires, err = d.keepRefresh(ctx, tx, t.License, t.ID, family, hash)
		return err
	})
	return expires, err
}

func (d *Directory) keepRefresh(ctx context.Context, tx *sql.Tx, license, teammate, family, hash string) (expires time.Time, err error) {
	expires = fromMS(d.now().Add(RefreshLife).UnixMilli())
	_, err = tx.ExecContext(ctx, `INSERT INTO refresh_tokens (hash, family, license, teammate, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		hash, family, license, teammate, d.nowMS(), expires.UnixMilli())
	return expires, err
}

// Refresh puts a new refresh token in the place of one, both by their hashes, and returns whose it is. One that is used again, later
// than [RefreshRetry], was stolen, or its successor was: its whole family ends. Errors: [NotFound], whatever is wrong with it.
func (d *Directory) Refresh(ctx context.Context, hash, next string) (a Account, expires time.Time, err error) {
	stolen := false
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		stolen = false
		var (
			family, license, teammate string
			used                      sql.NullInt64
		)
		err := tx.QueryRowContext(ctx, `UPDATE refresh_tokens SET family = family WHERE hash = $1 AND expires_at > $2
				RETURNING family, license, teammate, used_at`, hash, d.nowMS()).Scan(&family, &license, &teammate, &used)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound("refresh_token")
		}
		if err != nil {
			return err
		}
		if used.Valid && d.nowMS()-used.Int64 > RefreshRetry.Milliseconds() {
			stolen = true // told after the commit, which ends the family
			_, err := tx.ExecContext(ctx, `DELETE FROM refresh_tokens WHERE family = $1`, family)
			return err
		}
		if a, err = d.account(ctx, tx, license, teammate); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE refresh_tokens SET used_at = COALESCE(used_at, $2) WHERE hash = $1`, hash, d.nowMS()); err != nil {
			return err
		}
		expires, err = d.keepRefresh(ctx, tx, license, teammate, family, next)
		return err
	})
	if err == nil && stolen {
		return Account{}, time.Time{}, notFound("refresh_token")
	}
	return a, expires, err
}

// account reads whose a refresh token is. Errors: [NotFound], where they or their license are no more.
func (d *Directory) account(ctx context.Context, tx *sql.Tx, license, teammate string) (a Account, err error) {
	if a.License, err = readLicense(ctx, tx, license); err != nil {
		return a, err
	}
	if !a.License.Deleted.IsZero() {
		return a, notFound("license")
	}
	a.Teammate, err = readTeammate(ctx, tx, license, teammate)
	return a, err
}

// LogOut ends the family of a refresh token. It does nothing where that is not known.
func (d *Directory) LogOut(ctx context.Context, hash string) error {
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM refresh_tokens WHERE family IN (SELECT family FROM refresh_tokens WHERE hash = $1)`, hash)
		return err
	})
}
