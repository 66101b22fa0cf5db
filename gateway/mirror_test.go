package gateway

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"usher/gateway/wire"
)

// mirror is a roster as an app keeps it that follows the rules of the wire, and holds the feed to them.
type mirror struct {
	at      position
	entries map[string]wire.Entry
	growing map[string]wire.Entry // from the first of several snapshots to the last; nil: none is under way
	frames  int                   // of changes
	gaps    int                   // changes that did not follow
}

func (m *mirror) follow(t *testing.T, f wire.ServerFrame) {
	t.Helper()
	decode := func(v any) {
		if err := json.Unmarshal(f.Data, v); err != nil {
			t.Error(err)
		}
	}
	switch f.Type {
	case wire.TypeWelcome:
		var w wire.Welcome
		decode(&w)
		if w.Roster != nil {
			m.replace(t, positionOf(w.Feeds.Roster), w.Roster, true, true)
		}
	case wire.TypeSnapshot:
		var s wire.Snapshot
		decode(&s)
		if s.Feeds.Roster != nil {
			m.replace(t, positionOf(s.Feeds.Roster), s.Roster, s.First, s.Last)
		}
	case wire.TypeRosterChanged:
		at := position{f.Epoch, *f.Version}
		switch {
		case m.growing != nil:
			t.Error("a change amid the snapshots of a roster")
		case *f.From >= *f.Version:
			t.Errorf("from %d to %d", *f.From, *f.Version)
		case m.at.epoch != at.epoch || *f.From > m.at.version:
			m.gaps++
		case at.version <= m.at.version:
			t.Errorf("version %d after %d", at.version, m.at.version)
		default:
			var d wire.RosterDelta
			decode(&d)
			m.frames++
			m.at = at
			for _, e := range d.Changes {
				m.entries[e.Teammate] = e
			}
			for _, gone := range d.Removed {
				delete(m.entries, gone)
			}
		}
	}
}

func (m *mirror) replace(t *testing.T, at position, list []wire.Entry, first, last bool) {
	t.Helper()
	if !at.reached(m.at) {
		t.Errorf("shown %v after %v", at, m.at)
	}
	if first == (m.growing != nil) {
		t.Errorf("a snapshot that is the first: %t, while another is under way: %t", first, m.growing != nil)
	}
	if first {
		m.growing = map[string]wire.Entry{}
	}
	for _, e := range list {
		m.growing[e.Teammate] = e
	}
	if last {
		m.at, m.entries, m.growing = at, m.growing, nil
	}
}

// statuses are who is shown as what, but for those who are offline.
func (m *mirror) statuses() map[string]string {
	shown := map[string]string{}
	for _, t := range slices.Sorted(maps.Keys(m.entries)) {
		if e := m.entries[t]; e.Status != wire.StatusOffline {
			shown[t] = e.Status
		}
	}
	return shown
}
