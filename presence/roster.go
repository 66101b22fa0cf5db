package presence

import "time"

// Member is a teammate as the database has them.
type Member struct {
	Teammate      TeammateID
	Name          string
	Operator      bool
	Administrator bool
	Choice        Choice
	Seen          Seen
}

// Seen tells when a teammate was last here: an arrival, or the end of the last live session. Zero: never.
type Seen struct {
	At    time.Time // in truth
	Shown time.Time // as colleagues know it: not counting invisible times
}

// Device is one live session of a teammate; in grace, one that was live before it.
type Device struct {
	Session SessionID
	Name    string // as its app calls it, like web; or ""
	Node    NodeID
	Since   time.Time
	Idle    bool // nobody works at it
}

// MaxDeviceBytes is the longest name of a device.
const MaxDeviceBytes = 32

// Entry is what a roster says of one teammate, in truth; see [Entry.ForColleagues].
type Entry struct {
	Teammate      TeammateID
	Name          string
	Operator      bool
	Administrator bool
	Status        Status
	Note          string    // of the choice that holds
	Until         time.Time // of the choice that holds, where it is timed
	Since         time.Time // of Status; of Offline, as Seen.At
	Devices       []Device  // by Since, then by Session; none: Status is Offline
	GraceUntil    time.Time // set while no device is live and the teammate is shown as before
	VisibleSince  time.Time // when Status became one that colleagues see; zero: it is Offline or Invisible
	Seen          Seen
	Heard         bool // see the package comment
}

// InGrace tells whether the teammate is shown as here without a live session.
func (e Entry) InGrace() bool { return !e.GraceUntil.IsZero() }

// ForColleagues is the entry as teammates see it who are neither administrators nor that teammate. Whether one is
// offline or invisible does not show in it, nor in what follows it: who shows up again was not here before. Nodes are left
// out too.
func (e Entry) ForColleagues() Entry {
	e.Until, e.GraceUntil, e.Heard = time.Time{}, time.Time{}, false
	e.Seen.At = e.Seen.Shown
	if e.VisibleSince.IsZero() {
		e.Status, e.Note, e.Devices, e.Since = Offline, "", nil, e.Seen.Shown
		return e
	}
	devices := make([]Device, len(e.Devices))
	for i, d := range e.Devices {
		d.Node = ""
		if d.Since.Before(e.VisibleSince) {
			d.Since = e.VisibleSince
		}
		devices[i] = d
	}
	e.Devices = devices
	return e
}

// Head is what a roster says besides its entries.
type Head struct {
	Epoch       string
	Version     uint64
	Revision    Revision
	WindowUntil time.Time // of a new generation; zero: there is none, or it is over
}

// Roster is a license's whole roster.
type Roster struct {
	Head
	Entries []Entry // by teammate, in byte order
}

// Change is what one step changed: the versions after From, up to Head.Version.
type Change struct {
	Head
	From    uint64
	Due     time.Time    // when the license needs a tick next; zero: nothing is due
	Large   bool         // more changed than is told here: read the roster
	Entries []Entry      // changed or added; by teammate
	Removed []TeammateID // by byte order
	Ended   []Ending     // sessions whose connections are to be closed; by session
}

// MostAnnounced is how many entries a [Change] tells of at most.
const MostAnnounced = 500

// Ending tells how a session ended. A [Change] has those alone that its client does not know of: resumed, expelled and
// removed.
type Ending struct {
	Session SessionID
	Cause   Cause
	By      TeammateID // the administrator, for CauseExpelled; or ""
}

// Cause tells why a session ended.
type Cause string

const (
	CauseDeparted Cause = "departed" // logged out
	CauseDropped  Cause = "dropped"
	CauseResumed  Cause = "resumed"  // another session continues it
	CauseExpelled Cause = "expelled" // an administrator logged it out
	CauseRemoved  Cause = "removed"  // its teammate is no more
)
