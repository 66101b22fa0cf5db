package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Entry is what a roster says of one teammate. Invisible ones are to colleagues like offline ones; administrators, and
// the teammates themselves, see the truth.
type Entry struct {
	Teammate      string     `json:"teammate"`
	Name          string     `json:"name"`
	Operator      bool       `json:"operator"`
	Administrator bool       `json:"administrator"`
	Status        string     `json:"status"`
	Note          string     `json:"note"`
	Until         *time.Time `json:"until,omitempty"` // the end of a timed status; shown to oneself and administrators alone
	Devices       []Device   `json:"devices"`
	Since         *time.Time `json:"since"`     // of the status; nil: they were never here
	LastSeen      *time.Time `json:"last_seen"` // nil while they are here, and when they never were

	encoded []byte // see Encoded
}

// Encoded is the entry as its JSON, for one that goes into many frames: it is encoded once. Of its fields it has only whose it
// is, as thousands are kept. alike are encoded ones of which the first that shows the same, if there is one, is returned instead.
func (e Entry) Encoded(alike ...*Entry) *Entry {
	e.encoded = nil
	b, err := encode(e)
	if err != nil { // no entry fails to encode
		return &e
	}
	for _, a := range alike {
		if a != nil && bytes.Equal(a.encoded, b) {
			return a
		}
	}
	return &Entry{Teammate: e.Teammate, encoded: bytes.Clone(b)}
}

// SameAs tells whether two encoded entries show the same. Nil shows nothing.
func (e *Entry) SameAs(other *Entry) bool {
	if e == nil || other == nil {
		return e == other
	}
	return bytes.Equal(e.encoded, other.encoded)
}

// Size is how many bytes an encoded entry takes.
func (e *Entry) Size() int { return len(e.encoded) }

// MarshalJSON implements [json.Marshaler].
func (e Entry) MarshalJSON() ([]byte, error) {
	if e.encoded != nil {
		return e.encoded, nil
	}
	type plain Entry
	return encode(plain(e))
}

// Values of Entry.Status, and of SetStatus.Status but for the last.
const (
	StatusOnline    = "online"
	StatusAway      = "away"
	StatusBusy      = "busy"
	StatusInvisible = "invisible"
	StatusOffline   = "offline"
)

// Device is one live session of a teammate.
type Device struct {
	Session string    `json:"session"`
	Device  string    `json:"device"`         // as its app calls it; or ""
	Node    string    `json:"node,omitempty"` // shown to administrators alone
	Since   time.Time `json:"since"`
	Idle    bool      `json:"idle"`
}

// RosterDelta is the data of roster.changed: the entries that changed, and who is on the license no more.
type RosterDelta struct {
	Changes []Entry  `json:"changes"`
	Removed []string `json:"removed"`
}

// SetStatus is the data of status.set.
type SetStatus struct {
	Status string     `json:"status"`
	Until  *time.Time `json:"until"` // from when on the status before holds again; nil: for good
	Note   string     `json:"note"`
}

// MaxStatusNoteBytes is the longest note of a status.
const MaxStatusNoteBytes = 200

// Validate tells what is wrong with s, or nil.
func (s SetStatus) Validate() error {
	switch s.Status {
	case StatusOnline, StatusAway, StatusBusy, StatusInvisible:
	default:
		return fmt.Errorf("status must be %s, %s, %s or %s", StatusOnline, StatusAway, StatusBusy, StatusInvisible)
	}
	switch {
	case len(s.Note) > MaxStatusNoteBytes:
		return fmt.Errorf("note has more than %d bytes", MaxStatusNoteBytes)
	case strings.ContainsFunc(s.Note, unicode.IsControl):
		return errors.New("note has a control character")
	case s.Until != nil && s.Until.IsZero():
		return errors.New("until must be a time, or null")
	}
	return nil
}

// StatusReply is the data of ok to status.set.
type StatusReply struct {
	Entry Entry `json:"entry"`
}
