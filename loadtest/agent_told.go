package loadtest

import (
	"strconv"
	"strings"
	"time"

	"usher/gateway/client"
	"usher/gateway/wire"
)

// ops are what requests ask for; those that are left out are of no concern to who listens.
var ops = map[string]Op{
	wire.TypeSeatTake: OpTake, wire.TypeSeatWait: OpWait, wire.TypeSeatUnwait: OpUnwait, wire.TypeSeatLeave: OpLeave,
	wire.TypeSeatHandOver: OpHandOver, wire.TypeLogout: OpLogout, wire.TypeStatusSet: OpStatus, wire.TypeActivity: OpIdle,
}

var hellos = map[string]Op{wire.AskAuto: OpTake, wire.AskWait: OpWait, wire.AskNone: OpLogin}

// overtaken has the codes of requests that another one got ahead of, somebody else's mostly: an answer like a refusal.
var overtaken = map[string]bool{
	wire.CodeNotSeated: true, wire.CodeNotAttached: true, wire.CodeNotPresent: true, wire.CodeAlreadySeated: true, wire.CodeWarned: true,
	wire.CodeConflict: true,
}

// sending hears of a request before it is written.
func (a *agent) sending(id uint64, typ string, data any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.run.now()
	op, kind := ops[typ], Asked
	if hello, ok := data.(wire.Hello); ok {
		op, kind = hellos[hello.Seat], Connecting
		a.greeted = true
	}
	if op == OpNone {
		return
	}
	a.call++
	q := request{id: id, call: a.call, op: op, at: now}
	if kind == Connecting {
		q.at = a.dialled
	}
	if a.due > 0 {
		q.at, a.due = a.due, 0
	}
	a.sent = append(a.sent, q)
	switch status, _ := data.(wire.SetStatus); {
	case op == OpStatus:
		a.choosing(status, q.at)
	case (op == OpLeave || op == OpLogout) && a.seat.State == SeatHeld:
		a.license.free(a.seat.Number, q.at)
		a.run.meter.count(tallyReleases)
	}
	a.tell(Told{At: now, Kind: kind, Call: q.call, Op: op})
}

func (a *agent) choosing(s wire.SetStatus, at time.Duration) {
	digits, ok := strings.CutPrefix(s.Note, notePrefix)
	if n, err := strconv.ParseUint(digits, 10, 64); ok && err == nil {
		a.license.choose(chosen{note: n, teammate: a.teammate, node: a.node, at: at})
	}
}

// tell lets the run's listener hear of something. The caller holds mu.
func (a *agent) tell(t Told) {
	t.Agent = a.id
	a.run.listener.Hear(t)
}

// received hears of a frame before the client acts on it.
func (a *agent) received(id uint64, f wire.ServerFrame) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.run.now()
	a.run.meter.count(tallyFrames)
	a.run.meter.heard.Store(int64(now))
	if id != 0 {
		a.answered(now, id, f)
		return
	}
	switch f.Type {
	case wire.TypeSeatGranted:
		a.granted(now, seatIn(field(f.Data, "seat")), string(text(field(f.Data, "cause"))))
	case wire.TypeSeatLost:
		lost, reason := seatIn(f.Data), string(text(field(f.Data, "reason")))
		a.run.meter.lost(reason)
		if a.seat.Fence <= lost.Fence {
			a.sit(Seat{})
		}
		a.tell(Told{At: now, Kind: Lost, Seat: lost, Code: reason})
	case wire.TypeSeatSuspended:
		a.seatTold(now, Suspended, Seat{State: SeatSuspended, Number: a.seat.Number, Fence: seatIn(f.Data).Fence})
	case wire.TypeSeatRestored:
		a.seatTold(now, Restored, seatIn(field(f.Data, "seat")))
	case wire.TypeWaitlist:
		place := seatIn(f.Data)
		if place.Place > 0 {
			place.State = SeatWaiting
		}
		a.seatTold(now, Placed, place)
	case wire.TypeBoardChanged:
		a.board = a.changed(now, FeedBoard, a.board, f)
	case wire.TypeRosterChanged:
		a.roster = a.changed(now, FeedRoster, a.roster, f)
	case wire.TypeSnapshot:
		a.snapshot(now, f.Data)
	case wire.TypeError:
		a.run.meter.failed(string(text(field(f.Data, "code"))))
	}
}

func (a *agent) seatTold(now time.Duration, kind Kind, s Seat) {
	a.sit(s)
	a.back(now)
	a.tell(Told{At: now, Kind: kind, Seat: s})
}

func (a *agent) granted(now time.Duration, s Seat, cause string) {
	a.run.meter.granted(cause)
	if since, ok := a.license.filled(s.Number); ok && cause == wire.CauseWaitlist {
		a.run.meter.took(Release, now-since)
	}
	a.sit(s)
	a.back(now)
	a.tell(Told{At: now, Kind: Granted, Seat: s, Code: cause})
}

// answered takes the answer to a request.
func (a *agent) answered(now time.Duration, id uint64, f wire.ServerFrame) {
	q, ok := a.take1(id)
	if !ok {
		return
	}
	told := Told{At: now, Kind: Answered, Call: q.call, Op: q.op}
	m := a.run.meter
	switch f.Type {
	case wire.TypeWelcome:
		a.welcomed(now, q, f.Data)
		return
	case wire.TypeError:
		told.Kind, told.Code = Failed, string(text(field(f.Data, "code")))
		if overtaken[told.Code] {
			m.refused(told.Code)
		} else {
			m.failed(told.Code)
		}
		a.tell(told)
		return
	}
	switch q.op {
	case OpTake, OpWait:
		m.count(tallyTakes)
		m.took(Take, now-q.at)
	case OpHandOver:
		m.count(tallyHandOvers)
	case OpStatus:
		m.count(tallyStatuses)
	case OpLogout:
		m.count(tallyLogouts)
		a.sit(Seat{})
	}
	if seat := field(f.Data, "seat"); seat != nil {
		told.Seat = seatIn(seat)
		told.Code = a.admitted(told.Seat, seat)
	}
	a.tell(told)
}

// admitted takes the seat of an answer, and returns the code of a refusal.
func (a *agent) admitted(s Seat, raw []byte) (code string) {
	switch s.State {
	case SeatHeld:
		if a.seat.Fence != s.Fence {
			a.run.meter.granted(CauseAnswer)
			a.license.filled(s.Number)
		}
	case SeatRefused:
		code = string(text(field(raw, "code")))
		a.run.meter.refused(code)
	}
	a.sit(s)
	return code
}

// take1 takes a request off the list.
func (a *agent) take1(id uint64) (request, bool) {
	for i, q := range a.sent {
		if q.id == id {
			a.sent = append(a.sent[:i], a.sent[i+1:]...)
			return q, true
		}
	}
	return request{}, false
}

// welcomed takes a welcome.
func (a *agent) welcomed(now time.Duration, q request, data []byte) {
	m := a.run.meter
	told := Told{At: now, Kind: Welcomed, Call: q.call, Op: q.op}
	var board, roster, feeds []byte
	fields(data, func(name, value []byte) bool {
		switch string(name) {
		case "node":
			a.node = a.run.names.intern(text(value))
			told.Node = a.node
		case "seat":
			told.Seat = seatIn(value)
			told.Code = a.admitted(told.Seat, value)
		case "board":
			board = value
		case "roster":
			roster = value
		case "feeds":
			feeds = value
		}
		return true
	})
	a.up = true
	m.connected.Add(1)
	m.count(tallyLogins)
	m.took(Login, now-q.at)
	if a.lost > 0 {
		m.count(tallyReconnects)
	}
	a.back(now)
	if a.lost > 0 && a.seat.State != SeatSuspended {
		m.count(tallyUnkept)
		a.lost = 0
	}
	a.tell(told)
	a.board = a.begun(now, FeedBoard, positionIn(a.run, feeds, "board"), board)
	if a.run.plan.Roster && !empty(roster) {
		a.roster = a.begun(now, FeedRoster, positionIn(a.run, feeds, "roster"), roster)
	}
	select {
	case <-a.entered:
	default:
		close(a.entered)
	}
}

// back ends the wait for a seat that was held when a connection was lost.
func (a *agent) back(now time.Duration) {
	if a.lost > 0 && a.up && (!a.wanted || a.seat.State == SeatHeld) {
		if a.wanted {
			a.run.meter.took(Reconnect, now-a.lost)
		}
		a.lost = 0
	}
}

// sit notes what the agent is told of its seat.
func (a *agent) sit(s Seat) {
	was := a.seat.State
	a.seat = s
	a.counted(was, s.State)
}

// counted keeps the run's sums of seats held and places waited for, of teammates and not of devices.
func (a *agent) counted(was, is SeatState) {
	t, m := a.teammate, a.run.meter
	if was == SeatHeld && is != SeatHeld && t.holding.Add(-1) == 0 {
		m.held.Add(-1)
	}
	if was != SeatHeld && is == SeatHeld && t.holding.Add(1) == 1 {
		m.held.Add(1)
	}
	if was == SeatWaiting && is != SeatWaiting && t.waiting.Add(-1) == 0 {
		m.waiting.Add(-1)
	}
	if was != SeatWaiting && is == SeatWaiting && t.waiting.Add(1) == 1 {
		m.waiting.Add(1)
	}
}

// happened hears of the client's events, of which the end of a connection is the one that no frame tells.
func (a *agent) happened(e client.Event) {
	end, ok := e.(client.Disconnected)
	if !ok {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.run.now()
	for _, q := range a.sent {
		a.tell(Told{At: now, Kind: Unknown, Call: q.call, Op: q.op})
		if !a.expected {
			a.run.meter.failed("no_answer")
		}
	}
	a.sent = nil
	if a.greeted {
		a.tell(Told{At: now, Kind: Disconnected, Code: strconv.Itoa(int(end.Code))})
		a.greeted = false
	}
	if !a.expected {
		a.unexpected(end, now)
	}
	if a.up {
		a.run.meter.connected.Add(-1)
	}
	a.up, a.expected = false, a.expected && !end.Reconnect
	a.board, a.roster, a.pieces, a.syncing = nil, nil, nil, false
	a.sit(Seat{})
	a.license.forget(a.teammate)
}

// unexpected counts the loss of a connection that the load test did not bring about, or that one could not be had.
func (a *agent) unexpected(end client.Disconnected, now time.Duration) {
	code := "connect"
	if a.up {
		code = "close_" + strconv.Itoa(int(end.Code))
		if a.lost == 0 {
			a.lost, a.wanted = now, a.seat.State == SeatHeld
		}
	}
	a.run.meter.failed(code)
}
