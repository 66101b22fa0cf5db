package gateway

import (
	"time"

	"usher/gateway/wire"
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
	return wire.Holder{
		Teammate: string(h.Teammate),
		Name:     h.Name,
		Number:   h.Number,
		Fence:    int64(h.Fence),
		Since:    wire.Time(h.Since),
		State:    state,
		Overage:  h.Overage,
		Sessions: h.Sessions,
	}
}

func wireHolders(holders []seats.Holder) []wire.Holder {
	shown := make([]wire.Holder, len(holders))
	for i, h := range holders {
		shown[i] = wireHolder(h)
	}
	return shown
}

func wireBoard(head seats.Head, holders []wire.Holder) wire.Board {
	return wire.Board{Cap: head.Cap, Total: wireTotal(head.Total), Used: head.Used, Holders: holders}
}

func wireHeld(h seats.Holder) wire.Seat {
	since, overage := wire.Time(h.Since), h.Overage
	return wire.Seat{
		State: wire.SeatHeld, Number: h.Number, Fence: int64(h.Fence), Since: &since, Overage: &overage,
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
	seats.SeatsFull:        "All seats are taken. Ask a holder to leave, or an administrator for more seats.",
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

func wireExplain(e seats.Explained, holders []wire.Holder) wire.Explain {
	would := wire.WouldRefuse
	if e.Rule.Grants() {
		would = wire.WouldGrant
	}
	return wire.Explain{
		Would: would, Rule: string(e.Rule), Total: wireTotal(e.Total), Used: e.Used, Holders: holders,
		RetryAfterMS: optionalMS(e.RetryAfter), NextChanceMS: optionalMS(e.NextChance),
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
