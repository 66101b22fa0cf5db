package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Append adds entries to a chain in the transaction of what they tell. Others who add to the chain wait until the
// transaction ends.
func Append(ctx context.Context, tx *sql.Tx, chain Chain, at time.Time, by Actor, deeds ...Deed) error {
	if len(deeds) == 0 {
		return nil
	}
	var (
		last int64
		hash string
	)
	err := tx.QueryRowContext(ctx, `INSERT INTO audit_chains (chain, number, hash) VALUES ($1, $2, $3)
			ON CONFLICT (chain) DO UPDATE SET number = audit_chains.number + excluded.number RETURNING number, hash`,
		string(chain), len(deeds), first).Scan(&last, &hash)
	if err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO audit
			(chain, number, at, actor_kind, actor, actor_key, actor_from, action, subject, ref, detail, hash)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for i, d := range deeds {
		e := Entry{
			Number: last - int64(len(deeds)) + int64(i) + 1, At: time.UnixMilli(at.UnixMilli()), By: by,
			Action: d.Action, Subject: d.Subject, Ref: d.Ref,
		}
		if d.Detail == nil {
			d.Detail = map[string]any{}
		}
		if e.Detail, err = encode(d.Detail); err != nil {
			return fmt.Errorf("audit: %s: %w", d.Action, err)
		}
		if hash, err = e.sum(chain, hash); err != nil {
			return fmt.Errorf("audit: %s: %w", d.Action, err)
		}
		_, err = insert.ExecContext(ctx, string(chain), e.Number, e.At.UnixMilli(), string(by.Kind), by.ID, by.Key, by.From,
			string(e.Action), e.Subject, e.Ref, string(e.Detail), hash)
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE audit_chains SET hash = $2 WHERE chain = $1`, string(chain), hash)
	return err
}

// Stands tells whether an entry with the deed's action, subject and ref is in the chain, and was not withdrawn.
func Stands(ctx context.Context, tx *sql.Tx, chain Chain, d Deed) (bool, error) {
	var last string
	err := tx.QueryRowContext(ctx, `SELECT action FROM audit WHERE chain = $1 AND subject = $2 AND ref = $3 AND action IN ($4, $5)
			ORDER BY number DESC LIMIT 1`,
		string(chain), d.Subject, d.Ref, string(d.Action), string(d.Action.Withdrawn())).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return last == string(d.Action), err
}

// Purge forgets a chain.
func Purge(ctx context.Context, tx *sql.Tx, chain Chain) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM audit_chains WHERE chain = $1`, string(chain))
	return err
}
