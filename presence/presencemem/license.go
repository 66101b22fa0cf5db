package presencemem

import (
	"sync"
	"time"

	"usher/presence"
)

// license is all that the engine knows of one license. Moments are Unix milliseconds, 0 is none.
type license struct {
	id       presence.LicenseID
	options  *Options
	mu       sync.Mutex
	watchers []*watcher
	now      int64  // of the latest step
	steps    uint64 // taken so far
	scratch  []was  // room for a step's notes
	state
}

// state is what there is of a license that is open.
type state struct {
	generation presence.Generation // 0: never opened
	version    uint64
	config     presence.Config
	window     int64 // when it ends; 0: there is none

	halt   int64 // silence: until then no lease and no grace ends; 0: there is none
	waited int64 // leases that were over by then were waited for

	teammates map[presence.TeammateID]*teammate
	sessions  map[presence.SessionID]*session
	memory    memory
	nodes     map[presence.NodeID]*node // those with sessions

	serving alarms // lease ends of live nodes, as far as known
	lapsed  alarms // when lapsed nodes are forgotten
	graces  alarms // when those in grace are offline
	untils  alarms // when timed choices are over
}

// teammate is one who is on the license.
type teammate struct {
	entry    presence.Entry
	choice   presence.Choice // that holds, or is timed and holds until its alarm
	sessions []*session      // live and lapsed ones
	grace    alarm
	until    alarm
	left     int64  // when the last live session ended; 0: one is live
	touched  uint64 // the step that last noted how the roster showed them before
}

// session is one that arrived and was not ended.
type session struct {
	device presence.Device
	owner  *teammate
	node   *node
	seq    uint64 // of the latest that it said of itself
}

// node is one with sessions.
type node struct {
	id       presence.NodeID
	end      int64 // of its lease, as far as known
	lapsed   bool
	alarm    alarm // in serving, or in lapsed
	sessions map[presence.SessionID]*session
}

func newLicense(id presence.LicenseID, o *Options) *license {
	return &license{id: id, options: o}
}

func newState(c presence.Open) state {
	return state{
		generation: c.Generation, config: c.Config,
		teammates: map[presence.TeammateID]*teammate{},
		sessions:  map[presence.SessionID]*session{},
		memory:    memory{ended: map[presence.SessionID]ended{}},
		nodes:     map[presence.NodeID]*node{},
	}
}

func (l *license) opened() bool { return l.generation > 0 }

func (l *license) head() presence.Head {
	return presence.Head{
		Epoch: l.generation.Epoch(), Version: l.version, Revision: l.config.Revision, WindowUntil: moment(l.window),
	}
}

func (t *teammate) id() presence.TeammateID { return t.entry.Teammate }

// live tells whether the teammate has a live session.
func (t *teammate) live() bool {
	for _, s := range t.sessions {
		if s.live() {
			return true
		}
	}
	return false
}

func (s *session) live() bool { return !s.node.lapsed }

// moment turns Unix milliseconds into what the outside sees.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// cut has a moment from outside as the engine has its own: in milliseconds, without a zone.
func cut(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

// later is the later one of two moments.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
