package ledger

import (
	"time"

	"usher/internal/alerts"
	"usher/internal/database"
)

// Ledger is the ledger in a database. It keeps no state of its own, and is safe for concurrent use.
type Ledger struct{ db *database.DB }

// New returns the ledger in a database, which the caller keeps open as long.
func New(db *database.DB) *Ledger { return &Ledger{db: db} }

// Unknown is the reason of a stay and the outcome of a wait of whose end nobody learned; it is dated when that was found out.
const Unknown = "unknown"

// Seated is the outcome of a wait that ended with a seat.
const Seated = "seated"

// SeatsFull is the code of a refusal for want of a seat.
const SeatsFull = "seats_full"

// Stay is one occupation of a seat.
type Stay struct {
	License  string
	Fence    int64
	Teammate string
	Name     string // "": nobody told
	Number   int
	Began    time.Time
	Via      string
	Overage  bool
	Waited   time.Duration // in line before; 0: not at all
	Sessions int           // the most that were attached at once, as far as was seen
	Found    bool          // told alone: it may continue one of a lower fence, see [Ledger.Record]

	Ended   time.Time // zero: it goes on, and what follows is empty
	Reason  string
	By, To  string
	Message string
}

// Wait is one occupation of a place in line.
type Wait struct {
	License  string
	Turn     int64
	Teammate string
	Name     string
	Began    time.Time
	Found    bool // as of a stay

	Ended   time.Time // zero: it goes on
	Outcome string
}

// Refusal is one take that brought neither a seat nor a place.
type Refusal struct {
	License  string
	Session  string
	Seq      int64
	Teammate string
	Name     string
	At       time.Time
	Code     string
}

// Place is where the refusal stands in lists.
func (r Refusal) Place() RefusalCursor { return RefusalCursor{r.At, r.Session, r.Seq} }

// Notice is something that administrators are to be told at once.
type Notice struct {
	License string
	Kind    alerts.Kind
	At      time.Time
	Text    string
	Detail  map[string]any
}

// Happenings are things that happened.
type Happenings struct {
	Stays    []Stay
	Waits    []Wait
	Refusals []Refusal
	Notices  []Notice
}
