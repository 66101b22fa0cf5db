package seats

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

// Fence is the number that a seat carries from grant to loss. Within a license each grant has a higher one
// than all before: generation × 10⁹ + n.
type Fence int64

// Turn is the number of a place in the waitlist, from waiting to being seated or giving up. Within a license each
// new place has a higher one than all before: generation × 10⁹ + n.
type Turn int64

// AskID names an ask; whoever makes one chooses it, at random.
type AskID string

// Revision counts the changes of a license's cap, policy, status and switches. The first is 1; 0 is none.
type Revision int64

// Generation counts how often a license was opened in an engine that did not know it. The first is 1.
type Generation int64

// Epoch is the board's epoch in this generation.
func (g Generation) Epoch() string { return strconv.FormatInt(int64(g), 10) }

// EpochBefore tells whether epoch a is of an earlier generation than epoch b.
func EpochBefore(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// FencesPerGeneration is how many fences, and how many turns, one generation has room for.
const FencesPerGeneration = 1_000_000_000

// MaxIDBytes is the longest id.
const MaxIDBytes = 64

// ValidID reports why an id may not be used, or nil. The alphabet leaves out all that engines use as
// separators or hash tags.
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
