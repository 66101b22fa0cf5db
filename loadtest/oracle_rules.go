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
	last  int64 // the highest fence heard of, of this stay or of those before
}

// unheard is the fence of a stay that nobody heard of: it was granted to one who was giving back what they had, or their place.
const unheard = -1

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
	leaves map[int32]bool    // who gives back what they have, or their place, in the window
	told   []int64           // the fences that requests were answered with, ascending
}

func (h history) model(l lenience) porcupine.Model {
	r := rules{history: h, lenience: l, fences: map[int32][]int64{}, queued: map[int32]waiter{}, leaves: map[int32]bool{}}
	for _, c := range h.calls {
		if in, ok := c.Input.(call); ok && !in.op.takes() {
			r.leaves[in.mate] = true
		}
		if a, ok := c.Output.(answer); ok && a.state == SeatHeld {
			r.told = append(r.told, a.fence)
		}
	}
	slices.Sort(r.told)
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
	of := porcupine.NondeterministicModel{
		Init: func() []any { return []any{first} },
		Step: func(before, input, output any) (after []any) {
			f, _ := before.(state)
			a, _ := output.(answer)
			switch in := input.(type) {
			case call:
				for _, f := range r.step(f, in, a) {
					after = append(after, f)
				}
			case map[int32]final:
				if r.ends(f, in) {
					after = append(after, f)
				}
			}
			return after
		},
		Equal: func(a, b any) bool {
			x, _ := a.(state)
			y, _ := b.(state)
			return x.equal(y)
		},
	}
	return of.ToModel()
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

// step is what a request may come to, if that is what was answered.
func (r *rules) step(f state, c call, a answer) []state {
	has, waits := f.of(c.mate), slices.Contains(f.line, c.mate)
	if !c.op.takes() {
		switch {
		case has.fence != 0:
			f.used--
			return r.settle(f.with(sitter{mate: c.mate, last: has.last}))
		case waits && c.op == OpLogout:
			return []state{f.without(c.mate)}
		default:
			return []state{f}
		}
	}
	if fits, f := r.take(f, c, a); fits {
		return []state{f}
	}
	return nil
}

// take is what a take or a wait comes to.
func (r *rules) take(f state, c call, a answer) (bool, state) {
	has, waits := f.of(c.mate), slices.Contains(f.line, c.mate)
	open := f.used < r.total && (len(f.line) == 0 || r.anyOpen)
	switch {
	case has.fence != 0:
		return a.state == SeatHeld && a.fence == has.fence, f
	case waits:
		return a.state == SeatWaiting, f
	case a.state == SeatHeld:
		fits := (f.used < r.total || r.anyTotal) && (len(f.line) == 0 || r.anyOrder || r.anyOpen) && r.mayFollow(f.top, a.fence)
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
	f = f.without(mate).with(sitter{mate, fence, max(fence, f.of(mate).last)})
	f.used++
	f.top = max(f.top, fence)
	return f
}

// settle serves who waits, while a seat is open, in any way that may have been. Who it was is told by the fences, but for those who
// give back what they were not told to have.
func (r *rules) settle(f state) (after []state) {
	if f.used >= r.total || len(f.line) == 0 {
		return []state{f}
	}
	next, fence := -1, int64(0)
	for i, mate := range f.line {
		if g, granted := r.next(f, mate); granted && (next < 0 || g < fence) {
			next, fence = i, g
		}
		if r.leaves[mate] && r.mayBeNext(f, i) {
			after = append(after, r.settle(r.seat(f, mate, unheard))...)
		}
	}
	switch {
	case next >= 0 && r.mayBeNext(f, next) && r.mayFollow(f.top, fence):
		after = append(after, r.settle(r.seat(f, f.line[next], fence))...)
	case next < 0 && r.anyOpen:
		after = append(after, f)
	}
	return after
}

// mayBeNext tells whether one in line may be the first.
func (r *rules) mayBeNext(f state, i int) bool {
	return r.anyOrder || !slices.ContainsFunc(f.line[:i], func(before int32) bool { return !r.abreast(before, f.line[i]) })
}

// mayFollow tells whether a fence may be the one granted after another. None that somebody is told later may lie between: it would be
// granted too late. To see that at once, and not when its turn comes, saves trying all orders of many who take at once.
func (r *rules) mayFollow(top, fence int64) bool {
	i, _ := slices.BinarySearch(r.told, top+1)
	return r.anyFence || fence > top && (i == len(r.told) || r.told[i] >= fence)
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
