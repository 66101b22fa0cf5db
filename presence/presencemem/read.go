package presencemem

import (
	"maps"
	"slices"

	"usher/presence"
)

// read returns the roster as it is within the step; its version is that before the step's own change.
func (s *step) read(c presence.Read) presence.Reply {
	head := s.head()
	if c.Epoch == head.Epoch && c.Version == head.Version {
		return presence.Unchanged{}
	}
	roster := presence.Roster{Head: head, Entries: make([]presence.Entry, 0, len(s.teammates))}
	for _, id := range slices.Sorted(maps.Keys(s.teammates)) {
		roster.Entries = append(roster.Entries, s.teammates[id].entry)
	}
	return presence.RosterRead{Roster: roster}
}
