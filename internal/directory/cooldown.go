package directory

import (
	"context"
	"database/sql"
	"time"
)

// Cooldown keeps a freed teammate from coming straight back.
type Cooldown struct {
	Teammate string
	Fence    int64 // of the seat that was freed
	Until    time.Time
}

func scanCooldown(row scanner) (c Cooldown, err error) {
	var until int64
	err = row.Scan(&c.Teammate, &c.Fence, &until)
	c.Until = fromMS(until)
	return c, err
}

// SaveCooldowns commits cooldowns, all or none, but those of a teammate and fence that have one: the first stands, as
// it does in the engine. saved are the others, so that only who saved one withdraws it. Errors: [NotFound] for the
// license.
func (d *Directory) SaveCooldowns(ctx context.Context, license string, cs []Cooldown) (saved []Cooldown, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		saved = nil
		if _, err := holdLicense(ctx, tx, license); err != nil {
			return err
		}
		if err := d.dropCooldowns(ctx, tx, license); err != nil {
			return err
		}
		for _, c := range cs {
			inserted, err := changed(tx.ExecContext(ctx, `INSERT INTO cooldowns (license, teammate, fence, until_at)
					VALUES ($1, $2, $3, $4) ON CONFLICT (license, teammate, fence) DO NOTHING`,
				license, c.Teammate, c.Fence, c.Until.UnixMilli()))
			if err != nil {
				return err
			}
			if inserted {
				saved = append(saved, c)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return saved, nil
}

// dropCooldowns forgets those that are over. It is done whenever others come or are read, so that they never pile up.
func (d *Directory) dropCooldowns(ctx context.Context, tx *sql.Tx, license string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM cooldowns WHERE license = $1 AND until_at <= $2`, license, d.nowMS())
	return err
}

// WithdrawCooldowns takes back what SaveCooldowns committed, of those who were not freed after all. It does nothing
// about cooldowns that there are not.
func (d *Directory) WithdrawCooldowns(ctx context.Context, license string, cs []Cooldown) error {
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		for _, c := range cs {
			_, err := tx.ExecContext(ctx, `DELETE FROM cooldowns WHERE license = $1 AND teammate = $2 AND fence = $3`,
				license, c.Teammate, c.Fence)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// LiftCooldown ends all cooldowns of a teammate, and returns the highest fence of those that ran still, or 0 when
// none did.
func (d *Directory) LiftCooldown(ctx context.Context, license, teammate string) (fence int64, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		lifted, err := collect(ctx, tx, scanCooldown,
			`DELETE FROM cooldowns WHERE license = $1 AND teammate = $2 RETURNING teammate, fence, until_at`, license, teammate)
		fence = 0
		for _, c := range lifted {
			if c.Until.After(d.now()) {
				fence = max(fence, c.Fence)
			}
		}
		return err
	})
	return fence, err
}
