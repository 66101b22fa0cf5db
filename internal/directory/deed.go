package directory

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"usher/internal/audit"
)

// Freeing is a seat that is about to be taken from its holder.
type Freeing struct {
	Teammate string
	Fence    int64
	Number   int       // 0: not known
	Until    time.Time // of the cooldown; zero: none
	Reason   string
}

func (f Freeing) deed() audit.Deed {
	detail := map[string]any{"fence": f.Fence, "reason": f.Reason}
	if f.Number > 0 {
		detail["number"] = f.Number
	}
	if !f.Until.IsZero() {
		detail["cooldown_until"] = f.Until.UTC().Format(time.RFC3339Nano)
	}
	return audit.Deed{Action: audit.SeatFreed, Subject: f.Teammate, Ref: strconv.FormatInt(f.Fence, 10), Detail: detail}
}

// RecordFrees commits, before the engine acts, what is told of seats that are taken away, and the cooldowns that follow;
// all or none, but those of a teammate and fence that were recorded before: the first stands, as it does in the engine.
// recorded are the others, so that only who recorded one withdraws it. Errors: [NotFound] for the license.
func (d Acting) RecordFrees(ctx context.Context, license string, frees []Freeing) (recorded []Freeing, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		recorded = nil
		if _, err := holdLicense(ctx, tx, license); err != nil {
			return err
		}
		if err := d.dropCooldowns(ctx, tx, license); err != nil {
			return err
		}
		var deeds []audit.Deed
		for _, f := range frees {
			stands, err := audit.Stands(ctx, tx, audit.OfLicense(license), f.deed())
			if err != nil {
				return err
			}
			if stands {
				continue
			}
			if !f.Until.IsZero() {
				_, err := tx.ExecContext(ctx, `INSERT INTO cooldowns (license, teammate, fence, until_at)
						VALUES ($1, $2, $3, $4) ON CONFLICT (license, teammate, fence) DO NOTHING`,
					license, f.Teammate, f.Fence, f.Until.UnixMilli())
				if err != nil {
					return err
				}
			}
			recorded, deeds = append(recorded, f), append(deeds, f.deed())
		}
		return d.tell(ctx, tx, license, deeds...)
	})
	if err != nil {
		return nil, err
	}
	return recorded, nil
}

// WithdrawFrees takes back what RecordFrees committed, of those who were not freed after all, as far as can be told: the
// cooldowns go, and the audit log is told why. It does nothing for those that are withdrawn already. Errors: [NotFound] for the license.
func (d Acting) WithdrawFrees(ctx context.Context, license string, frees []Freeing, why string) error {
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := holdLicense(ctx, tx, license); err != nil {
			return err
		}
		var deeds []audit.Deed
		for _, f := range frees {
			deeds = append(deeds, f.deed())
			_, err := tx.ExecContext(ctx, `DELETE FROM cooldowns WHERE license = $1 AND teammate = $2 AND fence = $3`,
				license, f.Teammate, f.Fence)
			if err != nil {
				return err
			}
		}
		return d.withdraw(ctx, tx, license, deeds, why)
	})
}

// Record commits, before an engine acts, a deed that changes nothing in the database, and tells whether it did: not where a
// deed with its Ref was recorded before. Errors: [NotFound] for the license.
func (d Acting) Record(ctx context.Context, license string, deed audit.Deed) (recorded bool, err error) {
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		recorded = false
		if _, err := holdLicense(ctx, tx, license); err != nil {
			return err
		}
		if deed.Ref != "" {
			stands, err := audit.Stands(ctx, tx, audit.OfLicense(license), deed)
			if err != nil || stands {
				return err
			}
		}
		recorded = true
		return d.tell(ctx, tx, license, deed)
	})
	return recorded, err
}

// Withdraw takes back what Record committed, of what was not done after all, as far as can be told.
// Errors: [NotFound] for the license.
func (d Acting) Withdraw(ctx context.Context, license string, deed audit.Deed, why string) error {
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := holdLicense(ctx, tx, license); err != nil {
			return err
		}
		return d.withdraw(ctx, tx, license, []audit.Deed{deed}, why)
	})
}

// withdraw tells of deeds on a held license that were not done.
func (d Acting) withdraw(ctx context.Context, tx *sql.Tx, license string, deeds []audit.Deed, why string) error {
	var taken []audit.Deed
	for _, deed := range deeds {
		stands, err := audit.Stands(ctx, tx, audit.OfLicense(license), deed)
		if err != nil {
			return err
		}
		if stands {
			taken = append(taken, audit.Deed{
				Action: deed.Action.Withdrawn(), Subject: deed.Subject, Ref: deed.Ref, Detail: map[string]any{"why": why},
			})
		}
	}
	return d.tell(ctx, tx, license, taken...)
}
