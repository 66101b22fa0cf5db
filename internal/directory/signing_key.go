package directory

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"
)

// SigningKey is a key that tickets are signed with, as it is kept. What is in it is its owner's business: nothing
// here signs.
type SigningKey struct {
	ID      string // as in the tokens that it signs
	Public  []byte
	Sealed  []byte    // the private part, which can't be opened with anything in the database
	Created time.Time // to the millisecond, as UseFrom
	UseFrom time.Time // it signs from then on
}

const signingKeyColumns = `id, public, sealed, created_at, use_from`

func scanSigningKey(row scanner) (k SigningKey, err error) {
	var (
		public, sealed   string
		created, useFrom int64
	)
	if err := row.Scan(&k.ID, &public, &sealed, &created, &useFrom); err != nil {
		return SigningKey{}, err
	}
	k.Created, k.UseFrom = fromMS(created), fromMS(useFrom)
	if k.Public, err = hex.DecodeString(public); err == nil {
		k.Sealed, err = hex.DecodeString(sealed)
	}
	if err != nil {
		return SigningKey{}, fmt.Errorf("directory: signing key %s: %w", k.ID, err)
	}
	return k, nil
}

func readSigningKeys(ctx context.Context, tx *sql.Tx) ([]SigningKey, error) {
	return collect(ctx, tx, scanSigningKey, `SELECT `+signingKeyColumns+` FROM signing_keys ORDER BY use_from, created_at, id`)
}

// SigningKeys returns all signing keys, in the order in which they sign.
func (d *Directory) SigningKeys(ctx context.Context) (keys []SigningKey, err error) {
	err = d.db.Read(ctx, func(tx *sql.Tx) error {
		keys, err = readSigningKeys(ctx, tx)
		return err
	})
	return keys, err
}

// ChangeSigningKeys shows decide all signing keys, in the order of [Directory.SigningKeys], and adds and removes
// what it says, in one transaction: callers on all nodes take turns, so that each sees what the one before did.
// Errors: decide's own, or [ErrUnavailable].
func (d *Directory) ChangeSigningKeys(ctx context.Context, decide func(have []SigningKey) (add []SigningKey, remove []string, err error)) error {
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE signing_keys_turn SET turn = turn + 1 WHERE id = 1`); err != nil {
			return err
		}
		have, err := readSigningKeys(ctx, tx)
		if err != nil {
			return err
		}
		add, remove, err := decide(have)
		if err != nil {
			return err
		}
		for _, id := range remove {
			if _, err := tx.ExecContext(ctx, `DELETE FROM signing_keys WHERE id = $1`, id); err != nil {
				return err
			}
		}
		for _, k := range add {
			_, err := tx.ExecContext(ctx, `INSERT INTO signing_keys (`+signingKeyColumns+`) VALUES ($1, $2, $3, $4, $5)`,
				k.ID, hex.EncodeToString(k.Public), hex.EncodeToString(k.Sealed), k.Created.UnixMilli(), k.UseFrom.UnixMilli())
			if err != nil {
				return err
			}
		}
		return nil
	})
}
