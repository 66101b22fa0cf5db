package directory

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Board is what an engine that forgets with its process leaves behind of a license, for the next process to find.
type Board struct {
	License string
	Holders []Holder // by number
	Waiters []Waiter // in their order
}

// Holder is one who held a seat.
type Holder struct {
	Teammate string    `json:"teammate"`
	Number   int       `json:"number"`
	Since    time.Time `json:"since"`
	Overage  bool      `json:"overage"`
	Via      string    `json:"via"`
	Routing  string    `json:"routing"`

	Name          string `json:"-"` // these two as the teammate is now
	Administrator bool   `json:"-"`
}

// Waiter is one who waited for a seat.
type Waiter struct {
	Teammate string    `json:"teammate"`
	Since    time.Time `json:"since"`

	Name          string `json:"-"` // these two as the teammate is now
	Administrator bool   `json:"-"`
}

// SaveBoards commits boards, all or none, but those whose license another process has opened since with a generation
// of its own: that one's stand. keeper is who saves, as for [Directory.NextGeneration], without which there is nothing
// to save to.
func (d *Directory) SaveBoards(ctx context.Context, keeper string, boards []Board) error {
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		for _, b := range boards {
			holders, err := json.Marshal(b.Holders)
			if err != nil {
				return fmt.Errorf("directory: board: %w", err)
			}
			waiters, err := json.Marshal(b.Waiters)
			if err != nil {
				return fmt.Errorf("directory: board: %w", err)
			}
			_, err = tx.ExecContext(ctx, `UPDATE boards SET holders = $3, waiters = $4, saved_at = $5 WHERE license = $1 AND keeper = $2`,
				b.License, keeper, string(holders), string(waiters), d.nowMS())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// CompleteBoards tells that the keeper has stopped, and that all its boards were saved after that. Without it the next
// process takes them for older than what happened last.
func (d *Directory) CompleteBoards(ctx context.Context, keeper string) error {
	return d.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE boards SET complete = TRUE WHERE keeper = $1`, keeper)
		return err
	})
}

// takeOver gives an opening what an earlier keeper left under the license's last generation, and makes keeper the one
// who saves. From then on the board counts as incomplete, so that it does if the process ends before its first save.
func (d *Directory) takeOver(ctx context.Context, tx *sql.Tx, o *Opening, keeper string, last int64) error {
	var (
		by                      string
		generation              int64
		holders, waiters        = "[]", "[]"
		complete, foundComplete bool
	)
	err := tx.QueryRowContext(ctx, `SELECT keeper, generation, holders, waiters, complete, found_complete FROM boards WHERE license = $1`,
		o.License.ID).Scan(&by, &generation, &holders, &waiters, &complete, &foundComplete)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return err
	case generation != last: // another engine had the license since
		holders, waiters = "[]", "[]"
	case by == keeper: // an opening of which nothing came, or which comes too late and will change nothing
		o.Complete = foundComplete
	default:
		o.Complete = complete
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO boards (license, keeper, generation, holders, waiters, complete, found_complete, saved_at)
			VALUES ($1, $2, $3, $4, $5, FALSE, $6, $7)
			ON CONFLICT (license) DO UPDATE SET keeper = excluded.keeper, generation = excluded.generation, holders = excluded.holders,
				waiters = excluded.waiters, complete = FALSE, found_complete = excluded.found_complete`,
		o.License.ID, keeper, last+1, holders, waiters, o.Complete, d.nowMS())
	if err != nil {
		return err
	}
	return o.keep(ctx, tx, holders, waiters)
}

// keep reads what was saved, and leaves out who is no operator any more.
func (o *Opening) keep(ctx context.Context, tx *sql.Tx, holders, waiters string) error {
	b := Board{License: o.License.ID}
	if err := errors.Join(json.Unmarshal([]byte(holders), &b.Holders), json.Unmarshal([]byte(waiters), &b.Waiters)); err != nil {
		return fmt.Errorf("directory: stored board: %w", err)
	}
	o.Kept.License = b.License
	if len(b.Holders)+len(b.Waiters) == 0 {
		return nil
	}
	found, err := collect(ctx, tx, scanTeammate, `SELECT `+teammateColumns+` FROM teammates
		WHERE license = $1 AND operator AND removed_at IS NULL`, o.License.ID)
	if err != nil {
		return err
	}
	operators := make(map[string]Teammate, len(found))
	for _, t := range found {
		operators[t.ID] = t
	}
	for _, h := range b.Holders {
		if t, ok := operators[h.Teammate]; ok {
			h.Name, h.Administrator = t.Name, t.Administrator
			o.Kept.Holders = append(o.Kept.Holders, h)
		}
	}
	for _, w := range b.Waiters {
		if t, ok := operators[w.Teammate]; ok {
			w.Name, w.Administrator = t.Name, t.Administrator
			o.Kept.Waiters = append(o.Kept.Waiters, w)
		}
	}
	return nil
}
