package client

import (
	"cmp"
	"slices"

	"usher/gateway/wire"
)

// roster is the license's roster as its feed has led to it.
type roster struct {
	position
	entries map[string]wire.Entry
}

// replace takes a whole roster.
func (r *roster) replace(at wire.Position, whole []wire.Entry) step {
	step := r.position.replace(at)
	if step == applied {
		r.entries = make(map[string]wire.Entry, len(whole))
		r.merge(whole, nil)
	}
	return step
}

// change takes a change of the feed.
func (r *roster) change(s span, d wire.RosterDelta) step {
	step := r.position.change(s)
	if step == applied {
		r.merge(d.Changes, d.Removed)
	}
	return step
}

func (r *roster) merge(changes []wire.Entry, removed []string) {
	for _, t := range removed {
		delete(r.entries, t)
	}
	for _, e := range changes {
		r.entries[e.Teammate] = e
	}
}

// whole is a copy of the whole, by teammate.
func (r *roster) whole() []wire.Entry {
	whole := make([]wire.Entry, 0, len(r.entries))
	for _, e := range r.entries {
		e.Devices = slices.Clone(e.Devices)
		whole = append(whole, e)
	}
	slices.SortFunc(whole, func(a, b wire.Entry) int { return cmp.Compare(a.Teammate, b.Teammate) })
	return whole
}

// parts puts together a roster that comes in several snapshots.
type parts struct {
	at      wire.Position // zero: none has begun
	entries []wire.Entry
}

// add takes the next snapshot, and returns the roster when that was the last. One that does not follow on the one before is
// dropped with what came before it: half a roster is none.
func (p *parts) add(at wire.Position, v wire.Snapshot) (whole []wire.Entry, complete bool) {
	if v.First {
		*p = parts{at: at}
	}
	if p.at != at {
		*p = parts{}
		return nil, false
	}
	p.entries = append(p.entries, v.Roster...)
	if !v.Last {
		return nil, false
	}
	whole = p.entries
	*p = parts{}
	return whole, true
}
