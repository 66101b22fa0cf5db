package loadtest

import (
	"cmp"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// window is a license's history between two moments at which everything is known of it: no request is without an answer, and no
// grant can be on its way, as nobody waits, or all seats are held. Whether the answers in it fit any order is for the judge.
type window struct {
	off  bool // the license has rules that windows do not know
	void bool // something happened that they do not know, or too much: nothing is checked until all is known again

	unsure  int // teammates of whom not everything is known
	holding int
	waiting map[int32]bool
	highest int64 // fence

	history
	parked []illegal
	alien  time.Duration // when it was heard last that a seat was lost, or may be, otherwise than by a request
}

// history is what happened in a window.
type history struct {
	began time.Duration
	until time.Duration
	total int
	used  int                   // seats held when it began
	top   int64                 // the highest fence heard by then
	line  []waiter              // who waited then, by when they heard of it
	had   map[int32]int64       // the fence held then by each who waited, or did something since; 0: none
	calls []porcupine.Operation // of call and answer; Metadata has their moments, a [2]event
	heard []event               // grants
	ended map[int32]final       // of all above, at the end
	left  int                   // seats held then
}

// waiter is one who waits when a window begins; the place was given between two moments.
type waiter struct {
	mate         int32
	asked, heard time.Duration
}

// final is what somebody has at the end of a window.
type final struct {
	fence int64 // 0: none
	waits bool
}

// call is a request in a window: a take, a wait, a leave or a logout.
type call struct {
	mate int32
	op   Op
}

// answer is what came of it.
type answer struct {
	state SeatState
	fence int64
}

// illegal is a window that breaks a promise, unless a seat was lost in it or before of which that was heard later.
type illegal struct {
	began, ended time.Duration
	Violation
}

// A window has no more than that: what has to be tried grows fast with what is concurrent.
const (
	maxCalls   = 48
	maxWaiters = 64
	maxParked  = 8
)

// asked notes what a teammate had, who does something.
func (w *window) asked(b *book, m *mate, at event) {
	switch {
	case w.off || w.void:
	case at.op == OpHandOver, at.op == OpUnwait && m.counted != holding:
		w.give(b)
	default:
		if _, known := w.had[at.agent.Teammate]; known {
			return
		}
		w.had[at.agent.Teammate] = 0
		if m.counted == holding {
			w.had[at.agent.Teammate] = m.stay.fence
		}
	}
}

// answered adds a request with its answer.
func (w *window) answered(b *book, a ask, at event) {
	switch {
	case w.off:
	case w.void:
		b.unchecked[PromiseOrder]++
	case at.seat.State == SeatRefused && a.op.takes() && at.code != "seats_full": // there is no seat for this one, open or not
	case len(w.calls) == maxCalls:
		w.give(b)
	default:
		w.calls = append(w.calls, porcupine.Operation{
			ClientId: int(at.agent.Teammate), Call: int64(a.at), Return: int64(at.at),
			Input: call{at.agent.Teammate, a.op}, Output: answer{at.seat.State, at.seat.Fence}, Metadata: [2]event{a.event, at},
		})
	}
}

// granted takes a stay that was heard of first.
func (w *window) granted(b *book, s *stay) {
	w.highest = max(w.highest, s.fence)
	switch {
	case w.off || w.void:
	case s.heard.kind == Granted && s.heard.code != "waitlist", s.heard.kind == Restored:
		w.give(b)
	default:
		w.heard = append(w.heard, s.heard)
	}
}

// lost takes that a seat was lost, by now or a while before, or that it may have been.
func (w *window) lost(b *book, at event) {
	w.alien = at.at
	w.give(b)
	w.parked = slices.DeleteFunc(w.parked, func(i illegal) bool { return i.ended+lateness >= at.at })
}

// give gives a window up.
func (w *window) give(b *book) {
	if w.off || w.void {
		return
	}
	b.unchecked[PromiseOrder] += int64(len(w.calls))
	w.void, w.history = true, history{}
}

// count takes what has become of a teammate. When all is known a window ends, and the next one begins.
func (w *window) count(b *book, id int32) {
	if w.off {
		return
	}
	m := &b.mates[id]
	is := m.certain()
	if m.in > 1 { // a device that logs out then ends nothing
		is = unsure
		w.give(b)
	}
	if is == m.counted {
		return
	}
	switch m.counted {
	case unsure:
		w.unsure--
	case holding:
		w.holding--
	case inLine:
		delete(w.waiting, id)
	case absent:
	}
	switch m.counted = is; is {
	case unsure:
		w.unsure++
	case holding:
		w.holding++
	case inLine:
		w.waiting[id] = true
	case absent:
	}
	if w.unsure == 0 && (len(w.waiting) == 0 || w.holding == b.facts.Total) {
		w.submit(b)
		w.begin(b)
	}
}

// begin begins a window.
func (w *window) begin(b *book) {
	w.history = history{began: b.now, total: b.facts.Total, used: w.holding, top: w.highest, had: map[int32]int64{}}
	w.void = len(w.waiting) > maxWaiters
	if w.void {
		return
	}
	for id := range w.waiting {
		m := &b.mates[id]
		if m.waiting.none() {
			w.void = true
			return
		}
		w.had[id] = 0
		w.line = append(w.line, waiter{id, m.came.at, m.waiting.at})
	}
	slices.SortFunc(w.line, func(a, b waiter) int { return cmp.Compare(a.heard, b.heard) })
}

// submit has the judge look at the window that ends.
func (w *window) submit(b *book) {
	if w.void || len(w.calls) == 0 {
		return
	}
	h := w.history
	h.until, h.left, h.ended = b.now, w.holding, map[int32]final{}
	for id := range h.had {
		h.ended[id] = b.mates[id].final()
	}
	if !b.oracle.judge.submit(b, h) {
		b.unchecked[PromiseOrder] += int64(len(h.calls))
	}
}

func (m *mate) final() final {
	switch m.counted {
	case holding:
		return final{fence: m.stay.fence}
	case inLine:
		return final{waits: true}
	default:
		return final{}
	}
}

// judged takes what the judge found.
func (w *window) judged(b *book, h history, v *Violation, known bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !known:
		b.unchecked[PromiseOrder] += int64(len(h.calls))
	case v == nil:
		b.checked[PromiseOrder] += int64(len(h.calls))
		b.checked[PromiseServed] += int64(len(h.calls))
	case w.alien > 0 && w.alien >= h.began:
		b.unchecked[PromiseOrder] += int64(len(h.calls))
	case len(w.parked) < maxParked:
		w.parked = append(w.parked, illegal{h.began, h.until, *v})
	}
}

// end has those windows stand that no loss speaks against.
func (w *window) end(b *book) {
	for _, i := range w.parked {
		if !b.disturbedSince(i.began) {
			b.oracle.violated(i.Violation)
		}
	}
	w.parked = nil
}
