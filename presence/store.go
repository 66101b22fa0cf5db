package presence

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Store is an engine: it keeps the rosters of licenses. See the package comment for what every engine promises;
// presencetest checks it.
type Store interface {
	// Do runs the commands of a batch on one license, in their order, as one step at one moment of engine time,
	// after everything that was due by then. A batch without commands is a tick.
	//
	// Errors: [ErrUnavailable] (the outcome is unknown: it may have happened, or may happen until the batch's
	// deadline), [*UnopenedError] and [ErrLate] (nothing happened), [ErrInvalid] (nothing happened, nor will).
	Do(ctx context.Context, b Batch) (Outcome, error)

	// Watch calls notify with the changes of a license's roster, in order, from some moment before Watch returns
	// until stop returns. A nil change says that changes may have been missed: read the roster. The first call
	// after Watch is such a one. notify must return at once and may not call the Store.
	// Errors: [ErrUnavailable].
	Watch(ctx context.Context, license LicenseID, notify func(*Change)) (stop func(), err error)
}

// Batch is what is done in one step.
type Batch struct {
	License  LicenseID
	Node     NodeID    // on whose behalf; needed for Arrive
	Deadline time.Time // engine time from which on nothing of it may happen; zero: [CommandLife] after it was first sent
	Commands []Command
}

// Outcome is what a batch came to.
type Outcome struct {
	Now     time.Time // engine time of the step
	Due     time.Time // when the license needs a tick next; zero: nothing is due
	Epoch   string    // of the roster
	Version uint64    // of the roster, after the step
	Changes []Change  // what the step changed, as announced to watchers; empty: nothing
	Replies []Reply   // one for each command
}

const (
	// CommandLife is how long a batch may take to arrive, unless it says otherwise.
	CommandLife = time.Minute
	// EndedMemory is how long an ended session stays known as ended. It must be longer than CommandLife.
	EndedMemory = 2 * time.Minute
	// MaxBatch is the most commands in one batch.
	MaxBatch = 256
	// MaxMembers is the most teammates of a license: what opens or reads a roster of so many must not hold up the other
	// licenses of an engine for long.
	MaxMembers = 10_000
	// MaxNameBytes is the longest name of a teammate.
	MaxNameBytes = 400
)

var (
	// ErrUnavailable says that the engine did not answer: the outcome is unknown.
	ErrUnavailable = errors.New("presence: engine unavailable")
	// ErrLate says that the batch arrived after its deadline.
	ErrLate = errors.New("presence: batch arrived after its deadline")
	// ErrInvalid says that the batch can't be meant: an id that may not be, a command without what it needs.
	ErrInvalid = errors.New("presence: invalid batch")
	// ErrNoLicense says that the database does not have the license. Returned by [Truth].
	ErrNoLicense = errors.New("presence: no such license")
	// ErrNoTeammate says that the license has no such teammate. Returned by those around an engine, for [NoTeammate].
	ErrNoTeammate = errors.New("presence: no such teammate")
)

// UnopenedError says that the engine does not know the license, or does not trust what it knows: it was never
// used with this engine, or the engine lost its memory.
type UnopenedError struct {
	Last Generation // the generation that the engine remembers; 0: none
}

func (e *UnopenedError) Error() string {
	return fmt.Sprintf("presence: license is not open in the engine (last generation there: %d)", e.Last)
}

// Validate tells why a batch can't be meant, wrapping [ErrInvalid], or nil. Engines call it first.
func (b Batch) Validate() error {
	if err := b.validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

func (b Batch) validate() error {
	if err := ValidID(b.License); err != nil {
		return fmt.Errorf("license: %w", err)
	}
	if b.Node != "" {
		if err := ValidID(b.Node); err != nil {
			return fmt.Errorf("node: %w", err)
		}
	}
	if len(b.Commands) > MaxBatch {
		return fmt.Errorf("%d commands, at most %d", len(b.Commands), MaxBatch)
	}
	for i, c := range b.Commands {
		if err := b.validateCommand(i, c); err != nil {
			return fmt.Errorf("command %d (%T): %w", i, c, err)
		}
	}
	return nil
}

func (b Batch) validateCommand(i int, c Command) error {
	switch c := c.(type) {
	case Open:
		if i > 0 || c.Generation < 1 || c.Window < 0 {
			return fmt.Errorf("at place %d, generation %d, window %s", i, c.Generation, c.Window)
		}
		return errors.Join(c.Config.Validate(), validMembers(c.Members))
	case Configure:
		if c.Base < 0 || !c.Whole && c.Base > c.Config.Revision || c.Whole && len(c.Removed) > 0 {
			return fmt.Errorf("base %d of revision %d, whole %t with %d removed", c.Base, c.Config.Revision, c.Whole, len(c.Removed))
		}
		err := errors.Join(c.Config.Validate(), validMembers(c.Members))
		for _, t := range c.Removed {
			err = errors.Join(err, ValidID(t))
		}
		return err
	case Arrive:
		return b.validateArrive(c)
	case SetIdle:
		return validSession(c.Teammate, c.Session, c.Seq)
	case Depart:
		return errors.Join(ValidID(c.Teammate), ValidID(c.Session))
	case Drop:
		return errors.Join(ValidID(c.Teammate), ValidID(c.Session))
	case Choose:
		return errors.Join(ValidID(c.Teammate), c.Choice.Validate())
	case Expel:
		err := ValidID(c.Teammate)
		if c.Session != "" {
			err = errors.Join(err, ValidID(c.Session))
		}
		if c.By != "" {
			err = errors.Join(err, ValidID(c.By))
		}
		return err
	case Read:
		return nil
	}
	return errors.New("unknown command")
}

func (b Batch) validateArrive(c Arrive) error {
	switch {
	case b.Node == "":
		return errors.New("needs a node")
	case c.Resumes == c.Session:
		return errors.New("resumes itself")
	case len(c.Device) > MaxDeviceBytes:
		return fmt.Errorf("device has %d bytes, at most %d", len(c.Device), MaxDeviceBytes)
	}
	if c.Resumes != "" {
		if err := ValidID(c.Resumes); err != nil {
			return err
		}
	}
	return errors.Join(validSession(c.Teammate, c.Session, c.Seq), c.Choice.Validate(), validMoments(c.Since, c.Was.Since))
}

// validMoments reports a moment that engines can't keep: they count milliseconds since 1970, and 0 is none.
func validMoments(moments ...time.Time) error {
	for _, m := range moments {
		if !m.IsZero() && m.UnixMilli() <= 0 {
			return fmt.Errorf("moment %s is before 1970", m)
		}
	}
	return nil
}

func validSession(t TeammateID, s SessionID, seq uint64) error {
	if seq == 0 {
		return errors.New("needs a sequence number")
	}
	return errors.Join(ValidID(t), ValidID(s))
}

func validMembers(members []Member) error {
	if len(members) > MaxMembers {
		return fmt.Errorf("%d members, at most %d", len(members), MaxMembers)
	}
	for _, m := range members {
		if len(m.Name) > MaxNameBytes {
			return fmt.Errorf("%s: name has %d bytes, at most %d", m.Teammate, len(m.Name), MaxNameBytes)
		}
		err := errors.Join(ValidID(m.Teammate), m.Choice.Validate(), validMoments(m.Seen.At, m.Seen.Shown))
		if err != nil {
			return fmt.Errorf("%s: %w", m.Teammate, err)
		}
	}
	return nil
}

// Validate tells what is wrong with c, or nil.
func (c Config) Validate() error {
	switch {
	case c.Revision < 1:
		return fmt.Errorf("revision is %d, want 1 or more", c.Revision)
	case c.Grace < time.Millisecond:
		return fmt.Errorf("grace is %s, want 1 ms or more", c.Grace)
	case c.SessionsPerTeammate < 0:
		return fmt.Errorf("%d sessions per teammate, want 0 or more", c.SessionsPerTeammate)
	}
	return nil
}
