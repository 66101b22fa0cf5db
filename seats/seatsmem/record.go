package seatsmem

import "usher/seats"

// holder is a seat as the engine keeps it: a seats.Holder in half the room, but for whose it is.
type holder struct {
	name          string
	administrator bool
	overage       bool
	number        int
	sessions      int
	fence         seats.Fence
	via           seats.Via
	routing       seats.Routing
	since         int64
	graceUntil    int64
	idleSince     int64
	warnedUntil   int64
}

// waiter is a place in line as the engine keeps it: a seats.Waiter, but for whose it is.
type waiter struct {
	name          string
	administrator bool
	ready         bool // live and not in cooldown
	turn          seats.Turn
	since         int64
	graceUntil    int64
	cooldownUntil int64
}

// held is a teammate's seat as the outside sees it.
func (t *teammate) held() seats.Holder {
	h := &t.holder
	return seats.Holder{
		Teammate: t.id, Name: h.name, Administrator: h.administrator, Number: h.number, Fence: h.fence,
		Since: moment(h.since), GraceUntil: moment(h.graceUntil), Sessions: h.sessions, Overage: h.overage,
		Via: h.via, Routing: h.routing, IdleSince: moment(h.idleSince), WarnedUntil: moment(h.warnedUntil),
	}
}

// waited is a teammate's place as the outside sees it.
func (t *teammate) waited() seats.Waiter {
	w := &t.waiter
	return seats.Waiter{
		Teammate: t.id, Name: w.name, Administrator: w.administrator, Turn: w.turn,
		Since: moment(w.since), GraceUntil: moment(w.graceUntil), CooldownUntil: moment(w.cooldownUntil),
	}
}
