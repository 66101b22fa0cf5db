package loadtest

import (
	"slices"

	"github.com/anishathalye/porcupine"
)

// lenience leaves rules out, to find which one it is that a history breaks.
type lenience struct{ anyFence, anyTotal, anyOrder, anyOpen bool }

// state is a license between two requests. It is never changed, only replaced.
type state struct {
	used int
	top  int64 // the highest fence
	line []int32
	had  []sitter // by mate; who is not in it has nothing
}

// sitter is what one who did something has.
type sitter struct {
	mate  int32
	fence int64 // 0: none
	last  int64 // the fence of the stay before
}

func (f state) equal(o state) bool {
	return f.used == o.used && f.top == o.top && slices.Equal(f.line, o.line) && slices.Equal(f.had, o.had)
}

// rules are those of a seat, as far as windows know them: DESIGN's take, leave and logout for operators on an active license whose
// sessions are all live.
type rules struct {
	history
	lenience
	fences map[int32][]int64 // that each was granted in the window, ascending
	queued map[int32]waiter  // of line
}

func (h history) model(l lenience) porcupine.Model {
	r := rules{history: h, lenience: l, fences: map[int32][]int64{}, queued: map[int32]waiter{}}
	for _, g := range h.heard {
		r.fences[g.agent.Teammate] = append(r.fences[g.agent.Teammate], g.seat.Fence)
	}
	for _, f := range r.fences {
		slices.Sort(f)
	}
	first := state{used: h.used, top: h.top}
	for mate, fence := range h.had {
		first = first.with(sitter{mate, fence, fence})
	}
	for _, w := range h.line {
		first.line = append(first.line, w.mate)
		r.queued[w.mate] = w
	}
	return porcupine.Model{
		Init: func() any { return first },
		Step: func(before, input, output any) (bool, any) {
			f, _ := before.(state)
			a, _ := output.(answer)
			switch in := input.(type) {
			case call:
				return r.step(f, in, a)
			case map[int32]final:
				return r.ends(f, in), f
			default:
				return false, f
			}
		},
		Equal: func(a, b any) bool {
			x, _ := a.(state)
			y, _ := b.(state)
			return x.equal(y)
		},
	}
}

// of is what somebody has.
func (f state) of(mate int32) sitter {
	if i, has := f.find(mate); has {
		return f.had[i]
	}
	return sitter{mate: mate}
}

func (f state) find(mate int32) (int, bool) {
	return slices.BinarySearchFunc(f.had, mate, func(s sitter, mate int32) int { return int(s.mate) - int(mate) })
}

// with is the state where somebody has something else.
func (f state) with(s sitter) state {
	i, has := f.find(s.mate)
	f.had = slices.Clone(f.had)
	if has {
		f.had[i] = s
	} else {
		f.had = slices.Insert(f.had, i, s)
	}
	return f
}

// without is the state where somebody does not wait.
func (f state) without(mate int32) state {
	f.line = slices.DeleteFunc(slices.Clone(f.line), func(m int32) bool { return m == mate })
	return f
}

// step is what a request comes to, if that is what was answered.
func (r *rules) step(f state, c call, a answer) (bool, state) {
	has, waits := f.of(c.mate), slices.Contains(f.line, c.mate)
	if !c.op.takes() {
		switch {
		case has.fence != 0:
			f.used--
			return r.settle(f.with(sitter{mate: c.mate, last: has.last}))
		case waits && c.op == OpLogout:
			return true, f.without(c.mate)
		default:
			return true, f
		}
	}
	open := f.used < r.total && (len(f.line) == 0 || r.anyOpen)
	switch {
	case has.fence != 0:
		return a.state == SeatHeld && a.fence == has.fence, f
	case waits:
		return a.state == SeatWaiting, f
	case a.state == SeatHeld:
		fits := (f.used < r.total || r.anyTotal) && (len(f.line) == 0 || r.anyOrder || r.anyOpen) && (a.fence > f.top || r.anyFence)
		return fits, r.seat(f, c.mate, a.fence)
	case a.state == SeatWaiting:
		f.line = append(slices.Clip(f.line), c.mate)
		return c.op == OpWait && (!open || r.anyOpen), f
	default:
		return a.state == SeatRefused && (!open || r.anyOpen), f
	}
}

// seat is the state where somebody was granted a seat.
func (r *rules) seat(f state, mate int32, fence int64) state {
	f = f.without(mate).with(sitter{mate, fence, fence})
	f.used++
	f.top = max(f.top, fence)
	return f
}

// settle serves who waits, while a seat is open. Who it was is told by the fences.
func (r *rules) settle(f state) (bool, state) {
	for f.used < r.total && len(f.line) > 0 {
		next, fence := -1, int64(0)
		for i, mate := range f.line {
			if g, granted := r.next(f, mate); granted && (next < 0 || g < fence) {
				next, fence = i, g
			}
		}
		if next < 0 {
			return r.anyOpen, f
		}
		for _, before := range f.line[:next] {
			if !r.anyOrder && !r.abreast(before, f.line[next]) {
				return false, f
			}
		}
		if fence <= f.top && !r.anyFence {
			return false, f
		}
		f = r.seat(f, f.line[next], fence)
	}
	return true, f
}

// next is the fence that somebody is granted next.
func (r *rules) next(f state, mate int32) (int64, bool) {
	last := f.of(mate).last
	for _, fence := range r.fences[mate] {
		if fence > last {
			return fence, true
		}
	}
	return 0, false
}

// abreast tells whether of two who waited when the window began it is not known who came first.
func (r *rules) abreast(a, b int32) bool {
	x, was := r.queued[a]
	y, too := r.queued[b]
	return was && too && x.heard >= y.asked
}

// ends tells whether everything is as it was found at the end.
func (r *rules) ends(f state, ended map[int32]final) bool {
	if f.used != r.left && !r.anyTotal {
		return false
	}
	for mate, end := range ended {
		if f.of(mate).fence != end.fence || slices.Contains(f.line, mate) != end.waits {
			return r.anyOpen
		}
	}
	return true
}
