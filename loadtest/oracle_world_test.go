package loadtest

import (
	"slices"
	"strconv"
	"time"

	"usher/gateway/wire"
)

// world is a license on a server that keeps its promises, unless it has a fault, with the agents who use it. What agents send, and
// what they are told, is on its way for as long as whoever chooses likes.
type world struct {
	choose func(n int) int // less than n
	hear   func(Told)
	fault  fault
	wrongs int  // how often the fault showed
	calm   bool // nothing is lost on its way, and nobody does anything but come and go
	now    time.Duration

	total   int
	fence   int64
	people  []*person
	line    []*person
	version uint64
	links   []*link // all there ever were that are not over
}

// fault is what a world does wrong, at times.
type fault int

const (
	faultless fault = iota
	oneSeatMore
	fenceReused
	fenceFalls
	waiterPassed
	newcomerPasses
	versionBack
	otherDigest
	lossNotTold
	logoutForgotten
	seatPerDevice
	placeRises
	graceCutShort
)

// person is a teammate as the engine knows them.
type person struct {
	id      int32
	number  int32 // 0: no seat
	fence   int64
	waiting bool
	cooled  bool
	devices []*app
}

// app is a device of theirs; its link is nil while it is not connected.
type app struct {
	agent Agent
	call  uint32
	link  *link
	last  *link // the one before, which a hello resumes
	seat  Seat  // as told last
}

// link is a connection: what is on its way on it, and the session at its end.
type link struct {
	person   *person
	app      *app
	sent     []errand
	told     []Told // to be heard
	open     []errand
	cut      bool // the app has given it up
	live     bool // the server knows it
	ended    bool // the session
	attached bool
	place    int32 // as told last
	shown    uint64
	closing  bool // the server closes when all is told
}

// errand is what an app sent.
type errand struct {
	kind    Kind
	op      Op
	call    uint32
	resumes *link
	to      *person
}

func newWorld(choose func(int) int, fault fault, hear func(Told)) *world {
	w := &world{choose: choose, hear: hear, fault: fault, total: 1 + choose(3), fence: 10, version: 1}
	for i := range 4 + choose(3) {
		p := &person{id: int32(i)}
		for d := range 1 + max(0, choose(4)-2) {
			p.devices = append(p.devices, &app{agent: Agent{Teammate: p.id, Device: int32(d)}})
		}
		w.people = append(w.people, p)
	}
	return w
}

func (w *world) facts() LicenseFacts {
	f := LicenseFacts{ID: "lic", Total: w.total}
	for _, p := range w.people {
		f.Teammates = append(f.Teammates, name(p))
	}
	return f
}

func name(p *person) string { return "tm_" + strconv.Itoa(int(p.id)) }

// wrong tells whether the fault shows now.
func (w *world) wrong(f fault) bool {
	if w.fault != f || w.choose(3) > 0 {
		return false
	}
	w.wrongs++
	return true
}

func (w *world) tell(t Told) {
	w.now += time.Duration(1+w.choose(50)) * time.Millisecond
	t.At = w.now
	w.hear(t)
}

// liveOf is how many sessions of somebody are live and attached.
func (w *world) liveOf(p *person) int {
	n := 0
	for _, l := range w.links {
		if l.person == p && l.live && l.attached {
			n++
		}
	}
	return n
}

// push has something told to all live attached sessions of a teammate but one.
func (w *world) push(p *person, but *link, t Told) {
	for _, l := range w.links {
		if l.person == p && l != but && l.live && l.attached && (t.Kind != Granted || !l.gives() || w.choose(2) > 0) {
			t.Agent = l.app.agent
			l.told = append(l.told, t)
		}
	}
}

// gives tells whether what may be granted is on its way to be given back: the answer to that may be all that is told of it.
func (l *link) gives() bool {
	return slices.ContainsFunc(l.sent, func(r errand) bool { return r.op == OpLogout || r.op == OpLeave })
}

func (w *world) used() int {
	n := 0
	for _, p := range w.people {
		if p.number > 0 {
			n++
		}
	}
	return n
}

// open tells whether there is a seat.
func (w *world) open() bool {
	return w.used() < w.total || w.used() == w.total && w.wrong(oneSeatMore)
}

// grant gives somebody the lowest free number.
func (w *world) grant(p *person) {
	number := int32(1)
	for slices.ContainsFunc(w.people, func(o *person) bool { return o.number == number }) {
		number++
	}
	w.give(p, number)
}

func (w *world) give(p *person, number int32) {
	switch {
	case w.wrong(fenceReused):
	case w.wrong(fenceFalls):
		w.fence -= 3
	default:
		w.fence++
	}
	p.number, p.fence = number, w.fence
	p.waiting = false
	w.line = slices.DeleteFunc(w.line, func(o *person) bool { return o == p })
	w.version++
}

func (p *person) seat() Seat { return Seat{State: SeatHeld, Number: p.number, Fence: p.fence} }

// take away ends a stay. Sessions but one are told.
func (w *world) takeAway(p *person, but *link, reason string) {
	if !w.wrong(lossNotTold) {
		w.push(p, but, Told{Kind: Lost, Seat: Seat{Number: p.number, Fence: p.fence}, Code: reason})
	}
	p.number, p.fence = 0, 0
	w.version++
}

func (w *world) leaveLine(p *person) {
	p.waiting = false
	w.line = slices.DeleteFunc(w.line, func(o *person) bool { return o == p })
	w.version++
}

func (w *world) detach(p *person) {
	for _, l := range w.links {
		if l.person == p {
			l.attached, l.place = false, 0
		}
	}
}

// ready are those who can be served, in order.
func (w *world) ready() []*person {
	var ready []*person
	for _, p := range w.line {
		if w.liveOf(p) > 0 && !p.cooled {
			ready = append(ready, p)
		}
	}
	return ready
}

// settle serves who waits, and tells those behind them.
func (w *world) settle() {
	for ready := w.ready(); len(ready) > 0 && w.open() && !w.wrong(newcomerPasses); ready = w.ready() {
		p := ready[0]
		if len(ready) > 1 && w.wrong(waiterPassed) {
			p = ready[len(ready)-1]
		}
		w.grant(p)
		w.push(p, nil, Told{Kind: Granted, Seat: p.seat(), Code: "waitlist"})
	}
	for _, l := range w.links {
		if !l.live || !l.attached || !l.person.waiting || l.place == 0 {
			continue
		}
		place := w.place(l.person)
		if w.wrong(placeRises) {
			place = l.place + 1
		}
		if place != l.place {
			l.place = place
			l.told = append(l.told, Told{Kind: Placed, Agent: l.app.agent, Seat: Seat{Place: place}})
		}
	}
}

func (w *world) place(p *person) int32 { return int32(slices.Index(w.line, p) + 1) }

// show has a link told of what the board is.
func (w *world) show(l *link, whole bool) {
	if !l.live || l.shown == w.version && !whole {
		return
	}
	t := Told{Kind: Showed, Agent: l.app.agent, Feed: FeedBoard, Epoch: "1", Version: w.version, Digest: w.version * 7}
	if !whole {
		t.From = l.shown - uint64(w.choose(2))
		t.From = max(t.From, 1)
	}
	if w.wrong(versionBack) {
		t.Version -= 2
	}
	if w.wrong(otherDigest) {
		t.Digest++
	}
	l.shown = w.version
	l.told = append(l.told, t)
}

// ending is the license as it is now.
func (w *world) ending() Ending {
	e := Ending{BoardAt: wire.Position{Epoch: "1", Version: w.version}}
	for _, p := range w.people {
		if p.number > 0 {
			e.Board.Holders = append(e.Board.Holders, wire.Holder{Teammate: name(p), Number: int(p.number), Fence: p.fence})
		}
	}
	for i, p := range w.line {
		state := wire.WaiterWaiting
		if w.liveOf(p) == 0 {
			state = wire.WaiterGrace
		}
		e.Board.Waitlist = append(e.Board.Waitlist, wire.Waiter{Teammate: name(p), Place: i + 1, State: state, Eligible: !p.cooled})
	}
	return e
}
