package seatsmem

import (
	"slices"
	"sync"
	"time"

	"usher/seats"
)

// license is all that the engine knows of one license. Moments are Unix milliseconds, 0 is none.
type license struct {
	mu       sync.Mutex
	watchers []*watcher
	now      int64  // of the latest step
	steps    uint64 // taken so far
	scratch  []was  // room for a step's notes
	state
}

// state is what a generation begins anew.
type state struct {
	generation seats.Generation // 0: never opened
	granted    int64            // fences given out in this generation
	epoch      string
	version    uint64
	config     seats.Config // revision 0: not configured

	teammates map[seats.TeammateID]*teammate
	holders   map[int]*teammate // by seat number
	numbers   numbers

	sessions map[seats.SessionID]*session // an ended one is there as &ended
	endings  queue                        // when to forget the ended ones

	nodes map[seats.NodeID]*node

	serving   alarms // lease ends of nodes with sessions
	idle      alarms // lease ends of nodes without
	lapsed    alarms // when the sessions of lapsed nodes are forgotten
	graces    alarms // when seats in grace are lost
	losses    alarms // when remembered losses are forgotten
	cooldowns alarms // when cooldowns end
}

// teammate is one who has sessions, a seat, a remembered loss or a cooldown.
type teammate struct {
	id       seats.TeammateID
	sessions []*session
	seated   bool
	holder   seats.Holder // while seated
	grace    alarm        // set while the seat is in grace
	cooldown alarm        // set while a cooldown runs
	lost     seats.Loss   // the last one, while forget is set
	forget   alarm
	touched  uint64 // the step that last noted how the holder was before
}

// session is one that took at least once and was not ended.
type session struct {
	id       seats.SessionID
	owner    *teammate
	node     *node
	index    int // in node.sessions
	attached bool
	seq      uint64
	refusal  seats.RefusalCode // of the command with number seq; "": it was not refused
}

// ended stands for every session that was ended, as long as that is remembered.
var ended session

// node is one whose lease on the license lives, or has lapsed so lately that its sessions may revive.
type node struct {
	id       seats.NodeID
	live     bool
	alarm    alarm   // live: end of the lease; else when the node is forgotten
	in       *alarms // the heap that the alarm is in: serving, idle or lapsed
	sessions []*session
}

func newLicense() *license { return &license{state: newState()} }

func newState() state {
	return state{
		teammates: map[seats.TeammateID]*teammate{},
		holders:   map[int]*teammate{},
		sessions:  map[seats.SessionID]*session{},
		nodes:     map[seats.NodeID]*node{},
	}
}

// opened tells whether the license has a generation with fences left to give. One that has none left is as good
// as forgotten: its fences would run into the next generation's.
func (l *license) opened() bool {
	return l.generation > 0 && l.granted+seats.MaxBatch < seats.FencesPerGeneration
}

func (l *license) used() int { return len(l.holders) }

func (l *license) head() seats.Head {
	return seats.Head{
		Epoch: l.epoch, Version: l.version, Revision: l.config.Revision,
		Status: l.config.Status, Cap: l.config.Cap, Total: l.config.Total(), Used: l.used(),
	}
}

// teammate returns the record of a teammate, made when there is none. Follow up with tidy when it may be empty.
func (l *license) teammate(id seats.TeammateID) *teammate {
	t := l.teammates[id]
	if t == nil {
		t = &teammate{id: id}
		t.grace.id, t.cooldown.id, t.forget.id = string(id), string(id), string(id)
		l.teammates[id] = t
	}
	return t
}

// tidy forgets a teammate of whom nothing is left to remember.
func (l *license) tidy(t *teammate) {
	if len(t.sessions) == 0 && !t.seated && !t.forget.set() && !t.cooldown.set() {
		delete(l.teammates, t.id)
	}
}

// live counts the teammate's live attached sessions.
func (t *teammate) live() int {
	n := 0
	for _, s := range t.sessions {
		if s.attached && s.node.live {
			n++
		}
	}
	return n
}

// byNumber returns all holders in the order of their numbers.
func (l *license) byNumber() []*teammate {
	all := make([]*teammate, 0, len(l.holders))
	for _, t := range l.holders {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *teammate) int { return a.holder.Number - b.holder.Number })
	return all
}

// moment turns Unix milliseconds into what the outside sees.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
