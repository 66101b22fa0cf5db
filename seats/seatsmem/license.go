package seatsmem

import (
	"sync"
	"time"

	"usher/seats"
)

// license is all that the engine knows of one license. Moments are Unix milliseconds, 0 is none.
type license struct {
	id       seats.LicenseID
	mu       sync.Mutex
	watchers []*watcher
	now      int64  // of the latest step
	steps    uint64 // taken so far
	scratch  []was  // room for a step's notes
	untidy   []*teammate

	saver     *saver
	dirty     bool     // to be saved
	nextDirty *license // in the saver's list
	state
}

// state is what a generation begins anew.
type state struct {
	generation seats.Generation // 0: never opened
	granted    int64            // fences given out in this generation
	turned     int64            // turns given out in this generation
	began      int64            // stays, in this generation
	ended      int64            // stays, in this generation
	epoch      string
	version    uint64
	config     seats.Config // revision 0: not configured
	draining   bool

	halt   int64 // nothing expires or is granted before it
	window bool  // the halt is one in which nodes claim
	alive  int64 // when the last of all leases ends; 0 once its silence was waited for
	lease  int64 // the length of the last lease

	teammates map[seats.TeammateID]*teammate
	numbers   numbers                    // with who holds them
	bosses    map[*teammate]struct{}     // the administrators among the holders
	idling    [classes]alarms[*teammate] // idle holders, by since when
	warned    *teammate                  // the holder who is warned
	line      [classes]turns             // who waits

	asks    map[seats.AskID]*ask
	askEnds alarms[*ask]

	sessions map[seats.SessionID]*session // an ended one is there as &ended
	endings  queue                        // when to forget the ended ones

	nodes map[seats.NodeID]*node
	over  map[seats.NodeID]int64 // when the leases ended of nodes that are not live; for overMemory

	serving     alarms[*node]     // lease ends of nodes with sessions
	vacant      alarms[*node]     // lease ends of nodes without
	lapsed      alarms[*node]     // when the sessions of lapsed nodes are forgotten
	graces      alarms[*teammate] // when seats in grace are lost
	placeGraces alarms[*teammate] // when places in grace are lost
	losses      alarms[*teammate] // when remembered losses are forgotten
	cooldowns   alarms[*teammate] // when cooldowns end of those who do not wait
	cooling     alarms[*teammate] // when cooldowns end of those who wait
	barred      []*teammate
}

// class parts administrators from the others.
type class int

const (
	ordinary class = iota
	administrators
	classes
)

func classOf(administrator bool) class {
	if administrator {
		return administrators
	}
	return ordinary
}

// teammate is one who has sessions, a seat, a place in line, a remembered loss, a cooldown, an ask or a bar.
type teammate struct {
	id        seats.TeammateID
	sessions  *session // the first one; the others follow it
	only      session  // room for one of them: most have no other
	touched   uint64   // the step that last noted how seat and place were before
	seated    bool
	waiting   bool
	holder    holder      // while seated
	waiter    waiter      // while waiting
	grace     alarm       // set while the seat or the place is in grace
	idle      alarm       // set while an idle holder
	cooldown  alarm       // set while a cooldown runs
	coolFence seats.Fence // of the seat that it followed
	forget    alarm       // set while a loss is remembered
	lost      *seats.Loss // the last one, while forget is set
	asks      []*ask      // made by them or to them
	bar       *bar        // nil: none
}

// bar keeps claims out in a window.
type bar struct {
	loss     seats.Loss // bars fences up to its own
	turn     seats.Turn // bars turns up to this
	departed bool       // bars claims without a session
}

// session is one that took at least once and was not ended.
type session struct {
	id       seats.SessionID
	owner    *teammate
	next     *session // of the same owner
	node     *node
	index    int32 // in node.sessions
	attached bool
	seq      uint64
	refusal  seats.RefusalCode // of the command with number seq; "": it was not refused
	idle     int64             // since when nobody is active there; 0: somebody is
}

// ended stands for every session that was ended, as long as that is remembered.
var ended session

// node is one whose lease on the license lives, or has lapsed so lately that its sessions may revive.
type node struct {
	id       seats.NodeID
	live     bool
	alarm    alarm          // live: end of the lease; else when the node is forgotten
	in       *alarms[*node] // the heap that the alarm is in: serving, vacant or lapsed
	sessions []*session
}

func newLicense(id seats.LicenseID, s *saver) *license {
	return &license{id: id, saver: s, state: newState()}
}

func newState() state {
	var (
		ends      = alarms[*node]{of: func(n *node) *alarm { return &n.alarm }}
		idling    = alarms[*teammate]{of: func(t *teammate) *alarm { return &t.idle }}
		graces    = alarms[*teammate]{of: func(t *teammate) *alarm { return &t.grace }}
		cooldowns = alarms[*teammate]{of: func(t *teammate) *alarm { return &t.cooldown }}
	)
	return state{
		teammates:   map[seats.TeammateID]*teammate{},
		bosses:      map[*teammate]struct{}{},
		idling:      [classes]alarms[*teammate]{idling, idling},
		asks:        map[seats.AskID]*ask{},
		askEnds:     alarms[*ask]{of: func(a *ask) *alarm { return &a.alarm }},
		sessions:    map[seats.SessionID]*session{},
		nodes:       map[seats.NodeID]*node{},
		over:        map[seats.NodeID]int64{},
		serving:     ends,
		vacant:      ends,
		lapsed:      ends,
		graces:      graces,
		placeGraces: graces,
		losses:      alarms[*teammate]{of: func(t *teammate) *alarm { return &t.forget }},
		cooldowns:   cooldowns,
		cooling:     cooldowns,
	}
}

// opened tells whether the license has a generation with fences left to give. One that has none left is as good
// as forgotten: its fences would run into the next generation's.
func (l *license) opened() bool {
	return l.generation > 0 && max(l.granted, l.turned)+seats.MaxBatch < seats.FencesPerGeneration
}

func (l *license) used() int    { return l.numbers.used }
func (l *license) waiting() int { return l.line[ordinary].size + l.line[administrators].size }
func (l *license) halted() bool { return l.halt > 0 }

func (l *license) occupancy() seats.Occupancy {
	return seats.Occupancy{
		Total: l.config.Total(), Used: l.used(),
		Reserved: l.config.ReservedAdministrators, Administrators: len(l.bosses),
	}
}

// full tells whether more seats are used than the total.
func (l *license) overfull() bool {
	total := l.config.Total()
	return total != seats.Unlimited && l.used() > total
}

func (l *license) head() seats.Head {
	return seats.Head{
		Epoch: l.epoch, Version: l.version, Revision: l.config.Revision,
		Status: l.config.Status, Cap: l.config.Cap, Total: l.config.Total(), Used: l.used(), Waiting: l.waiting(),
		Reserved: l.config.ReservedAdministrators, AdministratorsFirst: l.config.AdministratorsFirst,
		Draining: l.draining, HaltUntil: moment(l.halt), Window: l.window,
		StaysBegan: l.began, StaysEnded: l.ended,
	}
}

// teammate returns the record of a teammate, made when there is none. Follow up with tidy when it may be empty.
func (l *license) teammate(id seats.TeammateID) *teammate {
	t := l.teammates[id]
	if t == nil {
		t = &teammate{id: id}
		l.teammates[id] = t
	}
	return t
}

// tidy has a teammate forgotten at the end of the step, should nothing be left to remember of them then.
func (l *license) tidy(t *teammate) { l.untidy = append(l.untidy, t) }

// clean forgets the teammates of whom nothing is left to remember.
func (l *license) clean() {
	for i, t := range l.untidy {
		if t.empty() && l.teammates[t.id] == t {
			delete(l.teammates, t.id)
		}
		l.untidy[i] = nil
	}
	l.untidy = l.untidy[:0]
}

func (t *teammate) empty() bool {
	return t.sessions == nil && !t.seated && !t.waiting && !t.forget.set() && !t.cooldown.set() && len(t.asks) == 0 && t.bar == nil
}

// live counts the teammate's live attached sessions.
func (t *teammate) live() int {
	n := 0
	for s := t.sessions; s != nil; s = s.next {
		if s.live() {
			n++
		}
	}
	return n
}

func (s *session) live() bool { return s.attached && s.node.live }

// idleSince is since when all live attached sessions are idle; 0: one is active, or there is none.
func (t *teammate) idleSince() int64 {
	var since int64
	for s := t.sessions; s != nil; s = s.next {
		if !s.live() {
			continue
		}
		if s.idle == 0 {
			return 0
		}
		since = max(since, s.idle)
	}
	return since
}

// moment turns Unix milliseconds into what the outside sees.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// left is how long it takes until a moment.
func (l *license) left(until int64) time.Duration {
	return time.Duration(max(until-l.now, 0)) * time.Millisecond
}
