package directory

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"
)

// Seen tells when a teammate was last here, to the millisecond. Zero: never.
type Seen struct {
	At    time.Time // in truth
	Shown time.Time // as colleagues know it
}

// LastSeen is when one teammate was last here.
type LastSeen struct {
	Teammate string
	Seen
}

// Seen commits when teammates were last here, all or none. Of each of both moments the later one stands, whoever comes
// first; who is not on the license is left out. It is no change of the license.
func (d *Directory) Seen(ctx context.Context, license string, seen []LastSeen) error {
	// All take the rows in one order, so that no two wait for each other.
	seen = slices.SortedFunc(slices.Values(seen), func(a, b LastSeen) int { return strings.Compare(a.Teammate, b.Teammate) })
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		update, err := tx.PrepareContext(ctx, `UPDATE teammates SET
				seen_at = CASE WHEN COALESCE(seen_at, 0) < $3 THEN $3 ELSE seen_at END,
				seen_shown_at = CASE WHEN COALESCE(seen_shown_at, 0) < $4 THEN $4 ELSE seen_shown_at END
			WHERE license = $1 AND id = $2 AND removed_at IS NULL`)
		if err != nil {
			return err
		}
		defer update.Close()
		for _, s := range seen {
			if _, err := update.ExecContext(ctx, license, s.Teammate, toNullMS(s.At), toNullMS(s.Shown)); err != nil {
				return err
			}
		}
		return nil
	})
}
