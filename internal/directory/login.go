package directory

import (
	"context"
	"database/sql"
	"time"
)

// Account is somebody who may log in with a password: a teammate on a license.
type Account struct {
	License  License
	Teammate Teammate
	Password string // its hash; "": none was chosen yet
}

// MaxAccounts is how many accounts of one address are looked at where no license is named.
const MaxAccounts = 5

// Accounts returns those who have a mail address, on one license, or where that is "" on any, at most [MaxAccounts]; nobody on
// licenses that were deleted.
func (d *Directory) Accounts(ctx context.Context, license, email string) (found []Account, err error) {
	if license != "" && !idShaped(license) {
		return nil, nil
	}
	if _, err := checkEmail(email); err != nil { // nobody has what is none
		return nil, nil
	}
	query := `SELECT ` + of("licenses", licenseColumns) + `, ` + of("teammates", teammateColumns) + `, COALESCE(passwords.hash, '')
		FROM teammates JOIN licenses ON licenses.id = teammates.license
		LEFT JOIN passwords ON passwords.license = teammates.license AND passwords.teammate = teammates.id
		WHERE teammates.email_key = $1 AND teammates.removed_at IS NULL AND licenses.deleted_at IS NULL`
	args := []any{emailKey(email), MaxAccounts}
	if license != "" {
		query, args = query+` AND teammates.license = $3`, append(args, license)
	}
	err = d.db.Read(ctx, func(tx *sql.Tx) error {
		found, err = collect(ctx, tx, scanAccount, query+` ORDER BY teammates.license LIMIT $2`, args...)
		return err
	})
	return found, err
}

func scanAccount(row scanner) (a Account, err error) {
	var (
		lic licenseRow
		who teammateRow
	)
	if err := row.Scan(append(append(lic.dest(), who.dest()...), &a.Password)...); err != nil {
		return a, err
	}
	a.Teammate = who.teammate()
	a.License, err = lic.license()
	return a, err
}

// How guessing is slowed down. A guesser can't lock anybody out: who has logged in from an address before is counted there
// alone, and a link by mail is open to all others.
const (
	freeTries   = 5               // failures of one address, or of all strangers together, times strangers
	strangers   = 4               // so many addresses' worth of tries have all that never logged in
	firstBlock  = 2 * time.Second // doubles with each failure more
	longBlock   = 15 * time.Minute
	forgetTries = 24 * time.Hour
)

// blockAfter is how long after so many failures the next try is not heard.
func blockAfter(failures, free int64) time.Duration {
	if failures < free {
		return 0
	}
	return min(longBlock, firstBlock<<min(failures-free, 20))
}

// TryLogin asks to try to log in with a mail address from a network address, and counts the try as one that failed until it has not:
// for its address, and where nobody ever logged in from there, for all such addresses together. wait is how long it is not heard; 0: it is.
func (d *Directory) TryLogin(ctx context.Context, email, address string) (wait time.Duration, err error) {
	if _, err := checkEmail(email); err != nil { // what is none can't be guessed for
		return 0, nil //nolint:nilerr // nor is it kept
	}
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		// Old ones are forgotten now and then, so that they don't pile up.
		if _, err := tx.ExecContext(ctx, `DELETE FROM login_attempts WHERE changed_at < $1 AND succeeded_at IS NULL`, d.now().Add(-forgetTries).UnixMilli()); err != nil {
			return err
		}
		own, err := d.attempt(ctx, tx, email, address)
		if err != nil {
			return err
		}
		counted := []attempt{own}
		if !own.known {
			others, err := d.attempt(ctx, tx, email, "")
			if err != nil {
				return err
			}
			counted = append(counted, others)
		}
		wait = 0
		for _, c := range counted {
			wait = max(wait, c.wait)
		}
		if wait > 0 {
			return nil
		}
		for i, c := range counted {
			if err := d.countFailure(ctx, tx, email, c, []int64{freeTries, freeTries * strangers}[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return wait, err
}

// attempt is what is known of an address from which somebody tries to log in.
type attempt struct {
	address  string
	failures int64
	known    bool // they logged in from there before
	wait     time.Duration
}

// attempt reads it, and keeps others from trying at the same time.
func (d *Directory) attempt(ctx context.Context, tx *sql.Tx, email, address string) (attempt, error) {
	var (
		a         = attempt{address: address}
		till      int64
		succeeded sql.NullInt64
	)
	err := tx.QueryRowContext(ctx, `INSERT INTO login_attempts (email_key, address, failures, blocked_till, changed_at) VALUES ($1, $2, 0, 0, $3)
			ON CONFLICT (email_key, address) DO UPDATE SET changed_at = excluded.changed_at RETURNING failures, blocked_till, succeeded_at`,
		emailKey(email), address, d.nowMS()).Scan(&a.failures, &till, &succeeded)
	a.known = succeeded.Valid
	a.wait = max(0, time.Duration(till-d.nowMS())*time.Millisecond)
	return a, err
}

func (d *Directory) countFailure(ctx context.Context, tx *sql.Tx, email string, a attempt, free int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE login_attempts SET failures = $3, blocked_till = $4 WHERE email_key = $1 AND address = $2`,
		emailKey(email), a.address, a.failures+1, d.nowMS()+blockAfter(a.failures+1, free).Milliseconds())
	return err
}

// loggedIn notes a success: the address is known from now on, and its tries were none that failed.
func (d *Directory) loggedIn(ctx context.Context, tx *sql.Tx, email, address string) error {
	_, err := tx.ExecContext(ctx, `UPDATE login_attempts SET failures = CASE WHEN failures > 0 THEN failures - 1 ELSE 0 END WHERE email_key = $1 AND address = ''`, emailKey(email))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO login_attempts (email_key, address, failures, blocked_till, succeeded_at, changed_at)
			VALUES ($1, $2, 0, 0, $3, $3)
			ON CONFLICT (email_key, address) DO UPDATE SET failures = 0, blocked_till = 0, succeeded_at = excluded.succeeded_at, changed_at = excluded.changed_at`,
		emailKey(email), address, d.nowMS())
	return err
}
