package directory

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// RepeatsKept is how long a repeat is known as one.
const RepeatsKept = 7 * 24 * time.Hour

// Once names a request that makes something, so that it makes it once, however often it comes. The zero value names none.
type Once struct {
	Caller      string // who asks
	Key         string // chosen by them
	Fingerprint string // of what is asked for
}

// Once returns the directory for a change that is made once. What it made before is returned as it is now. Errors of such changes
// besides their own: [KeyReused].
func (d Acting) Once(o Once) Acting {
	d.once = o
	return d
}

// errRepeated says that somebody made the same at the same time.
var errRepeated = errors.New("directory: made by a repeat of this at the same time")

// writeOnce is Write of a change that may be made once: create is called where it was not made yet, and returns what it has made; found, with what
// was made before.
func (d Acting) writeOnce(ctx context.Context, found func(tx *sql.Tx, subject string) error, create func(tx *sql.Tx) (subject string, err error)) error {
	for looked := d.once.Key == ""; ; looked = true {
		err := d.db.Write(ctx, func(tx *sql.Tx) error {
			subject, err := d.made(ctx, tx)
			if err != nil {
				return err
			}
			if subject != "" {
				return found(tx, subject)
			}
			if subject, err = create(tx); err != nil {
				return err
			}
			return d.note(ctx, tx, subject)
		})
		code := CodeOf(err)
		// What stands in the way may have been made by a repeat that was faster.
		lost := !looked && (code == IDTaken || code == EmailTaken || code == AlreadyInvited)
		if !errors.Is(err, errRepeated) && !lost {
			return err
		}
	}
}

// made is what was made under the key before; "": nothing.
func (d Acting) made(ctx context.Context, tx *sql.Tx) (subject string, err error) {
	if d.once.Key == "" {
		return "", nil
	}
	var fingerprint string
	err = tx.QueryRowContext(ctx, `SELECT fingerprint, subject FROM repeats WHERE caller = $1 AND key = $2 AND created_at > $3`,
		d.once.Caller, d.once.Key, d.now().Add(-RepeatsKept).UnixMilli()).Scan(&fingerprint, &subject)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err == nil && fingerprint != d.once.Fingerprint {
		err = &Error{Code: KeyReused, Field: "Idempotency-Key", Reason: "was used for another request"}
	}
	return subject, err
}

// note keeps what was made under the key, and forgets what the caller made long ago.
func (d Acting) note(ctx context.Context, tx *sql.Tx, subject string) error {
	if d.once.Key == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM repeats WHERE caller = $1 AND created_at <= $2`, d.once.Caller, d.now().Add(-RepeatsKept).UnixMilli())
	if err != nil {
		return err
	}
	noted, err := changed(tx.ExecContext(ctx, `INSERT INTO repeats (caller, key, fingerprint, subject, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (caller, key) DO NOTHING`, d.once.Caller, d.once.Key, d.once.Fingerprint, subject, d.nowMS()))
	if err == nil && !noted {
		err = errRepeated
	}
	return err
}
