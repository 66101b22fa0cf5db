package loadtest

// What a world's engine makes of requests: DESIGN's rules of a seat.

// does carries a request out, and answers it.
func (w *world) does(l *link, r errand) {
	answer := Told{Agent: l.app.agent, Kind: Answered, Op: r.op, Call: r.call}
	if r.kind == Connecting {
		answer.Kind = Welcomed
		w.resume(r)
	}
	switch r.op {
	case OpTake, OpWait:
		if !w.calm && r.kind == Asked && w.choose(12) == 0 { // refused for another reason
			w.fail(l, r, "rate_limited")
			return
		}
		hidden := !w.calm && r.kind == Asked && w.choose(12) == 0
		answer.Seat, answer.Code = w.take(l, r.op)
		if hidden {
			w.fail(l, r, "unavailable")
			switch answer.Seat.State {
			case SeatHeld:
				l.told = append(l.told, Told{Kind: Granted, Agent: l.app.agent, Seat: answer.Seat, Code: "recovered"})
			case SeatWaiting:
				l.told = append(l.told, Told{Kind: Placed, Agent: l.app.agent, Seat: Seat{Place: answer.Seat.Place}})
			default:
			}
			return
		}
	case OpLeave:
		w.leave(l)
	case OpUnwait:
		if l.person.number > 0 && l.attached {
			answer.Seat = l.person.seat()
			break
		}
		if l.attached {
			w.unwait(l.person, l)
		}
	case OpLogout:
		w.logout(l)
	case OpHandOver:
		if !w.handOver(l, r.to) {
			w.fail(l, r, "conflict")
			return
		}
	default:
	}
	l.told = append(l.told, answer)
	if r.kind == Connecting {
		w.show(l, true)
	}
}

func (w *world) fail(l *link, r errand, code string) {
	l.told = append(l.told, Told{Agent: l.app.agent, Kind: Failed, Op: r.op, Call: r.call, Code: code})
}

// resume ends the session that a hello goes on with.
func (w *world) resume(r errand) {
	old := r.resumes
	if old == nil || !old.live {
		return
	}
	old.sent = nil
	if old.attached && r.op == OpLogin {
		old.attached = false // the seat is in grace, if there is one
	}
	w.drop(old)
}

func (w *world) take(l *link, op Op) (Seat, string) {
	p := l.person
	if p.number > 0 && !l.attached && w.wrong(seatPerDevice) {
		w.fence++
		l.attached = true
		return Seat{State: SeatHeld, Number: p.number + 10, Fence: w.fence}, ""
	}
	l.attached = true
	switch {
	case p.number > 0:
		return p.seat(), ""
	case p.cooled && op == OpTake:
		return Seat{State: SeatRefused}, "cooldown"
	case p.waiting:
	case !p.cooled && w.open() && (len(w.ready()) == 0 || w.fault == newcomerPasses):
		w.grant(p)
		w.push(p, l, Told{Kind: Granted, Seat: p.seat(), Code: "other_device"})
		return p.seat(), ""
	case op == OpTake:
		return Seat{State: SeatRefused}, "seats_full"
	default:
		p.waiting = true
		w.line = append(w.line, p)
		w.version++
	}
	w.settle() // who is back may be first
	if p.number > 0 {
		return p.seat(), ""
	}
	l.place = w.place(p)
	return Seat{State: SeatWaiting, Place: l.place}, ""
}

func (w *world) leave(l *link) {
	p := l.person
	switch {
	case !l.attached:
	case p.number > 0:
		w.takeAway(p, l, "left")
		w.detach(p)
	default:
		w.unwait(p, l)
	}
}

func (w *world) unwait(p *person, but *link) {
	if p.waiting {
		w.push(p, but, Told{Kind: Placed})
		w.leaveLine(p)
	}
	w.detach(p)
}

func (w *world) logout(l *link) {
	p, attached := l.person, l.attached
	l.live, l.attached, l.ended = false, false, true
	l.closing = true
	if !attached || w.liveOf(p) > 0 || w.wrong(logoutForgotten) {
		return
	}
	if p.number > 0 {
		w.takeAway(p, l, "logged_out")
	}
	if p.waiting {
		w.leaveLine(p)
	}
}

func (w *world) handOver(l *link, to *person) bool {
	p := l.person
	if !l.attached || p.number == 0 || to == p || to.number > 0 || to.cooled || w.liveOf(to) == 0 {
		return false
	}
	number := p.number
	w.takeAway(p, l, "handed_over")
	w.detach(p)
	w.give(to, number)
	w.push(to, nil, Told{Kind: Granted, Seat: to.seat(), Code: "hand_over"})
	return true
}
