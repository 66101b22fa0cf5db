package gateway

import (
	"maps"
	"slices"

	"usher/presence"
)

func rosterPosition(h presence.Head) position { return position{h.Epoch, h.Version} }

// roster is a copy of a license's roster, moved forward by changes and replaced by reading it.
type roster struct {
	head    presence.Head
	entries map[presence.TeammateID]presence.Entry
	// kept is what was known before the engine forgot, of those who were here, and of whom it has not heard since. It
	// holds as long as the window does.
	kept map[presence.TeammateID]presence.Entry
}

func (r *roster) position() position { return rosterPosition(r.head) }

// loaded tells whether the roster was ever read.
func (r *roster) loaded() bool { return r.head.Epoch != "" }

// of is what is known of a teammate.
func (r *roster) of(t presence.TeammateID) (presence.Entry, bool) {
	if e, ok := r.kept[t]; ok {
		return e, true
	}
	e, ok := r.entries[t]
	return e, ok
}

// everybody is all of whom anything is known.
func (r *roster) everybody() []presence.TeammateID {
	all := slices.Collect(maps.Keys(r.entries))
	for t := range r.kept {
		if _, known := r.entries[t]; !known {
			all = append(all, t)
		}
	}
	return all
}

// apply moves the roster forward by one change. touched are those of whom something else is known than before.
func (r *roster) apply(c *presence.Change) (a applied, touched []presence.TeammateID) {
	switch {
	case r.loaded() && r.position().reached(rosterPosition(c.Head)):
		return nothingNew, nil
	case !r.loaded() || c.Epoch != r.head.Epoch || c.From > r.head.Version || c.Large:
		return gap, nil
	}
	r.head = c.Head
	for _, e := range c.Entries {
		r.entries[e.Teammate] = e
		touched = append(touched, e.Teammate)
		if e.Heard {
			delete(r.kept, e.Teammate)
		}
	}
	for _, t := range c.Removed {
		delete(r.entries, t)
		delete(r.kept, t)
	}
	touched = append(touched, c.Removed...)
	return moved, append(touched, r.keepNoLonger()...)
}

// keepNoLonger forgets what is kept once the window is over, and returns of whom.
func (r *roster) keepNoLonger() []presence.TeammateID {
	if len(r.kept) == 0 || !r.head.WindowUntil.IsZero() {
		return nil
	}
	known := slices.Collect(maps.Keys(r.kept))
	r.kept = nil
	return known
}

// replace takes a roster as read, unless it is older than what is known.
func (r *roster) replace(read presence.Roster) (touched []presence.TeammateID, ok bool) {
	if r.loaded() && !rosterPosition(read.Head).reached(r.position()) {
		return nil, false
	}
	before := *r
	*r = roster{head: read.Head, entries: make(map[presence.TeammateID]presence.Entry, len(read.Entries))}
	for _, e := range read.Entries {
		r.entries[e.Teammate] = e
		touched = append(touched, e.Teammate)
		if was, known := before.of(e.Teammate); known && !e.Heard && was.Status != presence.Offline && !read.WindowUntil.IsZero() {
			if r.kept == nil {
				r.kept = map[presence.TeammateID]presence.Entry{}
			}
			was.Name, was.Operator, was.Administrator = e.Name, e.Operator, e.Administrator
			r.kept[e.Teammate] = was
		}
	}
	for t := range before.entries {
		if _, still := r.entries[t]; !still {
			touched = append(touched, t)
		}
	}
	return touched, true
}

// whole is the whole roster as it is known.
func (r *roster) whole() presence.Roster {
	all := presence.Roster{Head: r.head, Entries: make([]presence.Entry, 0, len(r.entries))}
	for _, t := range slices.Sorted(maps.Keys(r.entries)) {
		e, _ := r.of(t)
		all.Entries = append(all.Entries, e)
	}
	return all
}
