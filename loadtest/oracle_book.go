package loadtest

import (
	"slices"
	"sync"
	"time"
)

// lateness is how long after a request without an answer it may yet take effect: the life of a command, and as much for a stall.
const lateness = 2 * time.Minute

// book is what the oracle knows of one license: of each teammate what may be, of each stay what is certain.
type book struct {
	oracle *Oracle
	facts  LicenseFacts
	ids    map[string]int32 // of Teammates

	mu        sync.Mutex
	now       time.Duration // the latest of all that was told
	mates     []mate
	stays     stays
	line      line
	losses    losses
	shows     shows
	window    window
	checked   [PromiseShown + 1]int64
	unchecked [PromiseShown + 1]int64
}

func newBook(o *Oracle, facts LicenseFacts) *book {
	b := &book{oracle: o, facts: facts, ids: make(map[string]int32, len(facts.Teammates))}
	for i, id := range facts.Teammates {
		b.ids[id] = int32(i)
	}
	b.mates = make([]mate, len(facts.Teammates))
	b.stays.keep = 128 + 2*max(facts.Total, len(facts.Teammates))
	b.window.off, b.window.waiting = facts.Total == 0 || facts.Unordered, map[int32]bool{}
	b.window.begin(b)
	return b
}

func (b *book) violated(p Promise, at time.Duration, what string, evidence ...event) {
	b.oracle.violated(Violation{Promise: p, License: b.facts.ID, At: at.Seconds(), What: what, Evidence: b.evidence(evidence...)})
}

// about tells whether an operation concerns the seat.
func (o Op) about() bool { return o != OpStatus && o != OpIdle && o != OpNone }

// takes tells whether an operation asks for a seat.
func (o Op) takes() bool { return o == OpTake || o == OpWait }

// releases tells whether an operation may end a stay.
func (o Op) releases() bool { return o == OpLeave || o == OpLogout || o == OpHandOver }

func (b *book) hear(t Told) {
	b.now = max(b.now, t.At)
	if t.Agent.Teammate < 0 || int(t.Agent.Teammate) >= len(b.mates) || t.Agent.Device < 0 || t.Agent.Device >= mateDevices {
		return
	}
	m := &b.mates[t.Agent.Teammate]
	for int(t.Agent.Device) >= len(m.devices) {
		m.devices = append(m.devices, device{})
	}
	d := &m.devices[t.Agent.Device]
	if t.Kind == Showed {
		b.showed(d, t)
		return
	}
	b.heard(m, d, t)
	b.window.count(b, t.Agent.Teammate)
}

func (b *book) heard(m *mate, d *device, t Told) {
	at := eventOf(t)
	switch t.Kind {
	case Connecting:
		b.disconnected(m, d, at)
		d.connected = true
		b.asked(m, d, at, t.Call)
	case Asked:
		b.asked(m, d, at, t.Call)
	case Welcomed, Answered:
		if a, ok := m.answered(d, t.Call); ok {
			b.answered(m, d, a, at)
		}
	case Failed:
		a, ok := m.answered(d, t.Call)
		switch {
		case !ok:
		case t.Code == "unavailable" || t.Code == "internal" || t.Code == "": // it may have arrived all the same
			b.unanswered(m, a)
		default:
			b.line.handedBy(a.event, t.At)
			m.releaseOpen = m.releaseOpen && a.event != m.release
		}
	case Unknown:
		if a, ok := m.answered(d, t.Call); ok {
			b.unanswered(m, a)
		}
	case Granted, Restored:
		m.suspended = m.suspended && t.Kind != Restored
		d.attached = d.in
		b.holds(m, d, at, nil)
	case Lost:
		b.lost(m, d, at)
	case Suspended:
		b.oracle.suspended.Store(int64(max(t.At, 1)))
		m.suspended = true
		d.told = at
		d.told.seat.State = SeatSuspended
		b.window.give(b)
	case Placed:
		b.placed(m, d, at)
	case Disconnected:
		b.disconnected(m, d, at)
	case Showed: // taken before
	}
}

// asked takes that a request was sent.
func (b *book) asked(m *mate, d *device, at event, call uint32) {
	if !at.op.about() {
		return
	}
	if len(d.asks) == deviceAsks {
		b.unanswered(m, d.asks[0])
		d.asks = slices.Delete(d.asks, 0, 1)
		m.pending--
	}
	d.asks = append(d.asks, ask{at, call})
	m.pending++
	b.window.asked(b, m, at)
	switch {
	case at.op.takes():
		if m.in == 0 && !m.late(at.at) {
			m.since, m.came = at, at
		}
		if !d.in {
			d.in = true
			m.in++
		}
	case at.op.releases():
		if m.release.none() && m.in > 0 {
			m.release, m.releaseOpen = at, true
		}
		m.clear(at)
	case at.op == OpUnwait:
		m.clear(at)
	}
	if at.op == OpHandOver && m.stay != nil {
		b.line.handing(m.stay.number, at)
	}
}

// unanswered takes that nobody knows what becomes of a request.
func (b *book) unanswered(m *mate, a ask) {
	m.unsure, m.vague = max(m.unsure, b.now+lateness), true
	m.clear(a.event)
	b.window.give(b)
}

// answered takes an answer.
func (b *book) answered(m *mate, d *device, a ask, at event) {
	at.op = a.op
	switch a.op {
	case OpLogout:
		b.released(m, d, a, at)
		d.told = event{}
		if d.in && d.attached && !m.late(a.at) { // else a connection that was lost before its welcome may have a part yet
			b.window.answered(b, a, at)
			d.in = false
			m.in--
		}
		m.clear(at)
		b.gone(m, at)
		m.loose = m.loose && m.in > 0
		m.vague = m.vague && (m.in > 0 || m.late(a.at))
	case OpLeave, OpHandOver:
		b.line.handedBy(a.event, at.at)
		b.released(m, d, a, at)
		b.left(m, d, a, at)
	case OpUnwait:
		b.unwaited(m, d, at)
	case OpTake, OpWait:
		m.loose = false
		m.vague = m.vague && m.late(a.at)
		d.attached = d.attached || at.seat.State != SeatRefused || at.code != "unavailable"
		b.took(m, d, a, at)
	default: // a hello without a seat: it tells of the session alone
		d.told = at
	}
	if a.event == m.release {
		m.releaseOpen = false
	}
}

// took takes the answer to a take or a wait, which the engine gave.
func (b *book) took(m *mate, d *device, a ask, at event) {
	b.window.answered(b, a, at)
	switch at.seat.State {
	case SeatHeld:
		m.suspended = false
		b.holds(m, d, at, &a.event)
	case SeatWaiting:
		if m.alone(d, a) {
			m.since = a.event
		}
		b.waits(m, d, a.event, at)
	case SeatRefused:
		if at.code == "unavailable" || at.code == "" {
			b.unanswered(m, a)
			break
		}
		m.ineligible = m.ineligible || at.code == "cooldown"
		m.clear(at)
		if m.alone(d, a) && at.code == "seats_full" {
			m.since, m.came = a.event, a.event
		}
		d.told, d.place = at, 0
	default: // suspended, or not known
		d.told = at
	}
}

// unwaited takes that a place was given up. When it had become a seat by then the answer may say so, or a push that follows.
func (b *book) unwaited(m *mate, d *device, at event) {
	switch {
	case at.seat.State == SeatHeld:
		b.holds(m, d, at, nil)
	case d.told.seat.State == SeatNone && m.in == 0:
	default:
		m.loose = true
		d.told, d.place = at, 0
		b.window.give(b)
	}
}

// left takes that the answer to a leave or a hand-over tells of no seat.
func (b *book) left(m *mate, d *device, a ask, at event) {
	had := d.told.seat // by then: answers and pushes keep their order
	d.told, d.place = at, 0
	switch had.State {
	case SeatWaiting: // it may have become a seat, which is given back later
		m.loose = true
		b.window.give(b)
	case SeatHeld, SeatSuspended: // all devices were detached, but those that may have asked since
		for i := range m.devices {
			o := &m.devices[i]
			busy := slices.ContainsFunc(o.asks, func(a ask) bool { return a.op.takes() })
			other := o.told.seat.State == SeatWaiting || o.told.seat.State == SeatHeld && o.told.seat.Fence != had.Fence
			if o.in && !busy && !other && !m.late(a.at) {
				o.in = false
				m.in--
			}
		}
		b.window.answered(b, a, at)
		b.over(had.Fence, at)
	default:
	}
}

// gone takes that a device has logged out: without any other one the stay is over.
func (b *book) gone(m *mate, at event) {
	if m.in == 0 && m.stay != nil && !m.late(at.at) {
		b.over(m.stay.fence, at)
	}
}

// disconnected takes that a connection was lost, or closed, and with it what was asked on it.
func (b *book) disconnected(m *mate, d *device, at event) {
	for _, a := range d.asks {
		m.pending--
		b.unanswered(m, a)
	}
	d.asks = d.asks[:0]
	if d.connected && d.in { // for the server it may have been gone for long
		m.clear(at)
		b.window.lost(b, at)
	}
	d.connected, d.attached, d.place = false, false, 0
	d.shown = [FeedRoster + 1]shown{}
}
