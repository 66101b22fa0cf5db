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

// NextGeneration commits and returns a generation of the license that is higher than all that it returned before
// and than after, with the cooldowns that still run, by teammate and fence. Errors: [NotFound].
func (d *Directory) NextGeneration(ctx context.Context, license string, after int64) (generation int64, running []Cooldown, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := holdLicense(ctx, tx, license); err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, `UPDATE licenses
			SET generation = CASE WHEN generation > $2 THEN generation ELSE $2 END + 1 WHERE id = $1 RETURNING generation`,
			license, after).Scan(&generation)
		if err != nil {
			return err
		}
		now := d.nowMS()
		if _, err := tx.ExecContext(ctx, `DELETE FROM cooldowns WHERE license = $1 AND until_at <= $2`, license, now); err != nil {
			return err
		}
		running, err = collect(ctx, tx, scanCooldown,
			`SELECT teammate, fence, until_at FROM cooldowns WHERE license = $1 ORDER BY teammate, fence`, license)
		return err
	})
	return generation, running, err
}

func scanCooldown(row scanner) (c Cooldown, err error) {
	var until int64
	err = row.Scan(&c.Teammate, &c.Fence, &until)
	c.Until = fromMS(until)
	return c, err
}

// SaveCooldown commits a cooldown, unless there is one of that teammate and fence: the first stands, as it does
// in the engine. saved tells which, so that only who saved it withdraws it. Errors: [NotFound] for the license.
func (d *Directory) SaveCooldown(ctx context.Context, license string, c Cooldown) (saved bool, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := holdLicense(ctx, tx, license); err != nil {
			return err
		}
		// Those that are over go when the next one comes, so that they never pile up.
		_, err := tx.ExecContext(ctx, `DELETE FROM cooldowns WHERE license = $1 AND until_at <= $2`, license, d.nowMS())
		if err != nil {
			return err
		}
		saved, err = changed(tx.ExecContext(ctx, `INSERT INTO cooldowns (license, teammate, fence, until_at)
				VALUES ($1, $2, $3, $4) ON CONFLICT (license, teammate, fence) DO NOTHING`,
			license, c.Teammate, c.Fence, c.Until.UnixMilli()))
		return err
	})
	return saved, err
}

// WithdrawCooldown takes back what SaveCooldown committed, when nobody was freed after all. It does nothing when
// there is no such cooldown.
func (d *Directory) WithdrawCooldown(ctx context.Context, license, teammate string, fence int64) error {
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM cooldowns WHERE license = $1 AND teammate = $2 AND fence = $3`,
			license, teammate, fence)
		return err
	})
}

// LiftCooldown ends all cooldowns of a teammate, and tells whether there were any.
func (d *Directory) LiftCooldown(ctx context.Context, license, teammate string) (lifted bool, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		lifted, err = changed(tx.ExecContext(ctx, `DELETE FROM cooldowns WHERE license = $1 AND teammate = $2`, license, teammate))
		return err
	})
	return lifted, err
}
