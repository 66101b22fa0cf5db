package presence

import (
	"fmt"
	"strconv"
)

// Ids are opaque: 1 to 64 bytes of letters, digits and the marks - _ . (see [ValidID]).
type (
	LicenseID  string
	TeammateID string
	SessionID  string
	NodeID     string
)

// Revision counts the changes of a license in the database. The first is 1; 0 is none.
type Revision int64

// Generation counts how often a license's roster was opened in an engine that did not know it. The first is 1.
type Generation int64

// Epoch is the roster's epoch in this generation.
func (g Generation) Epoch() string { return strconv.FormatInt(int64(g), 10) }

// EpochBefore tells whether epoch a is of an earlier generation than epoch b.
func EpochBefore(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// MaxIDBytes is the longest id.
const MaxIDBytes = 64

// ValidID reports why an id may not be used, or nil. The alphabet leaves out all that engines use as separators or
// hash tags.
func ValidID[T ~string](id T) error {
	if len(id) == 0 || len(id) > MaxIDBytes {
		return fmt.Errorf("id has %d bytes, want 1 to %d", len(id), MaxIDBytes)
	}
	for i := range len(id) {
		c := id[i]
		if ('a' > c || c > 'z') && ('A' > c || c > 'Z') && ('0' > c || c > '9') && c != '-' && c != '_' && c != '.' {
			return fmt.Errorf("id %q has the character %q; letters, digits, - _ and . are allowed", id, c)
		}
	}
	return nil
}
