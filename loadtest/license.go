package loadtest

import (
	"sync"
	"sync/atomic"
	"time"
)

// license is one of the run's, with what its agents have in common.
type license struct {
	index         int32 // of this part's
	id            string
	teammates     []*teammate
	agents        []*agent
	board, roster *feed

	notes  atomic.Uint64 // of statuses that were chosen
	mu     sync.Mutex
	chosen [recentNotes]chosen
	freed  map[int32]time.Duration // when the seat with that number was given back, since the run began
}

// recentNotes is how many statuses of a license are looked out for at a time.
const recentNotes = 256

// chosen is a status that a teammate chose.
type chosen struct {
	note     uint64
	teammate *teammate
	node     string
	at       time.Duration
}

// teammate is one of a license's, with one or several devices.
type teammate struct {
	index    int32
	id       string
	operator bool
	token    string // "": signed when it is needed

	// How many devices are told that they hold a seat, and that they wait: one teammate has one seat all the same.
	holding, waiting atomic.Int32
}

func newLicenseOf(index int32, id string) *license {
	return &license{index: index, id: id, board: boardFeed(), roster: rosterFeed(), freed: map[int32]time.Duration{}}
}

// choose notes that a status is being chosen, whose note colleagues are to see.
func (l *license) choose(c chosen) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.chosen[c.note%recentNotes] = c
}

// choice is who chose a status with that note; false: nobody lately.
func (l *license) choice(note uint64) (chosen, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.chosen[note%recentNotes]
	return c, c.teammate != nil && c.note == note
}

// forget no longer looks out for what a teammate chose: who goes and comes back is shown with it anew.
func (l *license) forget(t *teammate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.chosen {
		if l.chosen[i].teammate == t {
			l.chosen[i] = chosen{}
		}
	}
}

// free notes that a seat is being given back.
func (l *license) free(number int32, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.freed[number] = at
}

// filled tells since when a seat that is taken was free; false: it was not given back, or others heard of it before.
func (l *license) filled(number int32) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.freed[number]
	delete(l.freed, number)
	return at, ok
}
