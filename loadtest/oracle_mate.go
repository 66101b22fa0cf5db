package loadtest

import (
	"slices"
	"time"
)

// mate is a teammate.
type mate struct {
	devices []device
	in      int // devices that may count for a seat

	// While in > 0: since is the first request that what is granted next may come of, came that which a place in line may come of.
	since, came event
	stay        *stay // with the highest fence that any device was told of
	last        []*stay

	// release is the first request since the stay was known to be held that may have ended it.
	release     event
	releaseOpen bool // it may take effect yet

	waiting    event // when it was heard that the teammate waits, certainly and without a break since; none: not certain
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
	told      event
	lowest    int64 // the lowest fence that it may be told to hold
	because   event // …
	place     int32 // as told last; 0: none
	shown     [FeedRoster + 1]shown
}

// ask is a request without an answer.
type ask struct {
	event
	call uint32
}

// deviceAsks and mateDevices bound what one agent, or one teammate, can make the oracle remember. The wire allows less.
const (
	deviceAsks  = 32
	mateDevices = 64
)

// clear notes that the teammate does not certainly wait from now on, until it is told to in answer to a later request.
func (m *mate) clear(at event) { m.waiting, m.cleared = event{}, max(m.cleared, at.at) }

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

// alone tells whether no other device may have a part in what an answer tells: then what is granted later comes of this request, or
// of a later one.
func (m *mate) alone(d *device, a ask) bool { return m.in == 1 && d.in && !m.late(a.at) }

// certainty is what is certain of a teammate.
type certainty uint8

const (
	absent  certainty = iota // holds nothing and waits for nothing
	holding                  // mate.stay
	inLine
	unsure
)

// certain is what a teammate certainly is, unless news are on their way.
func (m *mate) certain() certainty {
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
