package directory

import (
	"context"
	"database/sql"
	"time"

	"usher/internal/audit"
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

// dropCooldowns forgets those that are over. It is done whenever others come or are read, so that they never pile up.
func (d *Directory) dropCooldowns(ctx context.Context, tx *sql.Tx, license string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM cooldowns WHERE license = $1 AND until_at <= $2`, license, d.nowMS())
	return err
}

// LiftCooldown ends all cooldowns of a teammate, and returns the highest fence of those that ran still, or 0 when
// none did. Errors: [NotFound] for the license.
func (d Acting) LiftCooldown(ctx context.Context, license, teammate string) (fence int64, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := holdLicense(ctx, tx, license); err != nil {
			return err
		}
		lifted, err := collect(ctx, tx, scanCooldown,
			`DELETE FROM cooldowns WHERE license = $1 AND teammate = $2 RETURNING teammate, fence, until_at`, license, teammate)
		fence = 0
		for _, c := range lifted {
			if c.Until.After(d.now()) {
				fence = max(fence, c.Fence)
			}
		}
		if err != nil || fence == 0 {
			return err
		}
		return d.tell(ctx, tx, license, audit.Deed{Action: audit.CooldownLifted, Subject: teammate, Detail: map[string]any{"fence": fence}})
	})
	return fence, err
}
