package gateway

import (
	"cmp"
	"time"

	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"
)

// What the wire shows of the engine's values.

func wireTotal(total int) *int {
	if total == seats.Unlimited {
		return nil
	}
	return &total
}

func wireHolder(h seats.Holder) wire.Holder {
	state := wire.HolderHeld
	if h.InGrace() {
		state = wire.HolderGrace
	}
	shown := wire.Holder{
		Teammate: string(h.Teammate),
		Name:     h.Name,
		Number:   h.Number,
		Fence:    int64(h.Fence),
		Since:    wire.Time(h.Since),
		State:    state,
		Routing:  string(h.Routing),
		Overage:  h.Overage,
		Sessions: h.Sessions,
	}
	if !h.IdleSince.IsZero() {
		idle := wire.Time(h.IdleSince)
		shown.IdleSince = &idle
	}
	return shown
}

// wireWaitlist shows waiters, which are in their order.
func wireWaitlist(head seats.Head, waiters []seats.Waiter) wire.Waitlist {
	shown := make(wire.Waitlist, len(waiters))
	for i, w := range waiters {
		state := wire.WaiterWaiting
		if w.InGrace() {
			state = wire.WaiterGrace
		}
		shown[i] = wire.Waiter{
			Teammate: string(w.Teammate), Name: w.Name, Place: i + 1, Since: wire.Time(w.Since), State: state,
			Eligible: head.Eligible(w),
		}
	}
	return shown
}

func wireHolders(holders []seats.Holder) []wire.Holder {
	shown := make([]wire.Holder, len(holders))
	for i, h := range holders {
		shown[i] = wireHolder(h)
	}
	return shown
}

// wireHead is a board without its lists.
func wireHead(head seats.Head) wire.Board {
	return wire.Board{Cap: head.Cap, Total: wireTotal(head.Total), Used: head.Used, Waiting: head.Waiting}
}

func wireHeld(h seats.Holder) wire.Seat {
	since, overage := wire.Time(h.Since), h.Overage
	return wire.Seat{
		State: wire.SeatHeld, Number: h.Number, Fence: int64(h.Fence), Since: &since, Overage: &overage, Routing: string(h.Routing),
	}
}

func wirePlace(w seats.Waiter, place int, holders []wire.Holder) wire.Seat {
	since := wire.Time(w.Since)
	return wire.Seat{State: wire.SeatWaiting, Place: place, Since: &since, Holders: holders}
}

func wireAsk(a seats.Ask, now time.Time) wire.AskReceived {
	return wire.AskReceived{
		Ask: string(a.ID), Of: string(a.Of), From: wire.Person{ID: string(a.From), Name: a.Name}, Note: a.Note,
		// now is an estimate, which may lag
		ExpiresMS: wire.MS(min(a.Until.Sub(now), seats.AskLife)),
	}
}

func wireRefused(code, message string, retryAfter time.Duration, holders []wire.Holder) wire.Seat {
	return wire.Seat{
		State: wire.SeatRefused, Code: code, Message: message, RetryAfterMS: optionalMS(retryAfter), Holders: holders,
	}
}

func optionalMS(d time.Duration) *int64 {
	if d <= 0 {
		return nil
	}
	ms := wire.MS(d)
	return &ms
}

// refusalMessages say what an operator can do about a refusal.
var refusalMessages = map[seats.RefusalCode]string{
	seats.LicenseSuspended: "The license is suspended. Ask an administrator.",
	seats.LicenseExpired:   "The license has expired. Ask an administrator.",
	seats.NotOperator:      "You are not an operator. An administrator can switch it on for you.",
	seats.InCooldown:       "An administrator freed your seat. Wait until the cooldown ends.",
	seats.SeatsFull:        "All seats are taken. Ask a holder to hand over, or an administrator for more seats; where the license has a waitlist, wait in line.",
	seats.Recovering:       "Who holds which seat is being found out. Try again.",
}

// handOverMessages say why a seat was not handed over.
var handOverMessages = map[seats.HandOverCode]string{
	seats.HandOverIsOff:       "Seats are not handed over on this license.",
	seats.NotAskedFor:         "On this license a seat is handed over to who asked for it alone.",
	seats.GiverWarned:         "The seat is about to go to who waits for it.",
	seats.ToNotOperator:       "Your colleague is not an operator.",
	seats.ToSeated:            "Your colleague holds a seat already.",
	seats.ToInCooldown:        "An administrator freed your colleague's seat a moment ago.",
	seats.ToNotPresent:        "Your colleague is not connected, or has not asked for a seat.",
	seats.HandOverUnavailable: "Who holds which seat is being found out. Try again.",
}

// askMessages say why an ask was not made.
var askMessages = map[seats.AskCode]string{
	seats.AskerSeated:  "You hold a seat already.",
	seats.AskerUnknown: "Ask for a seat first.",
	seats.AlreadyAsked: "You have asked already. Wait until you may ask again.",
	seats.TooManyAsks:  "You ask too often.",
}

func wireLicense(l License) wire.License {
	return wire.License{
		ID: string(l.ID), Name: l.Name, Status: string(l.Config.Status),
		Cap: l.Config.Cap, Total: wireTotal(l.Config.Total()),
	}
}

func wireTeammate(m seats.Member) wire.Teammate {
	return wire.Teammate{ID: string(m.Teammate), Name: m.Name, Operator: m.Operator, Administrator: m.Administrator}
}

func wireLost(l seats.Loss, now time.Time) wire.SeatLost {
	reason := l.Reason
	if reason == seats.LostLoggedOut { // by another device, while this one's node was not heard of
		reason = seats.LostLeft
	}
	lost := wire.SeatLost{Number: l.Number, Fence: int64(l.Fence), Reason: string(reason), Message: l.Message}
	if l.By != "" {
		by := string(l.By)
		lost.By = &by
	}
	if !l.CooldownUntil.IsZero() {
		// now is an estimate, which may be a little before the loss itself
		lost.RetryAfterMS = optionalMS(l.CooldownUntil.Sub(later(now, l.At)))
	}
	return lost
}

func wireExplain(e seats.Explained, o seats.Overage, board wire.Board) wire.Explain {
	would := wire.WouldRefuse
	switch {
	case e.Rule.Grants():
		would = wire.WouldGrant
	case e.Rule == seats.AlreadyWaiting:
		would = wire.WouldWait
	}
	explain := wire.Explain{
		Would: would, Rule: string(e.Rule), Cap: board.Cap, Overage: string(cmp.Or(o, seats.OverageNone)),
		Total: wireTotal(e.Total), Used: e.Used,
		Reserved: e.ReservedForOthers, ReservedAdministrators: e.Reserved, AdministratorsSeated: e.Administrators,
		Holders: board.Holders, Waitlist: board.Waitlist,
		RetryAfterMS: optionalMS(e.RetryAfter), NextChanceMS: optionalMS(e.NextChance),
	}
	if e.Place > 0 {
		explain.Place = &e.Place
	}
	return explain
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	shown := wire.Time(t)
	return &shown
}

// wireEntry shows a roster's entry as it is.
func wireEntry(e presence.Entry) wire.Entry {
	shown := wire.Entry{
		Teammate: string(e.Teammate), Name: e.Name, Operator: e.Operator, Administrator: e.Administrator,
		Status: string(e.Status), Note: e.Note, Until: optionalTime(e.Until), Since: optionalTime(e.Since),
		Devices: make([]wire.Device, len(e.Devices)),
	}
	for i, d := range e.Devices {
		shown.Devices[i] = wire.Device{
			Session: string(d.Session), Device: d.Name, Node: string(d.Node), Since: wire.Time(d.Since), Idle: d.Idle,
		}
	}
	if e.Status == presence.Offline {
		shown.LastSeen = optionalTime(e.Seen.At)
	}
	return shown
}

// wireOwn shows a teammate their own entry.
func wireOwn(e presence.Entry) wire.Entry {
	shown := wireEntry(e)
	for i := range shown.Devices {
		shown.Devices[i].Node = ""
	}
	return shown
}
