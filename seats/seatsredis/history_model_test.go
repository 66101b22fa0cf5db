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
// node that never lapses, no time to speak of.
type floor struct {
	granted  int
	turned   int
	seats    map[seats.TeammateID]stay
	lost     map[seats.TeammateID]end // their last stay
	line     []place                  // by turn
	asks     map[seats.AskID]ask
	sessions map[seats.SessionID]attending
}

type stay struct {
	number int
	fence  seats.Fence
}

type end struct {
	stay
	reason seats.Reason
	to     seats.TeammateID
}

type ask struct {
	from, of seats.TeammateID // of: "" for the administrators
	fence    seats.Fence      // 0 then, as of who holds no seat
	over     bool
}

type place struct {
	teammate seats.TeammateID
	turn     seats.Turn
}

type attending struct {
	teammate seats.TeammateID
	attached bool
	seq      uint64
	refused  bool // by command number seq
	ended    bool
}

func (f floor) clone() floor {
	f.seats, f.lost, f.sessions = maps.Clone(f.seats), maps.Clone(f.lost), maps.Clone(f.sessions)
	f.line, f.asks = slices.Clone(f.line), maps.Clone(f.asks)
	return f
}

func (f floor) equal(g floor) bool {
	return f.granted == g.granted && f.turned == g.turned && maps.Equal(f.seats, g.seats) && maps.Equal(f.lost, g.lost) &&
		slices.Equal(f.line, g.line) && maps.Equal(f.asks, g.asks) && maps.Equal(f.sessions, g.sessions)
}

// unknown is the outcome of a call that did not come back: anything, at any time after it was sent, or nothing.
type unknown struct{}

// rules is the model: what each command does and is answered with, one after another.
func rules(c seats.Config) porcupine.Model {
	return porcupine.Model{
		Init: func() any {
			return floor{
				seats: map[seats.TeammateID]stay{}, lost: map[seats.TeammateID]end{}, asks: map[seats.AskID]ask{},
				sessions: map[seats.SessionID]attending{},
			}
		},
		Step: func(state, input, output any) (bool, any) {
			after := state.(floor).clone()
			answer := after.step(input.(seats.Command), c)
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
func (f *floor) step(c seats.Command, cfg seats.Config) string {
	answer := f.run(c, cfg)
	for {
		next := slices.IndexFunc(f.ordered(), func(p place) bool { return f.open(p.teammate, cfg) })
		if next < 0 {
			break
		}
		t := f.ordered()[next].teammate
		f.giveUp(t)
		f.grant(t, f.lowest())
	}
	for id, a := range f.asks {
		_, seated := f.seats[a.from]
		if seated || !f.attached(a.from) || f.seats[a.of].fence != a.fence {
			a.over = true
			f.asks[id] = a
		}
	}
	return answer
}

// open tells whether a seat is open to a teammate.
func (f *floor) open(t seats.TeammateID, cfg seats.Config) bool {
	reserved := cfg.ReservedAdministrators
	for holder := range f.seats {
		if member(holder).Administrator {
			reserved--
		}
	}
	if member(t).Administrator {
		reserved = 0
	}
	return len(f.seats) < cfg.Cap-max(reserved, 0)
}

// ordered is the line in the order in which it is served: administrators first, by turn.
func (f *floor) ordered() []place {
	line := slices.Clone(f.line)
	slices.SortStableFunc(line, func(a, b place) int {
		return strings.Compare(fmt.Sprint(!member(a.teammate).Administrator), fmt.Sprint(!member(b.teammate).Administrator))
	})
	return line
}

func (f *floor) run(c seats.Command, cfg seats.Config) string {
	switch c := c.(type) {
	case seats.Take:
		return f.take(c, cfg)
	case seats.Unwait:
		return f.unwait(c)
	case seats.Leave:
		return f.leave(c)
	case seats.Logout:
		return f.logout(c)
	case seats.Free:
		return f.free(c)
	case seats.HandOver:
		return f.handOver(c, cfg)
	case seats.MakeAsk:
		return f.ask(c)
	case seats.AnswerAsk:
		if a, made := f.asks[c.ID]; made && a.of == c.Of {
			a.over = true
			f.asks[c.ID] = a
		}
		return "done"
	case seats.SetRouting:
		return f.route(c)
	}
	panic("not in the model")
}

func (f *floor) ask(c seats.MakeAsk) string {
	s, known := f.sessions[c.Session]
	a, made := f.asks[c.ID]
	_, seated := f.seats[c.Teammate]
	of, asked := f.seats[c.Of]
	switch {
	case s.ended:
		return "ended"
	case !known || s.teammate != c.Teammate || !s.attached:
		return "not asked: not_attached"
	case made && a.from == c.Teammate:
		return "asked"
	case seated:
		return "not asked: already_seated"
	case c.Of != "" && !asked:
		return "not seated"
	case made: // by somebody else
		return "not asked: already_asked"
	}
	others := 0
	for _, a := range f.asks {
		if a.from == c.Teammate && a.of == c.Of {
			return "not asked: already_asked"
		}
		if a.from == c.Teammate {
			others++
		}
	}
	if others >= seats.MaxAsks {
		return "not asked: rate_limited"
	}
	f.asks[c.ID] = ask{from: c.Teammate, of: c.Of, fence: of.fence}
	return "asked"
}

func (f *floor) route(c seats.SetRouting) string {
	if answer := f.news(c.Session, c.Seq); answer != "" {
		return answer
	}
	switch held, seated := f.seats[c.Teammate]; {
	case !seated:
		return "not seated"
	case held.fence != c.Fence:
		return fmt.Sprintf("stale %d", held.fence)
	}
	return "done"
}

func (f *floor) take(c seats.Take, cfg seats.Config) string {
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
	case known && c.Seq <= s.seq && f.place(t) > 0:
		return f.waiting(t)
	case known && c.Seq <= s.seq:
		return "superseded"
	}
	s = attending{teammate: t, attached: true, seq: c.Seq}
	defer func() { f.sessions[c.Session] = s }()
	switch {
	case seated:
		return granted(held, false)
	case f.place(t) > 0:
		return f.waiting(t)
	case f.open(t, cfg):
		return granted(f.grant(t, f.lowest()), true)
	case c.Wait:
		f.turned++
		f.line = append(f.line, place{t, seats.Turn(seats.FencesPerGeneration + f.turned)})
		return f.waiting(t)
	}
	s.refused = true
	return "refused"
}

func granted(s stay, isNew bool) string {
	return fmt.Sprintf("granted %d %d %t", s.number, s.fence, isNew)
}

func (f *floor) grant(t seats.TeammateID, number int) stay {
	f.granted++
	held := stay{number: number, fence: seats.Fence(seats.FencesPerGeneration + f.granted)}
	f.seats[t] = held
	return held
}

// place is a teammate's in line; 0: they do not wait.
func (f *floor) place(t seats.TeammateID) int {
	return 1 + slices.IndexFunc(f.ordered(), func(p place) bool { return p.teammate == t })
}

// turn is that of who waits.
func (f *floor) turn(t seats.TeammateID) seats.Turn {
	return f.line[slices.IndexFunc(f.line, func(p place) bool { return p.teammate == t })].turn
}

func (f *floor) waiting(t seats.TeammateID) string { return waits(f.turn(t), f.place(t)) }

func waits(turn seats.Turn, place int) string { return fmt.Sprintf("waiting %d %d", turn, place) }

func (f *floor) giveUp(t seats.TeammateID) {
	f.line = slices.DeleteFunc(f.line, func(p place) bool { return p.teammate == t })
}

func (f *floor) unwait(c seats.Unwait) string {
	if answer := f.news(c.Session, c.Seq); answer != "" {
		return answer
	}
	if f.place(c.Teammate) > 0 && f.turn(c.Teammate) == c.Turn {
		f.giveUp(c.Teammate)
		f.detach(c.Teammate)
	}
	return "done"
}

// news takes a command of a session that is newer than the ones before, or answers it.
func (f *floor) news(id seats.SessionID, seq uint64) string {
	s, known := f.sessions[id]
	switch {
	case s.ended:
		return "ended"
	case known && seq <= s.seq:
		return "done"
	case known:
		s.seq, s.refused = seq, false
		f.sessions[id] = s
	}
	return ""
}

func (f *floor) handOver(c seats.HandOver, cfg seats.Config) string {
	held, seated := f.seats[c.Teammate]
	was, lost := f.lost[c.Teammate]
	to := c.To.Teammate
	switch {
	case seated && held.fence == c.Fence:
	case lost && was.fence == c.Fence && was.reason == seats.LostHandedOver && was.to == to:
		return fmt.Sprintf("handed over %d %d", was.number, was.fence)
	case seated:
		return fmt.Sprintf("stale %d", held.fence)
	default:
		return "not seated"
	}
	if cfg.HandOver == seats.HandOverAsked && !f.openAsk(to, c.Teammate) {
		return "not handed over: not_asked"
	}
	if _, has := f.seats[to]; has {
		return "not handed over: already_seated"
	}
	if !f.attached(to) {
		return "not handed over: not_present"
	}
	f.release(c.Teammate, end{reason: seats.LostHandedOver, to: to})
	f.detach(c.Teammate)
	f.giveUp(to)
	f.grant(to, held.number)
	return fmt.Sprintf("handed over %d %d", held.number, held.fence)
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

func (f *floor) openAsk(from, of seats.TeammateID) bool {
	for _, a := range f.asks {
		if a.from == from && a.of == of && !a.over && a.fence == f.seats[of].fence {
			return true
		}
	}
	return false
}

func (f *floor) leave(c seats.Leave) string {
	if answer := f.news(c.Session, c.Seq); answer != "" {
		return answer
	}
	if held, ok := f.seats[c.Teammate]; ok && held.fence == c.Fence {
		f.release(c.Teammate, end{reason: seats.LostLeft})
		f.detach(c.Teammate)
	}
	return "done"
}

func (f *floor) logout(c seats.Logout) string {
	s, known := f.sessions[c.Session]
	f.sessions[c.Session] = attending{ended: true}
	if !known || !s.attached || f.attached(c.Teammate) {
		return "done"
	}
	f.giveUp(c.Teammate)
	if _, seated := f.seats[c.Teammate]; seated {
		f.release(c.Teammate, end{reason: seats.LostLoggedOut})
	}
	return "done"
}

func (f *floor) free(c seats.Free) string {
	held, seated := f.seats[c.Teammate]
	if seated && held.fence == c.Fence {
		f.release(c.Teammate, end{reason: seats.LostFreed})
		f.detach(c.Teammate)
		return fmt.Sprintf("freed %d %d", held.number, held.fence)
	}
	if was, ok := f.lost[c.Teammate]; ok && was.fence == c.Fence && was.reason == seats.LostFreed {
		return fmt.Sprintf("freed %d %d", was.number, was.fence)
	}
	if seated {
		return fmt.Sprintf("stale %d", held.fence)
	}
	return "not seated"
}

func (f *floor) release(t seats.TeammateID, e end) {
	e.stay = f.seats[t]
	f.lost[t] = e
	delete(f.seats, t)
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
