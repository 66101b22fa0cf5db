//go:build unix

package seatsmem_test

import (
	"sync"
	"time"

	"usher/seats"
)

// bare is what engines are compared with: it admits whoever comes while there is room, tells so in the shapes of a Store, and
// knows nothing else. What it costs is what two maps, a lock and the shapes cost.
type bare struct{ licenses sync.Map } // seats.LicenseID → *bareLicense

type bareLicense struct {
	mu       sync.Mutex
	seatCap  int
	version  uint64
	holders  map[seats.TeammateID]*seats.Holder
	sessions map[seats.SessionID]*seats.Holder
}

func (s *bare) open(id seats.LicenseID, seatCap int) {
	s.licenses.Store(id, &bareLicense{
		seatCap: seatCap, holders: map[seats.TeammateID]*seats.Holder{}, sessions: map[seats.SessionID]*seats.Holder{},
	})
}

func (s *bare) take(id seats.LicenseID, c seats.Command) seats.Outcome {
	known, _ := s.licenses.Load(id)
	l, take := known.(*bareLicense), c.(seats.Take)
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	h := l.holders[take.Member.Teammate]
	switch {
	case h != nil:
		return seats.Outcome{Now: now, Replies: []seats.Reply{seats.Granted{Holder: *h}}}
	case len(l.holders) >= l.seatCap:
		return seats.Outcome{Now: now, Replies: []seats.Reply{seats.Refused{Code: seats.SeatsFull}}}
	}
	l.version++
	h = &seats.Holder{
		Teammate: take.Member.Teammate, Name: take.Member.Name, Number: len(l.holders) + 1, Fence: seats.Fence(l.version),
		Since: now, Sessions: 1, Via: seats.ViaTake, Routing: seats.AcceptingChats,
	}
	l.holders[take.Member.Teammate], l.sessions[take.Session] = h, h
	return seats.Outcome{
		Now: now, Version: l.version, Replies: []seats.Reply{seats.Granted{Holder: *h, New: true}},
		Changes: []seats.Change{{Head: seats.Head{Version: l.version, Used: len(l.holders)}, Holders: []seats.Holder{*h}}},
	}
}
