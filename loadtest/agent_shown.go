package loadtest

import (
	"bytes"
	"strconv"
	"time"

	"usher/gateway/wire"
)

var seatStates = map[string]SeatState{
	wire.SeatNone: SeatNone, wire.SeatHeld: SeatHeld, wire.SeatSuspended: SeatSuspended, wire.SeatWaiting: SeatWaiting,
	wire.SeatRefused: SeatRefused,
}

// seatIn is the seat in the data of a frame.
func seatIn(object []byte) Seat {
	var s Seat
	fields(object, func(name, value []byte) bool {
		switch string(name) {
		case "state":
			s.State = seatStates[string(text(value))]
		case "number":
			s.Number = int32(number(value))
		case "fence":
			s.Fence = number(value)
		case "place":
			s.Place = int32(number(value))
		}
		return true
	})
	return s
}

// number is a whole number; 0 for null.
func number(value []byte) int64 {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// positionIn is a feed's position among those of a frame. The zero Position: there is none.
func positionIn(r *run, feeds []byte, feed string) wire.Position {
	at := field(feeds, feed)
	version, err := strconv.ParseUint(string(field(at, "version")), 10, 64)
	if err != nil {
		return wire.Position{}
	}
	return wire.Position{Epoch: r.names.intern(text(field(at, "epoch"))), Version: version}
}

// begun takes a whole feed.
func (a *agent) begun(now time.Duration, which Feed, at wire.Position, pieces ...[]byte) *view {
	f := a.license.board
	if which == FeedRoster {
		f = a.license.roster
	}
	v := f.begin(at, pieces...)
	if v == nil {
		a.run.meter.failed("unreadable")
		return nil
	}
	a.showed(now, which, 0, v)
	return v
}

// changed takes a change of a feed, and returns what the agent is shown now.
func (a *agent) changed(now time.Duration, which Feed, v *view, f wire.ServerFrame) *view {
	if f.From == nil || f.Version == nil {
		a.run.meter.failed("unreadable")
		return v
	}
	switch {
	case v == nil: // the whole is still to come
		return nil
	case f.Epoch == v.at.Epoch && *f.Version <= v.at.Version:
		return v
	case f.Epoch != v.at.Epoch || *f.From > v.at.Version:
		a.resync()
		return nil
	}
	v = v.change(wire.Position{Epoch: v.at.Epoch, Version: *f.Version}, f.Data)
	if v == nil {
		a.run.meter.failed("unreadable")
		return nil
	}
	a.showed(now, which, *f.From, v)
	for _, s := range v.news {
		a.saw(now, s)
	}
	return v
}

func (a *agent) showed(now time.Duration, which Feed, from uint64, v *view) {
	a.tell(Told{At: now, Kind: Showed, Feed: which, Epoch: v.at.Epoch, From: from, Version: v.at.Version, Digest: v.digest})
}

// saw measures how long it took until a colleague's choice was seen here.
func (a *agent) saw(now time.Duration, s sighting) {
	c, ok := a.license.choice(s.note)
	if !ok || c.teammate == a.teammate || c.teammate.id != s.teammate {
		return
	}
	what := SeenAcross
	if c.node == a.node {
		what = SeenHere
	}
	a.run.meter.took(what, now-c.at)
}

// snapshot takes whole feeds, or a piece of a large roster.
func (a *agent) snapshot(now time.Duration, data []byte) {
	feeds := field(data, "feeds")
	if board := field(data, "board"); board != nil {
		a.board = a.begun(now, FeedBoard, positionIn(a.run, feeds, "board"), board)
		a.syncing = false
	}
	at := positionIn(a.run, feeds, "roster")
	if at.Version == 0 || !a.run.plan.Roster {
		return
	}
	if string(field(data, "first")) == "true" {
		a.pieces = nil
	}
	if piece := field(data, "roster"); piece != nil {
		a.pieces = append(a.pieces, bytes.Clone(piece))
	}
	if string(field(data, "last")) == "true" {
		a.roster = a.begun(now, FeedRoster, at, a.pieces...)
		a.pieces, a.syncing = nil, false
	}
}

// resync asks for both feeds as a whole, once.
func (a *agent) resync() {
	if a.syncing {
		return
	}
	a.syncing = true
	c := a.client
	a.run.meter.count(tallyResyncs)
	a.run.clients.Go(func() { _ = c.Sync(a.run.living) }) // when it can't be told the connection is over
}
