package loadtest

import (
	"slices"
	"time"
)

// What happens in a world: apps do something, requests arrive, apps hear what they are told, and time and administrators do the rest.

// step has one thing happen.
func (w *world) step() {
	p := w.people[w.choose(len(w.people))]
	switch n := w.choose(12); {
	case n < 3 && w.calm:
		w.comeOrGo(p.devices[w.choose(len(p.devices))], p)
	case n < 3:
		w.act(p.devices[w.choose(len(p.devices))], p)
	case n < 7:
		w.arrives(w.choose(len(w.people) + 4))
	case n < 11:
		w.hears(w.choose(len(w.people) + 4))
	case !w.calm:
		w.happens(p)
	case w.fault == lossNotTold && p.number > 0:
		w.takeAway(p, nil, "idle")
		w.settle()
	}
}

// comeOrGo has an app log in, out, leave or ask again, as it is its turn.
func (w *world) comeOrGo(a *app, p *person) {
	switch {
	case a.link == nil:
		w.connect(a, p, []Op{OpTake, OpWait, OpWait}[w.choose(3)])
	case len(a.link.open) > 0 || w.choose(3) > 0:
	case a.seat.State == SeatHeld:
		w.send(a.link, errand{kind: Asked, op: []Op{OpLeave, OpLogout, OpTake}[w.choose(3)]})
	case a.seat.State != SeatWaiting:
		w.send(a.link, errand{kind: Asked, op: OpWait})
	case w.choose(4) == 0:
		w.send(a.link, errand{kind: Asked, op: []Op{OpWait, OpWait, OpWait, OpWait, OpLogout, OpLeave}[w.choose(6)]})
	}
}

func (w *world) connect(a *app, p *person, op Op) {
	a.link = &link{person: p, app: a, live: true}
	w.links = append(w.links, a.link)
	w.send(a.link, errand{kind: Connecting, op: op, resumes: a.last})
}

// act has an app do something.
func (w *world) act(a *app, p *person) {
	if a.link == nil {
		w.connect(a, p, []Op{OpTake, OpTake, OpWait, OpWait, OpWait, OpLogin}[w.choose(6)])
		return
	}
	l := a.link
	switch w.choose(12) {
	case 0, 1:
		w.send(l, errand{kind: Asked, op: OpTake})
	case 2, 3, 4:
		w.send(l, errand{kind: Asked, op: OpWait})
	case 5:
		w.send(l, errand{kind: Asked, op: OpUnwait})
	case 6, 7:
		w.send(l, errand{kind: Asked, op: OpLeave})
	case 8, 9:
		w.send(l, errand{kind: Asked, op: OpLogout})
	case 10:
		w.send(l, errand{kind: Asked, op: OpHandOver, to: w.people[w.choose(len(w.people))]})
	default:
		w.cut(l)
	}
}

func (w *world) send(l *link, r errand) {
	if len(l.open) > 3 || slices.ContainsFunc(l.open, func(o errand) bool { return o.op == OpLogout || o.kind == Connecting }) {
		return
	}
	l.app.call++
	r.call = l.app.call
	l.sent, l.open = append(l.sent, r), append(l.open, r)
	w.tell(Told{Agent: l.app.agent, Kind: r.kind, Op: r.op, Call: r.call})
}

// cut ends a connection for its app. What it has sent may arrive yet.
func (w *world) cut(l *link) {
	for _, r := range l.open {
		w.tell(Told{Agent: l.app.agent, Kind: Unknown, Op: r.op, Call: r.call})
	}
	w.tell(Told{Agent: l.app.agent, Kind: Disconnected})
	l.app.link, l.cut, l.open = nil, true, nil
}

// arrives has a request arrive, or that a link was cut.
func (w *world) arrives(n int) {
	if len(w.links) == 0 {
		return
	}
	l := w.links[n%len(w.links)]
	switch {
	case len(l.sent) > 0:
		r := l.sent[0]
		l.sent = l.sent[1:]
		if l.live {
			w.does(l, r)
			w.settle()
		}
	case l.cut:
		w.drop(l)
	}
}

// drop has the server know that a link is gone.
func (w *world) drop(l *link) {
	l.live = false
	if l.cut {
		w.links = slices.DeleteFunc(w.links, func(o *link) bool { return o == l })
	}
	w.version++ // a seat in grace
	if w.wrong(graceCutShort) && w.liveOf(l.person) == 0 {
		w.expire(l.person)
	}
}

// hears has an app hear the next that it is told.
func (w *world) hears(n int) {
	if len(w.links) == 0 {
		return
	}
	l := w.links[n%len(w.links)]
	switch {
	case l.cut:
	case len(l.told) > 0:
		t := l.told[0]
		l.told = l.told[1:]
		l.open = slices.DeleteFunc(l.open, func(r errand) bool { return r.call == t.Call })
		if t.Kind == Welcomed {
			l.app.last = l
		}
		switch t.Kind {
		case Welcomed, Answered, Granted, Lost:
			l.app.seat = t.Seat
		default:
		}
		w.tell(t)
	case l.closing || !l.live:
		w.cut(l)
		if !l.live {
			w.links = slices.DeleteFunc(w.links, func(o *link) bool { return o == l })
		}
	default:
		w.show(l, false)
	}
}

// happens has time or an administrator do something.
func (w *world) happens(p *person) {
	switch w.choose(6) {
	case 0:
		if w.liveOf(p) == 0 {
			w.expire(p)
		}
	case 1:
		if p.number > 0 && w.choose(2) == 0 {
			p.cooled = true
			w.takeAway(p, nil, "freed")
		}
	case 2:
		p.cooled = false
	case 3:
		if len(w.links) > 0 && w.choose(2) == 0 { // the server gives a link up; its app hears later
			w.drop(w.links[w.choose(len(w.links))])
		}
	case 4:
		if w.choose(4) == 0 {
			w.later()
		}
	default:
		for _, l := range w.links {
			w.show(l, false)
		}
	}
	w.settle()
}

// expire ends the grace of somebody who is away.
func (w *world) expire(p *person) {
	if p.number > 0 {
		w.takeAway(p, nil, "expired")
	}
	if p.waiting {
		w.leaveLine(p)
	}
}

// later lets so much time pass that nothing sent before arrives any more.
func (w *world) later() {
	w.arriveAll()
	w.now += lateness + time.Minute
}

// arriveAll has all arrive that is on its way to the server.
func (w *world) arriveAll() {
	for i := 0; i < len(w.links); {
		if l := w.links[i]; len(l.sent) > 0 || l.cut {
			w.arrives(i)
			i = 0
		} else {
			i++
		}
	}
}

// quiet has all arrive, and all be told.
func (w *world) quiet() {
	w.arriveAll()
	for _, l := range w.links {
		w.show(l, false)
	}
	for i := 0; i < len(w.links); {
		l := w.links[i]
		if len(l.told) == 0 && l.live && !l.closing {
			i++
			continue
		}
		w.hears(i)
		if l.cut && slices.Contains(w.links, l) {
			w.drop(l)
		}
	}
	for _, l := range w.links {
		w.show(l, false)
		for len(l.told) > 0 {
			w.hears(slices.Index(w.links, l))
		}
	}
}
