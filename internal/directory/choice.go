package directory

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Choice is what a teammate chose to be seen as. The zero value is that of one who never chose, and is seen as online.
type Choice struct {
	Number int64 // counts the teammate's choices: a higher one replaces a lower one. 0: never chose
	Intent
	Until  time.Time // from when on Before holds again, to the millisecond; zero: until another choice
	Before Intent    // of a timed choice
}

// Intent is a status with what the teammate has to say about it.
type Intent struct {
	Status string // online, away, busy or invisible
	Note   string
}

// Bounds of a choice.
const (
	MaxNoteBytes = 200
	MaxUntil     = 366 * 24 * time.Hour // from now
)

func (i Intent) check() error {
	if statuses := []string{"online", "away", "busy", "invisible"}; !slices.Contains(statuses, i.Status) {
		return invalid("status", "must be %s", strings.Join(statuses, ", "))
	}
	if len(i.Note) > MaxNoteBytes || !utf8.ValidString(i.Note) {
		return invalid("note", "must have at most %d bytes", MaxNoteBytes)
	}
	if strings.ContainsFunc(i.Note, unicode.IsControl) {
		return invalid("note", "must not have control characters")
	}
	return nil
}

// lasting is what holds for as long as nothing else is chosen: a timed choice gives way to what was before it, running
// or over.
func (c Choice) lasting() Intent {
	switch {
	case c.Number == 0:
		return Intent{Status: "online"}
	case !c.Until.IsZero():
		return c.Before
	}
	return c.Intent
}

// Choose commits what a teammate chose, until then or, zero, until another choice; and returns it as it is kept. The
// same once more is a choice of its own. It is no change of the license: who is connected may choose on a deleted one
// too. Errors: [NotFound] for the license or the teammate; [Invalid], where until is not ahead or by more than [MaxUntil],
// too.
func (d *Directory) Choose(ctx context.Context, license, teammate string, to Intent, until time.Time) (c Choice, err error) {
	if err := to.check(); err != nil {
		return Choice{}, err
	}
	if !until.IsZero() {
		until = fromMS(until.UnixMilli())
		if now := d.now(); !until.After(now) || until.After(now.Add(MaxUntil)) {
			return Choice{}, invalid("until", "must be ahead, by no more than %d days", int(MaxUntil/(24*time.Hour)))
		}
	}
	err = d.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := readLicense(ctx, tx, license); err != nil {
			return err
		}
		t, err := holdTeammate(ctx, tx, license, teammate)
		if err != nil {
			return err
		}
		// By the clock, so that a database that was restored from a back-up goes on with numbers that nobody has seen.
		c = Choice{Number: max(t.Choice.Number+1, d.now().UnixMilli()), Intent: to, Until: until}
		if !until.IsZero() {
			c.Before = t.Choice.lasting()
		}
		_, err = tx.ExecContext(ctx, `UPDATE teammates SET choice_number = $3, choice_status = $4, choice_note = $5, choice_until = $6,
				before_status = $7, before_note = $8 WHERE license = $1 AND id = $2`,
			license, teammate, c.Number, c.Status, c.Note, toNullMS(c.Until), c.Before.Status, c.Before.Note)
		return err
	})
	if err != nil {
		return Choice{}, err
	}
	return c, nil
}
