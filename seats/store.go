package seats

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Store is an engine: it keeps the live state of licenses. See the package comment for what every engine
// promises; seatstest checks it.
type Store interface {
	// Do runs the commands of a batch on one license, in their order, as one step at one moment of engine time,
	// after everything that was due by then. A batch without commands is a tick.
	//
	// Errors: [ErrUnavailable] (the outcome is unknown: it may have happened, or may happen until the batch's
	// deadline), [*UnopenedError] and [ErrLate] (nothing happened), [ErrInvalid] (nothing happened, nor will).
	Do(ctx context.Context, b Batch) (Outcome, error)

	// Watch calls notify with the changes of a license's board, in order, from some moment before Watch returns
	// until stop returns. A nil change says that changes may have been missed: read the board. The first call
	// after Watch is such a one. notify must return at once and may not call the Store.
	// Errors: [ErrUnavailable].
	Watch(ctx context.Context, license LicenseID, notify func(*Change)) (stop func(), err error)
}

// Batch is what is done in one step.
type Batch struct {
	License  LicenseID
	Node     NodeID    // on whose behalf; needed for Renew and Take
	Deadline time.Time // engine time from which on nothing of it may happen; zero: [CommandLife] after it was first sent
	Commands []Command
}

// Outcome is what a batch came to.
type Outcome struct {
	Now     time.Time // engine time of the step
	Due     time.Time // when the license needs a tick next; zero: nothing is due
	Epoch   string    // of the board
	Version uint64    // of the board, after the step
	Changes []Change  // what the step changed, as announced to watchers; empty: nothing
	Replies []Reply   // one for each command

	// Forgot tells that the engine did not know the sessions that the node had attached before this step.
	// Set by [Admission] alone.
	Forgot bool

	// Renewed tells that the node's lease was prolonged, or begun, no earlier than when the batch was sent.
	// Set by [Admission] alone.
	Renewed bool
}

const (
	// CommandLife is how long a batch may take to arrive, unless it says otherwise.
	CommandLife = time.Minute
	// EndedMemory is how long an ended session stays known as ended. It must be longer than CommandLife.
	EndedMemory = 2 * time.Minute
	// MaxBatch is the most commands in one batch.
	MaxBatch = 256
	// MaxNumber is the highest number that a seat can have.
	MaxNumber = 4 * MaxCap
)

var (
	// ErrUnavailable says that the engine did not answer: the outcome is unknown.
	ErrUnavailable = errors.New("seats: engine unavailable")
	// ErrLate says that the batch arrived after its deadline.
	ErrLate = errors.New("seats: batch arrived after its deadline")
	// ErrInvalid says that the batch can't be meant: an id that may not be, a command without what it needs.
	ErrInvalid = errors.New("seats: invalid batch")
	// ErrNoLicense says that the database does not have the license. Returned by [Truth].
	ErrNoLicense = errors.New("seats: no such license")
	// ErrNoTeammate says that the license has no such teammate. Returned by [Truth].
	ErrNoTeammate = errors.New("seats: no such teammate")
)

// UnopenedError says that the engine does not know the license, or does not trust what it knows: it was never
// used with this engine, or the engine lost its memory.
type UnopenedError struct {
	Last Generation // the generation that the engine remembers; 0: none
}

func (e *UnopenedError) Error() string {
	return fmt.Sprintf("seats: license is not open in the engine (last generation there: %d)", e.Last)
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
		return validateOpen(i, c)
	case Configure:
		return c.Config.Validate()
	case Renew:
		if c.Lease <= 0 {
			return fmt.Errorf("lease is %s", c.Lease)
		}
		return b.needsNode()
	case Take:
		if c.Revision < 1 {
			return errors.New("needs a revision")
		}
		if c.Resumes == c.Session {
			return errors.New("resumes itself")
		}
		if c.Resumes != "" {
			if err := ValidID(c.Resumes); err != nil {
				return err
			}
		}
		return errors.Join(b.needsNode(), validSession(c.Member.Teammate, c.Session, c.Seq))
	case Unwait:
		return validSession(c.Teammate, c.Session, c.Seq)
	case Leave:
		return validSession(c.Teammate, c.Session, c.Seq)
	case SetIdle:
		return validSession(c.Teammate, c.Session, c.Seq)
	case SetRouting:
		if c.Routing != AcceptingChats && c.Routing != NotAcceptingChats {
			return fmt.Errorf("routing is %q", c.Routing)
		}
		return validSession(c.Teammate, c.Session, c.Seq)
	case Logout:
		return errors.Join(ValidID(c.Teammate), ValidID(c.Session))
	case Drop:
		return errors.Join(ValidID(c.Teammate), ValidID(c.Session))
	case Free:
		if c.Cooldown < 0 || len(c.Message) > MaxMessageBytes {
			return fmt.Errorf("cooldown is %s, message has %d bytes", c.Cooldown, len(c.Message))
		}
		return ValidID(c.Teammate)
	case HandOver:
		if c.Teammate == c.To.Teammate {
			return errors.New("hands over to the holder")
		}
		return errors.Join(ValidID(c.Teammate), ValidID(c.To.Teammate))
	case Claim:
		return b.validateClaim(c)
	case MakeAsk:
		if len(c.Note) > MaxMessageBytes || c.Teammate == c.Of {
			return fmt.Errorf("note has %d bytes, or asks themselves", len(c.Note))
		}
		return errors.Join(ValidID(c.ID), ValidID(c.Teammate), ValidID(c.Session), validAsked(c.Of))
	case AnswerAsk:
		if c.Accept && c.Of != "" {
			return errors.New("a holder accepts by handing over")
		}
		return errors.Join(ValidID(c.ID), validAsked(c.Of))
	case Lift:
		return ValidID(c.Teammate)
	case Find:
		return ValidID(c.Teammate)
	case Explain:
		return ValidID(c.Member.Teammate)
	case Read:
		return nil
	}
	return errors.New("unknown command")
}

func validSession(t TeammateID, s SessionID, seq uint64) error {
	if seq == 0 {
		return errors.New("needs a sequence number")
	}
	return errors.Join(ValidID(t), ValidID(s))
}

// validAsked is ValidID for who is asked: "" are the administrators.
func validAsked(of TeammateID) error {
	if of == "" {
		return nil
	}
	return ValidID(of)
}

func validateOpen(i int, c Open) error {
	switch {
	case i != 0:
		return errors.New("must be the first of its batch")
	case c.Generation < 1 || c.Window < 0:
		return fmt.Errorf("generation is %d, window %s", c.Generation, c.Window)
	case c.Kept.Grace <= 0 && len(c.Kept.Holders)+len(c.Kept.Waiters) > 0:
		return fmt.Errorf("grace of what was kept is %s", c.Kept.Grace)
	}
	seen, numbers := map[TeammateID]bool{}, map[int]bool{}
	add := func(t TeammateID) error {
		if seen[t] {
			return fmt.Errorf("%s is kept twice", t)
		}
		seen[t] = true
		return ValidID(t)
	}
	for _, h := range c.Kept.Holders {
		if h.Number < 1 || h.Number > MaxNumber || numbers[h.Number] {
			return fmt.Errorf("number %d is kept", h.Number)
		}
		numbers[h.Number] = true
		if err := add(h.Teammate); err != nil {
			return err
		}
	}
	for _, w := range c.Kept.Waiters {
		if err := add(w.Teammate); err != nil {
			return err
		}
	}
	return nil
}

func (b Batch) validateClaim(c Claim) error {
	seat, place := c.Holder.Number > 0 && c.Holder.Number <= MaxNumber && c.Holder.Fence > 0, c.Waiter.Turn > 0
	switch {
	case seat == place:
		return errors.New("claims neither a seat nor a place, or both")
	case c.Generation < 1 || c.Revision < 1:
		return fmt.Errorf("generation is %d, revision %d", c.Generation, c.Revision)
	case c.Session == "":
		if seat && !c.Holder.InGrace() || place && !c.Waiter.InGrace() {
			return errors.New("names no session for what is not in grace")
		}
		return ValidID(c.Member.Teammate)
	}
	return errors.Join(b.needsNode(), validSession(c.Member.Teammate, c.Session, c.Seq))
}

func (b Batch) needsNode() error {
	if b.Node == "" {
		return errors.New("the batch names no node")
	}
	return nil
}
