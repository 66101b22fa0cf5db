package gateway

import (
	"slices"

	"usher/gateway/wire"
	"usher/presence"
)

// audience is all on a floor who are shown the roster alike, with what they were shown last: each entry encoded once, for
// snapshots and changes alike. Where nobody is in it, it is asleep and keeps nothing.
type audience struct {
	awake   bool
	view    func(presence.Entry) wire.Entry
	at      position                            // up to which they were shown all that they see
	sent    uint64                              // the version of the last change that they saw something of
	entries map[presence.TeammateID]*wire.Entry // encoded
	order   []presence.TeammateID               // of entries
	pages   []page                              // nil: to be made
}

// page is a run of entries that goes into one snapshot.
type page struct {
	first, last int    // of order; last is not in it
	packet      packet // nil: to be made
}

// pageBytes is how much of a roster goes into one frame. A roster of one page comes with the welcome.
const pageBytes = 32 << 10

func newAudience(view func(presence.Entry) wire.Entry) *audience {
	return &audience{view: view, entries: map[presence.TeammateID]*wire.Entry{}}
}

// rosterNews is what of the roster an audience was not shown yet.
type rosterNews struct {
	changed []presence.TeammateID // in order; they are in audience.entries
	removed []string
}

func (n rosterNews) none() bool { return len(n.changed)+len(n.removed) == 0 }

// show brings the audience to where the roster is, of which those were touched since, and returns what they see of it. What another
// audience sees alike, both keep once; nil: there is none.
func (a *audience) show(r *roster, touched []presence.TeammateID, other *audience) (n rosterNews) {
	if !a.awake {
		return n
	}
	reorder := false
	for _, t := range touched {
		e, ok := r.of(t)
		was, known := a.entries[t]
		if !ok {
			if known {
				delete(a.entries, t)
				n.removed = append(n.removed, string(t))
				reorder = true
			}
			continue
		}
		if is := a.view(e).Encoded(was, other.entry(t)); is != was {
			a.entries[t] = is
			n.changed = append(n.changed, t)
			reorder = reorder || !known
		}
	}
	if reorder {
		a.order = a.order[:0]
		for t := range a.entries {
			a.order = append(a.order, t)
		}
		slices.Sort(a.order)
	}
	if a.at != r.position() {
		a.at, a.pages = r.position(), nil
	}
	return n
}

// wake brings an audience that was asleep to where the roster is, for the first who is in it.
func (a *audience) wake(r *roster, other *audience) {
	if a.awake {
		return
	}
	a.awake = true
	a.show(r, r.everybody(), other)
	a.sent = a.at.version
}

// sleep forgets what was shown, as nobody is left.
func (a *audience) sleep() {
	*a = audience{view: a.view, entries: map[presence.TeammateID]*wire.Entry{}}
}

// entry is an encoded one; nil: there is none.
func (a *audience) entry(t presence.TeammateID) *wire.Entry {
	if a == nil {
		return nil
	}
	return a.entries[t]
}

// changePacket is a roster.changed to where the audience is. own, where there is one, stands in for the
// entry of its teammate.
func (a *audience) changePacket(n rosterNews, own *wire.Entry) packet {
	d := wire.RosterDelta{Changes: make([]wire.Entry, 0, len(n.changed)+1), Removed: n.removed}
	for _, t := range n.changed {
		if own == nil || own.Teammate != string(t) {
			d.Changes = append(d.Changes, *a.entries[t])
		}
	}
	if own != nil {
		d.Changes = append(d.Changes, *own)
	}
	if d.Removed == nil {
		d.Removed = []string{}
	}
	return textPacket(wire.Feed(wire.TypeRosterChanged, a.at.epoch, a.sent, a.at.version, d))
}

// paged cuts the roster into pages.
func (a *audience) paged() []page {
	if a.pages != nil {
		return a.pages
	}
	size, first := 0, 0
	for i, t := range a.order {
		if size > 0 && size+a.entries[t].Size() > pageBytes {
			a.pages = append(a.pages, page{first: first, last: i})
			size, first = 0, i
		}
		size += a.entries[t].Size() + 1
	}
	a.pages = append(a.pages, page{first: first, last: len(a.order)})
	return a.pages
}

// list is the entries of a page, in which own, where there is one, stands in for that of its teammate.
func (a *audience) list(p page, own *wire.Entry) []wire.Entry {
	list := make([]wire.Entry, 0, p.last-p.first)
	for _, t := range a.order[p.first:p.last] {
		if own != nil && own.Teammate == string(t) {
			list = append(list, *own)
		} else {
			list = append(list, *a.entries[t])
		}
	}
	return list
}

// whole is the roster where it is one page; nil: it is more, and comes in snapshots.
func (a *audience) whole(own *wire.Entry) []wire.Entry {
	if p := a.paged(); len(p) == 1 {
		return a.list(p[0], own)
	}
	return nil
}

// snapshots is the roster in packets, which are shared by all but the one that has own.
func (a *audience) snapshots(own *wire.Entry) []packet {
	pages := a.paged()
	packets := make([]packet, len(pages))
	for i := range pages {
		p := &pages[i]
		if own != nil && a.has(*p, presence.TeammateID(own.Teammate)) {
			packets[i] = a.snapshot(*p, own)
			continue
		}
		if p.packet == nil {
			p.packet = a.snapshot(*p, nil)
		}
		packets[i] = p.packet
	}
	return packets
}

func (a *audience) has(p page, t presence.TeammateID) bool {
	_, found := slices.BinarySearch(a.order[p.first:p.last], t)
	return found
}

func (a *audience) snapshot(p page, own *wire.Entry) packet {
	return textPacket(wire.Push(wire.TypeSnapshot, wire.Snapshot{
		Feeds: wire.Feeds{Roster: a.at.wire()}, Roster: a.list(p, own), First: p.first == 0, Last: p.last == len(a.order),
	}))
}
