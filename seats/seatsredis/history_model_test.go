package seatsredis_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"

	"usher/seats"
)

// floor is the state of one license as far as the history test moves it: generation 1, nobody in cooldown, one
// node that never lapses.
type floor struct {
	granted  int
	seats    map[seats.TeammateID]stay
	freed    map[seats.TeammateID]stay // whose last stay ended by being freed
	sessions map[seats.SessionID]attending
}

type stay struct {
	number int
	fence  seats.Fence
}

type attending struct {
	teammate seats.TeammateID
	attached bool
	seq      uint64
	refused  bool // by command number seq
	ended    bool
}

func (f floor) clone() floor {
	f.seats, f.freed, f.sessions = maps.Clone(f.seats), maps.Clone(f.freed), maps.Clone(f.sessions)
	return f
}

func (f floor) equal(g floor) bool {
	return f.granted == g.granted && maps.Equal(f.seats, g.seats) && maps.Equal(f.freed, g.freed) &&
		maps.Equal(f.sessions, g.sessions)
}

// unknown is the outcome of a call that did not come back: anything, at any time after it was sent, or nothing.
type unknown struct{}

// rules is the model: what each command does and is answered with, one after another.
func rules(seatCap int) porcupine.Model {
	return porcupine.Model{
		Init: func() any {
			return floor{
				seats: map[seats.TeammateID]stay{}, freed: map[seats.TeammateID]stay{},
				sessions: map[seats.SessionID]attending{},
			}
		},
		Step: func(state, input, output any) (bool, any) {
			after := state.(floor).clone()
			answer := after.step(input.(seats.Command), seatCap)
			return output == unknown{} || output == any(answer), after
		},
		Equal:             func(a, b any) bool { return a.(floor).equal(b.(floor)) },
		DescribeOperation: func(in, out any) string { return fmt.Sprintf("%T%v → %T%v", in, in, out, out) },
		DescribeState:     func(state any) string { return state.(floor).String() },
	}
}

func (f floor) String() string {
	var b strings.Builder
	for _, t := range slices.Sorted(maps.Keys(f.seats)) {
		fmt.Fprintf(&b, "%s %+v; ", t, f.seats[t])
	}
	return b.String()
}

// step answers as answer does with the real reply: a summary of it.
func (f *floor) step(c seats.Command, seatCap int) string {
	switch c := c.(type) {
	case seats.Take:
		return f.take(c, seatCap)
	case seats.Leave:
		return f.leave(c)
	case seats.Logout:
		return f.logout(c)
	case seats.Free:
		return f.free(c)
	}
	panic("not in the model")
}

func (f *floor) take(c seats.Take, seatCap int) string {
	t := c.Member.Teammate
	s, known := f.sessions[c.Session]
	held, seated := f.seats[t]
	switch {
	case s.ended:
		return "ended"
	case known && c.Seq <= s.seq && seated:
		return granted(held, false)
	case known && c.Seq == s.seq && s.refused:
		return "refused"
	case known && c.Seq <= s.seq:
		return "superseded"
	}
	s = attending{teammate: t, attached: true, seq: c.Seq}
	defer func() { f.sessions[c.Session] = s }()
	if seated {
		return granted(held, false)
	}
	if len(f.seats) >= seatCap {
		s.refused = true
		return "refused"
	}
	f.granted++
	held = stay{number: f.lowest(), fence: seats.Fence(seats.FencesPerGeneration + f.granted)}
	f.seats[t] = held
	return granted(held, true)
}

func granted(s stay, isNew bool) string {
	return fmt.Sprintf("granted %d %d %t", s.number, s.fence, isNew)
}

func (f *floor) lowest() int {
	taken := map[int]bool{}
	for _, s := range f.seats {
		taken[s.number] = true
	}
	n := 1
	for taken[n] {
		n++
	}
	return n
}

func (f *floor) leave(c seats.Leave) string {
	s, known := f.sessions[c.Session]
	if s.ended {
		return "ended"
	}
	if known && c.Seq <= s.seq {
		return "done"
	}
	if known {
		s.seq, s.refused = c.Seq, false
		f.sessions[c.Session] = s
	}
	if held, ok := f.seats[c.Teammate]; ok && held.fence == c.Fence {
		f.release(c.Teammate)
		f.detach(c.Teammate)
	}
	return "done"
}

func (f *floor) logout(c seats.Logout) string {
	s, known := f.sessions[c.Session]
	f.sessions[c.Session] = attending{ended: true}
	if _, seated := f.seats[c.Teammate]; known && s.attached && seated && !f.attached(c.Teammate) {
		f.release(c.Teammate)
	}
	return "done"
}

func (f *floor) free(c seats.Free) string {
	held, seated := f.seats[c.Teammate]
	if seated && held.fence == c.Fence {
		f.release(c.Teammate)
		f.freed[c.Teammate] = held
		f.detach(c.Teammate)
		return fmt.Sprintf("freed %d %d", held.number, held.fence)
	}
	if was, ok := f.freed[c.Teammate]; ok && was.fence == c.Fence {
		return fmt.Sprintf("freed %d %d", was.number, was.fence)
	}
	if seated {
		return fmt.Sprintf("stale %d", held.fence)
	}
	return "not seated"
}

func (f *floor) release(t seats.TeammateID) {
	delete(f.seats, t)
	delete(f.freed, t)
}

func (f *floor) attached(t seats.TeammateID) bool {
	for _, s := range f.sessions {
		if s.teammate == t && s.attached {
			return true
		}
	}
	return false
}

func (f *floor) detach(t seats.TeammateID) {
	for id, s := range f.sessions {
		if s.teammate == t {
			s.attached = false
			f.sessions[id] = s
		}
	}
}
