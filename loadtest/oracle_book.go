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

func (b *book) violated(p Promise, at time.Duration, what string, evidence ...moment) {
	b.oracle.violated(Violation{Promise: p, License: b.facts.ID, At: at.Seconds(), What: what, Evidence: b.evidence(evidence...)})
}

// mate is a teammate.
type mate struct {
	devices []device
	in      int // devices that may count for a seat

	// While in > 0: since is the first request that what is granted next may come of, came that which a place in line may come of.
	since, came moment
	stay        *stay // with the highest fence that any device was told of
	last        []*stay

	// release is the first request since the stay was known to be held that may have ended it.
	release     moment
	releaseOpen bool // it may take effect yet

	queued     moment // the request of the place that waiting tells of
	waiting    moment // when it was heard that the teammate waits, certainly and without a break since; none: not certain
	cleared    time.Duration
	ineligible bool // may be passed over

	pending   int           // requests without an answer, of those that concern the seat
	unsure    time.Duration // until then a request without an answer may take effect
	vague     bool          // nothing has told since what came of it
	loose     bool          // a place was given up that may have become a seat before
	suspended bool

	counted certainty // as what the window counts it
}

// device is one of a teammate's agents, over all its connections.
type device struct {
	connected bool
	in        bool  // may count for a seat: it asked for one, and has not certainly logged out or left since
	attached  bool  // asked for a seat on this connection
	asks      []ask // without an answer
	told      moment
	lowest    int64  // the lowest fence that it may be told to hold
	because   moment // …
	place     int32  // as told last; 0: none
	shown     [FeedRoster + 1]shown
}

// ask is a request without an answer.
type ask struct {
	moment
	call uint32
}

// maxAsks and maxDevices bound what one agent, or one teammate, can make the oracle remember. The wire allows less.
const (
	maxAsks    = 32
	maxDevices = 64
)

// about tells whether an operation concerns the seat.
func (o Op) about() bool { return o != OpStatus && o != OpIdle && o != OpNone }

// takes tells whether an operation asks for a seat.
func (o Op) takes() bool { return o == OpTake || o == OpWait }

// releases tells whether an operation may end a stay.
func (o Op) releases() bool { return o == OpLeave || o == OpLogout || o == OpHandOver }

func (b *book) hear(t Told) {
	b.now = max(b.now, t.At)
	if t.Agent.Teammate < 0 || int(t.Agent.Teammate) >= len(b.mates) || t.Agent.Device < 0 || t.Agent.Device >= maxDevices {
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
	at := momentOf(t)
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
			b.line.handedBy(a.moment, t.At)
			m.releaseOpen = m.releaseOpen && a.moment != m.release
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
func (b *book) asked(m *mate, d *device, at moment, call uint32) {
	if !at.op.about() {
		return
	}
	if len(d.asks) == maxAsks {
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

// clear notes that the teammate does not certainly wait from now on, until it is told to in answer to a later request.
func (m *mate) clear(at moment) { m.waiting, m.cleared = moment{}, max(m.cleared, at.at) }

// answered takes a request off those without an answer. Those of earlier connections have been given up already.
func (m *mate) answered(d *device, call uint32) (ask, bool) {
	for i, a := range d.asks {
		if a.call == call {
			d.asks = slices.Delete(d.asks, i, i+1)
			m.pending--
			return a, true
		}
	}
	return ask{}, false
}

// late tells whether a request without an answer may take effect yet.
func (m *mate) late(at time.Duration) bool { return m.unsure > 0 && m.unsure >= at }

// unanswered takes that nobody knows what becomes of a request.
func (b *book) unanswered(m *mate, a ask) {
	m.unsure, m.vague = max(m.unsure, b.now+lateness), true
	m.clear(a.moment)
	b.window.give(b)
}

// answered takes an answer.
func (b *book) answered(m *mate, d *device, a ask, at moment) {
	at.op = a.op
	switch a.op {
	case OpLogout:
		b.released(m, d, a, at)
		d.told = moment{}
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
		b.line.handedBy(a.moment, at.at)
		b.released(m, d, a, at)
		b.left(m, d, a, at)
	case OpUnwait:
		b.unwaited(m, d, a, at)
	case OpTake, OpWait:
		m.loose = false
		m.vague = m.vague && m.late(a.at)
		d.attached = d.attached || at.seat.State != SeatRefused || at.code != "unavailable"
		b.took(m, d, a, at)
	default: // a hello without a seat: it tells of the session alone
		d.told = at
	}
	if a.moment == m.release {
		m.releaseOpen = false
	}
}

// took takes the answer to a take or a wait, which the engine gave.
func (b *book) took(m *mate, d *device, a ask, at moment) {
	b.window.answered(b, a, at)
	switch at.seat.State {
	case SeatHeld:
		m.suspended = false
		b.holds(m, d, at, &a.moment)
	case SeatWaiting:
		if m.alone(d, a) {
			m.since = a.moment
		}
		b.waits(m, d, a.moment, at)
	case SeatRefused:
		if at.code == "unavailable" || at.code == "" {
			b.unanswered(m, a)
			break
		}
		m.ineligible = m.ineligible || at.code == "cooldown"
		m.clear(at)
		if m.alone(d, a) && at.code == "seats_full" {
			m.since, m.came = a.moment, a.moment
		}
		d.told, d.place = at, 0
	default: // suspended, or not known
		d.told = at
	}
}

// alone tells whether no other device may have a part in what an answer tells: then what is granted later comes of this request, or
// of a later one.
func (m *mate) alone(d *device, a ask) bool { return m.in == 1 && d.in && !m.late(a.at) }

// unwaited takes that a place was given up. When it had become a seat by then the answer may say so, or a push that follows.
func (b *book) unwaited(m *mate, d *device, a ask, at moment) {
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
func (b *book) left(m *mate, d *device, a ask, at moment) {
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
func (b *book) gone(m *mate, at moment) {
	if m.in == 0 && m.stay != nil && !m.late(at.at) {
		b.over(m.stay.fence, at)
	}
}

// disconnected takes that a connection was lost, or closed, and with it what was asked on it.
func (b *book) disconnected(m *mate, d *device, at moment) {
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

// certainty is what is certain of a teammate.
type certainty uint8

const (
	absent  certainty = iota // holds nothing and waits for nothing
	holding                  // mate.stay
	inLine
	unsure
)

// certain is what a teammate certainly is, unless news are on their way.
func (m *mate) certain(now time.Duration) certainty {
	if m.pending > 0 || m.vague || m.loose || m.suspended {
		return unsure
	}
	if m.in == 0 {
		return absent
	}
	is := unsure
	for i := range m.devices {
		d := &m.devices[i]
		if !d.here() {
			continue
		}
		as := absent
		switch d.told.seat.State {
		case SeatHeld:
			as = holding
		case SeatWaiting:
			as = inLine
		case SeatSuspended:
			return unsure
		case SeatNone, SeatRefused:
		}
		if is != unsure && is != as || as == holding && (m.stay == nil || m.stay.fence != d.told.seat.Fence) {
			return unsure
		}
		is = as
	}
	if is == absent && m.dropped() { // whose seat may be kept for the one that dropped
		return unsure
	}
	return is
}

// dropped tells whether a device may count for a seat by an earlier connection.
func (m *mate) dropped() bool {
	return slices.ContainsFunc(m.devices, func(d device) bool { return d.in && !d.here() })
}

// here tells whether a device may count for a seat by its connection.
func (d *device) here() bool { return d.in && d.connected && d.attached }
