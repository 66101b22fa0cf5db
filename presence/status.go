package presence

import (
	"errors"
	"fmt"
	"time"
)

// Status of a teammate.
type Status string

const (
	Online    Status = "online"
	Away      Status = "away"
	Busy      Status = "busy"
	Invisible Status = "invisible" // to colleagues like Offline
	Offline   Status = "offline"   // never chosen
)

// MaxNoteBytes is the longest note.
const MaxNoteBytes = 200

// Choice is what a teammate wants to be seen as. The zero value is that of one who never chose: online.
type Choice struct {
	Number int64 // counts the teammate's choices, in the database: a higher one replaces a lower one. 0: never chose
	Status Status
	Note   string
	Until  time.Time // from when on Before holds again; zero: until another choice
	Before Intent    // of a timed choice
}

// Intent is a status with what the teammate has to say about it.
type Intent struct {
	Status Status
	Note   string
}

// At is the choice as it holds at a moment: what is over is replaced by what it returns to.
func (c Choice) At(now time.Time) Choice {
	switch {
	case c.Number == 0:
		return Choice{Status: Online}
	case c.Until.IsZero() || now.Before(c.Until):
		return c
	}
	return Choice{Number: c.Number, Status: c.Before.Status, Note: c.Before.Note}
}

// Validate tells what is wrong with c, or nil.
func (c Choice) Validate() error {
	if c == (Choice{}) {
		return nil
	}
	if c.Number < 1 {
		return fmt.Errorf("choice has the number %d, want 1 or more", c.Number)
	}
	if err := (Intent{c.Status, c.Note}).Validate(); err != nil {
		return err
	}
	if c.Until.IsZero() {
		if c.Before != (Intent{}) {
			return fmt.Errorf("choice is not timed, and returns to %q", c.Before.Status)
		}
		return nil
	}
	return errors.Join(c.Before.Validate(), validMoments(c.Until))
}

// Validate tells what is wrong with i, or nil.
func (i Intent) Validate() error {
	switch i.Status {
	case Online, Away, Busy, Invisible:
	default:
		return fmt.Errorf("status is %q, want online, away, busy or invisible", i.Status)
	}
	if len(i.Note) > MaxNoteBytes {
		return fmt.Errorf("note has %d bytes, at most %d", len(i.Note), MaxNoteBytes)
	}
	return nil
}

// Derive is the status of a teammate who chose that, and has these devices.
func Derive(chosen Status, devices []Device) Status {
	switch {
	case len(devices) == 0:
		return Offline
	case chosen == Invisible:
		return Invisible
	}
	for _, d := range devices {
		if !d.Idle {
			return chosen
		}
	}
	return Away
}
