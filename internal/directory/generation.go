package directory

import (
	"context"
	"database/sql"
	"errors"
)

// Opening is what the next generation of a license begins with.
type Opening struct {
	License   License    // at the new Generation
	Cooldowns []Cooldown // those that still run, by teammate and fence
	Kept      Board      // what an earlier keeper left, of those who are operators still
	Complete  bool       // nobody but those in Kept can still act for a seat of an earlier generation
}

// NextGeneration commits a generation of the license that is higher than all that it returned before and than after.
// keeper names the process that will save the license's board here, if it is for an engine that forgets with its
// process; else it is "", and nothing is kept. Errors: [NotFound].
func (d *Directory) NextGeneration(ctx context.Context, license string, after int64, keeper string) (o Opening, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		if o.License, err = holdLicense(ctx, tx, license); err != nil {
			return err
		}
		last := max(o.License.Generation, after)
		o.Complete = last == 0
		if keeper != "" {
			if err := d.takeOver(ctx, tx, &o, keeper, last); err != nil {
				return err
			}
		}
		o.License.Generation = last + 1
		if _, err := tx.ExecContext(ctx, `UPDATE licenses SET generation = $2 WHERE id = $1`, license, last+1); err != nil {
			return err
		}
		if err := d.dropCooldowns(ctx, tx, license); err != nil {
			return err
		}
		o.Cooldowns, err = collect(ctx, tx, scanCooldown,
			`SELECT teammate, fence, until_at FROM cooldowns WHERE license = $1 ORDER BY teammate, fence`, license)
		return err
	})
	return o, err
}

// NextEpoch commits a generation of the license's roster that is higher than all that it returned before and than after.
// It has nothing to do with those of [Directory.NextGeneration]. Errors: [NotFound].
func (d *Directory) NextEpoch(ctx context.Context, license string, after int64) (generation int64, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `UPDATE licenses SET roster_generation =
				CASE WHEN roster_generation < $2 THEN $2 ELSE roster_generation END + 1 WHERE id = $1 RETURNING roster_generation`,
			license, after).Scan(&generation)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound("license")
		}
		return err
	})
	return generation, err
}
