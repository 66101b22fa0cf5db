package loadtest

import (
	"fmt"
	"slices"
	"time"

	"usher/gateway/wire"
)

// line is what is known of who came before whom.
type line struct {
	newest *stay // of those granted in order, who came last

	// Hand-overs pass the line, and keep the number.
	handings []handing
	dropped  time.Duration // handings of before are not known any more

}

// handing is a hand-over that was asked for: it took place, if it did, before until.
type handing struct {
	number int32
	asked  event
	until  time.Duration
}

const maxHandings = 256

// handing notes that a seat may be handed over from now on.
func (l *line) handing(number int32, asked event) {
	if len(l.handings) == maxHandings {
		l.dropped = max(l.dropped, l.handings[0].until)
		l.handings = slices.Delete(l.handings, 0, 1)
	}
	l.handings = append(l.handings, handing{number, asked, asked.at + lateness})
}

// handedBy notes that a hand-over that was asked for took place by now, or will not.
func (l *line) handedBy(asked event, now time.Duration) {
	for i, h := range l.handings {
		if h.asked == asked {
			l.handings[i].until = now
		}
	}
}

// handed tells whether a stay may have come of a hand-over.
func (l *line) handed(s *stay) bool {
	return s.asked.at <= l.dropped || slices.ContainsFunc(l.handings, func(h handing) bool {
		return h.number == s.number && h.asked.at <= s.heard.at && h.until >= s.asked.at
	})
}

// inOrder checks a new stay against those who waited: a waiter who was granted later, though certainly in line before the other one
// asked, was passed.
func (b *book) inOrder(s *stay) {
	if b.facts.Unordered {
		return
	}
	l := &b.line
	if !s.waited.none() {
		b.checked[PromiseOrder]++
		if l.newest != nil && l.newest.came.at > s.waited.at {
			b.passed(s.waited, s.heard, s.fence, s.heard.at)
		}
	}
	if s.passes || s.came.none() {
		return
	}
	for _, o := range slices.Backward(b.stays.granted) { // who was heard of before
		if o.heard.at <= s.came.at {
			break
		}
		if o.fence > s.fence && !o.waited.none() && o.waited.at < s.came.at {
			b.passedBy(o.waited, o.heard, s)
		}
	}
	if l.newest == nil || l.newest.came.at < s.came.at {
		l.newest = s
	}
}

// passed looks for one who passed a waiter who certainly waited until a moment, or until being granted a fence.
func (b *book) passed(waited, until event, fence int64, at time.Duration) {
	for _, o := range slices.Backward(b.stays.granted) {
		if o.heard.at <= waited.at {
			return
		}
		if o.heard.at < at && o.fence < fence && !o.passes && o.came.at > waited.at {
			b.passedBy(waited, until, o)
			return
		}
	}
}

// passedBy tells that a waiter was passed, unless the waiter may have been passed over, as one who seems gone is.
func (b *book) passedBy(waited, until event, by *stay) {
	if b.disturbedSince(waited.at) {
		b.unchecked[PromiseOrder]++
		return
	}
	what := fmt.Sprintf("%s waits, and is passed by %s", b.name(waited.agent.Teammate), b.name(by.teammate))
	b.violated(PromiseOrder, by.heard.at, what, waited, by.came, by.heard, until)
}

// waits takes that a teammate waited at some moment after a request was sent.
func (b *book) waits(m *mate, d *device, asked, at event) {
	b.stands(m, d, at)
	d.told = at
	switch {
	case !m.waiting.none(): // and has since it was told to
		b.checked[PromiseOrder]++
		if n := b.line.newest; n != nil && !b.facts.Unordered && n.came.at > m.waiting.at {
			b.passed(m.waiting, at, maxFence, asked.at)
		}
	case asked.at > m.cleared && !m.ineligible:
		m.waiting = at
	}
}

const maxFence = 1<<63 - 1

// placed takes a push that tells a place.
func (b *book) placed(m *mate, d *device, at event) {
	if at.seat.Place > 0 {
		at.seat.State = SeatWaiting
		d.attached = d.in
		b.stands(m, d, at)
		d.told = at
		return
	}
	m.clear(at)
	d.place = 0
	if d.told.seat.State == SeatWaiting {
		d.told = event{}
	}
	b.window.give(b)
}

// stands checks that a place goes down alone, while it is the same place. A teammate with several devices may have given it up on
// another one.
func (b *book) stands(m *mate, d *device, at event) {
	place := at.seat.Place
	if d.place > 0 && m.in == 1 && d.in && !b.facts.Unordered {
		b.checked[PromiseOrder]++
		if place > d.place {
			b.suspect(PromiseOrder, at, fmt.Sprintf("a place went from %d to %d", d.place, place), d.told, at)
		}
	}
	d.place = place
}

// endOfLine checks the line as it is at the end.
func (b *book) endOfLine(line wire.Waitlist) {
	if b.facts.Unordered {
		return
	}
	var last event // the request sent last of those before
	for _, w := range line {
		id, known := b.ids[w.Teammate]
		if !known {
			continue
		}
		m := &b.mates[id]
		if m.waiting.none() {
			continue
		}
		b.checked[PromiseOrder]++
		if !last.none() && m.waiting.at < last.at {
			what := fmt.Sprintf("%s stands behind %s, who came later", w.Teammate, b.name(last.agent.Teammate))
			at := m.waiting
			at.at = b.now
			b.suspect(PromiseOrder, at, what, m.waiting, last)
		}
		if m.came.at > last.at {
			last = m.came
		}
		if n := b.line.newest; n != nil && n.came.at > m.waiting.at && w.State == wire.WaiterWaiting && w.Eligible {
			end := event{at: b.now, agent: m.waiting.agent, kind: Placed, seat: Seat{State: SeatWaiting, Place: int32(w.Place)}}
			b.passed(m.waiting, end, maxFence, b.now)
		}
	}
}
