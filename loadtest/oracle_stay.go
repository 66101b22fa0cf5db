package loadtest

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"time"
)

// stay is one occupation of a seat. Its fence tells it from all others, and orders the grants of a license.
type stay struct {
	fence    int64
	number   int32
	teammate int32

	asked  event // the request that it came of, or an earlier one: it was granted after that was sent
	came   event // the request of the place in line, if there was one, or an earlier one
	heard  event // when it was heard of first: it was granted before
	proof  event // the latest request at or after whose being sent it certainly was held; before heard: none
	proven event // the answer to that
	over   event // when it was known to be over; none: it is not
	waited event // when the teammate certainly waited, without a break until the grant; none: not certain

	top    *stay // with the highest fence of those heard by then
	old    bool  // is not among the grants any more
	passes bool  // was not served in order: handed over, or claimed after the engine forgot
}

// stays are those of a license that can still matter.
type stays struct {
	keep      int
	byFence   map[int64]*stay
	byNumber  map[int32][]*stay // the latest few, by fence
	granted   []*stay           // by when they were heard
	forgotten int64             // the highest fence that was forgotten
	tall      bool              // a number is above the total
}

// few is how many stays are kept of one number, and of one teammate.
const few = 8

// holds takes that a device was told that its teammate holds a seat; in answer to a request, or in a push.
func (b *book) holds(m *mate, d *device, at event, asked *event) {
	seat := at.seat
	b.checked[PromiseFences]++
	if seat.Fence < d.lowest {
		b.violated(PromiseFences, at.at, fmt.Sprintf("fence %d comes back to an agent that knows it to be over", seat.Fence), d.because, at)
		return
	}
	d.lowest, d.because = seat.Fence, at
	d.told, d.place = at, 0
	s := b.stays.byFence[seat.Fence]
	switch {
	case s == nil && seat.Fence <= b.stays.forgotten:
		return
	case s == nil:
		s = b.began(m, at)
	case s.teammate != at.agent.Teammate:
		b.violated(PromiseFences, at.at, fmt.Sprintf("fence %d is granted twice", seat.Fence), s.asked, s.heard, at)
		return
	case s.number != seat.Number:
		b.violated(PromiseOne, at.at, fmt.Sprintf("fence %d is of two seats", seat.Fence), s.heard, at)
		return
	}
	if m.stay == nil || m.stay.fence < s.fence {
		if m.stay != nil && m.stay.old {
			delete(b.stays.byFence, m.stay.fence)
		}
		m.stay = s
		if !m.releaseOpen {
			m.release = event{}
		}
		m.clear(at)
	}
	if asked == nil {
		return
	}
	if !s.over.none() && s.over.at < asked.at {
		b.suspect(PromiseFences, at, fmt.Sprintf("fence %d comes back after it was over", seat.Fence), s.heard, s.over, *asked, at)
		s.over = event{} // it goes on
		return
	}
	if !m.release.none() && !m.releaseOpen && m.release.at < asked.at {
		m.release = event{} // it ended nothing
	}
	b.proves(m, s, *asked, at)
}

// began takes a stay that was not heard of before.
func (b *book) began(m *mate, at event) *stay {
	s := &stay{fence: at.seat.Fence, number: at.seat.Number, teammate: at.agent.Teammate, heard: at}
	if m.in > 0 {
		s.asked, s.came = m.since, m.came
	}
	if !m.ineligible {
		s.waited = m.waiting
	}
	s.passes = at.code == "hand_over" || at.code == "recovered" || b.line.handed(s)
	b.generated(at)
	l := &b.stays
	l.tall = l.tall || b.facts.Total > 0 && int(s.number) > b.facts.Total
	b.window.granted(b, s)
	b.highest(s)
	l.add(s)
	b.beside(m, s)
	b.inOrder(s)
	b.tooMany(s)
	m.last = append(m.last, s)
	if len(m.last) > few {
		m.last = slices.Delete(m.last, 0, 1)
	}
	b.forget()
	return s
}

// add sorts a stay in.
func (l *stays) add(s *stay) {
	if l.byFence == nil {
		l.byFence, l.byNumber = map[int64]*stay{}, map[int32][]*stay{}
	}
	l.byFence[s.fence] = s
	n := l.byNumber[s.number]
	i, _ := slices.BinarySearchFunc(n, s, func(a, b *stay) int { return cmp.Compare(a.fence, b.fence) })
	n = slices.Insert(n, i, s)
	if len(n) > few {
		n = slices.Delete(n, 0, 1)
	}
	l.byNumber[s.number] = n
	i = l.heardBy(s.heard.at)
	s.top = s
	if i > 0 && l.granted[i-1].top.fence > s.fence {
		s.top = l.granted[i-1].top
	}
	l.granted = slices.Insert(l.granted, i, s)
}

// heardBy is how many grants were heard at that moment or before.
func (l *stays) heardBy(at time.Duration) int {
	return sort.Search(len(l.granted), func(i int) bool { return l.granted[i].heard.at > at })
}

// highest checks that a fence is above all that were heard of before its request was sent.
func (b *book) highest(s *stay) {
	l := &b.stays
	i := l.heardBy(s.asked.at - 1)
	if s.asked.none() || i == 0 {
		return
	}
	b.checked[PromiseFences]++
	if top := l.granted[i-1].top; top.fence > s.fence {
		b.violated(PromiseFences, s.heard.at, fmt.Sprintf("fence %d is granted after %d", s.fence, top.fence), top.heard, s.asked, s.heard)
	}
}

// beside checks a new stay against those that are proven to go on.
func (b *book) beside(m *mate, s *stay) {
	for _, o := range b.stays.byNumber[s.number] {
		if o.fence < s.fence {
			b.apart(o, s)
		}
	}
	for _, o := range m.last {
		if o.fence < s.fence && o.number != s.number {
			b.apart(o, s)
		}
	}
}

// apart checks that a stay was over when a later one was granted that can't be beside it.
func (b *book) apart(s, later *stay) {
	if s.proof.at <= later.heard.at || s.proof.none() {
		return
	}
	p, what := PromiseTotal, fmt.Sprintf("seat %d is held twice", s.number)
	if s.teammate == later.teammate {
		p, what = PromiseOne, b.name(s.teammate)+" holds two seats"
	}
	b.violated(p, later.heard.at, what, s.heard, later.asked, later.heard, s.proof, s.proven)
}

// proves takes that a stay certainly went on at or after a request's being sent.
func (b *book) proves(m *mate, s *stay, asked, answered event) {
	was := s.proof
	if s.proof.at >= asked.at && !was.none() {
		return
	}
	s.proof, s.proven = asked, answered
	b.checked[PromiseTotal]++
	b.checked[PromiseOne]++
	for _, o := range b.stays.byNumber[s.number] {
		if o.fence > s.fence && o.heard.at >= was.at {
			b.apart(s, o)
		}
	}
	for _, o := range m.last {
		if o.fence > s.fence && o.number != s.number && o.heard.at >= was.at {
			b.apart(s, o)
		}
	}
	if b.stays.tall {
		for _, o := range b.stays.granted[b.stays.heardBy(was.at):] {
			if o.heard.at >= asked.at {
				break
			}
			if o.fence > s.fence {
				b.tooMany(o)
			}
		}
	}
}

// tooMany checks that a stay was not granted while all seats were held. Only where a number is above the total can it have been,
// or a number would be held twice.
func (b *book) tooMany(s *stay) {
	if !b.stays.tall || s.passes {
		return
	}
	moments, beside := []event{s.heard}, 0
	for _, o := range b.stays.byFence {
		if o.fence >= s.fence || o.proof.at <= s.heard.at {
			continue
		}
		beside++
		moments = append(moments, o.heard)
		if b.facts.Total*3 < maxEvidence {
			moments = append(moments, o.proof, o.proven)
		}
	}
	if beside >= b.facts.Total {
		b.violated(PromiseTotal, s.heard.at, fmt.Sprintf("%d seats of %d are held", beside+1, b.facts.Total), moments...)
	}
}

// released takes the answer to a request that gave the seat back: until it was sent the seat was held.
func (b *book) released(m *mate, d *device, a ask, at event) {
	s := m.stay
	if s == nil || !s.over.none() || m.suspended || m.release != a.event || m.late(a.at) {
		return
	}
	if d.told.seat.State == SeatHeld && d.told.seat.Fence == s.fence {
		b.proves(m, s, a.event, at)
	}
}

// over notes that a stay is known to be over.
func (b *book) over(fence int64, at event) {
	if s := b.stays.byFence[fence]; s != nil && s.over.none() {
		s.over = at
	}
}

// lost takes that a device was told that its teammate's seat is gone.
func (b *book) lost(m *mate, d *device, at event) {
	if d.lowest <= at.seat.Fence {
		d.lowest, d.because = at.seat.Fence+1, at
	}
	b.over(at.seat.Fence, at)
	d.place = 0
	if d.told.seat.Fence <= at.seat.Fence {
		d.told = event{}
	}
	m.clear(at)
	m.ineligible = m.ineligible || at.code == "freed"
	if m.stay != nil && m.stay.fence <= at.seat.Fence {
		m.suspended = false
	}
	b.window.lost(b, at)
}

// forget drops the oldest stays. What may go on is kept, though not among the grants.
func (b *book) forget() {
	l := &b.stays
	if len(l.granted) < l.keep+l.keep/4 {
		return
	}
	old := len(l.granted) - l.keep
	for _, s := range l.granted[:old] {
		l.forgotten = max(l.forgotten, s.fence)
		s.old = true
		if b.mates[s.teammate].stay != s {
			delete(l.byFence, s.fence)
		}
	}
	l.granted = slices.Delete(l.granted, 0, old)
}
