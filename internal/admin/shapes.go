package admin

import (
	"slices"
	"time"

	"usher/internal/directory"
	"usher/presence"
	"usher/seats"
)

func shownLicense(l directory.License) License {
	shown := License{
		Id: l.ID, Name: l.Name, Cap: l.Cap, PriceCents: l.PriceCents, Currency: l.Currency, Status: Status(l.Status),
		Policy: l.Policy, Revision: l.Revision, Created: l.Created,
	}
	if !l.Deleted.IsZero() {
		shown.Deleted = &l.Deleted
	}
	shown.Expires = shownMoment(l.Expires)
	return shown
}

// oneLicense is the answer about a license. applied is nil where nothing was changed.
func oneLicense(l directory.License, applied *bool) OneLicenseJSONResponse {
	shown := shownLicense(l)
	shown.Applied = applied
	return OneLicenseJSONResponse{Body: shown, Headers: OneLicenseResponseHeaders{ETag: etag(l.Revision)}}
}

func shownTeammate(t directory.Teammate) Teammate {
	shown := Teammate{
		Id: t.ID, Email: t.Email, Name: t.Name, Operator: t.Operator, Administrator: t.Administrator, Created: t.Created,
	}
	if !t.Removed.IsZero() {
		shown.Removed = &t.Removed
	}
	return shown
}

// changedTeammate is the answer to a change of a teammate.
func changedTeammate(l directory.License, t directory.Teammate, applied bool) Teammate {
	shown := shownTeammate(t)
	shown.Revision, shown.Applied = &l.Revision, &applied
	return shown
}

func shownAll[T, S any](all []T, show func(T) S) []S {
	shown := make([]S, len(all))
	for i, one := range all {
		shown[i] = show(one)
	}
	return shown
}

func nextCursor(next string) *string {
	if next == "" {
		return nil
	}
	return &next
}

func shownBoard(b seats.Board) Board {
	return Board{
		Cap: b.Cap, Total: shownTotal(b.Total), Used: b.Used, Waiting: b.Waiting,
		Holders: shownAll(b.Holders, shownHolder), Waitlist: shownWaitlist(b), Feed: Position{Epoch: b.Epoch, Version: b.Version},
	}
}

func shownHolder(h seats.Holder) Holder {
	shown := Holder{
		Teammate: string(h.Teammate), Name: h.Name, Number: h.Number, Fence: int64(h.Fence), Since: shownTime(h.Since),
		State: HolderStateHeld, Routing: HolderRouting(h.Routing), Overage: h.Overage, Sessions: h.Sessions,
		IdleSince: shownMoment(h.IdleSince),
	}
	if h.InGrace() {
		shown.State = HolderStateGrace
	}
	return shown
}

// shownWaitlist are the waiters of a board in the order in which they stand.
func shownWaitlist(b seats.Board) []Waiter {
	inOrder := slices.SortedFunc(slices.Values(b.Waiters), func(x, y seats.Waiter) int {
		if b.Before(x, y) {
			return -1
		}
		return 1 // no two have the same turn
	})
	shown := make([]Waiter, len(inOrder))
	for i, w := range inOrder {
		shown[i] = Waiter{
			Teammate: string(w.Teammate), Name: w.Name, Place: i + 1, Since: shownTime(w.Since),
			State: WaiterStateWaiting, Eligible: b.Eligible(w),
		}
		if w.InGrace() {
			shown[i].State = WaiterStateGrace
		}
	}
	return shown
}

func shownEntry(e presence.Entry) RosterEntry {
	shown := RosterEntry{
		Teammate: string(e.Teammate), Name: e.Name, Operator: e.Operator, Administrator: e.Administrator,
		Status: RosterEntryStatus(e.Status), Note: e.Note, Until: shownMoment(e.Until), Since: shownMoment(e.Since),
		Devices: shownAll(e.Devices, shownDevice),
	}
	if e.Status == presence.Offline {
		shown.LastSeen = shownMoment(e.Seen.At)
	}
	return shown
}

func shownDevice(d presence.Device) RosterDevice {
	return RosterDevice{Session: string(d.Session), Device: d.Name, Node: string(d.Node), Since: shownTime(d.Since), Idle: d.Idle}
}

func shownSession(teammate, name string, d presence.Device) Session {
	return Session{
		Session: string(d.Session), Teammate: teammate, Name: name, Device: d.Name, Node: string(d.Node),
		Since: shownTime(d.Since), Idle: d.Idle,
	}
}

func shownTime(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// shownMoment is a time, or nil for none.
func shownMoment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	shown := shownTime(t)
	return &shown
}

// shownTotal is nil where there is no limit.
func shownTotal(total int) *int {
	if total == seats.Unlimited {
		return nil
	}
	return &total
}

func shownExplanation(l directory.License, e seats.Explained, b seats.Board) Explanation {
	shown := Explanation{
		Would: ExplanationWouldRefused, Rule: ExplanationRule(e.Rule),
		Cap: l.Cap, Overage: l.Policy.Rules().Overage, Total: shownTotal(e.Total), Used: e.Used,
		Reserved: e.ReservedForOthers, ReservedAdministrators: e.Reserved, AdministratorsSeated: e.Administrators,
		Holders: shownAll(b.Holders, shownHolder), Waitlist: shownWaitlist(b),
		RetryAfterMs: shownWait(e.RetryAfter), NextChanceMs: shownWait(e.NextChance),
	}
	switch {
	case e.Rule.Grants():
		shown.Would = ExplanationWouldGranted
	case e.Rule == seats.AlreadyWaiting:
		shown.Would = ExplanationWouldWaiting
	}
	if e.Place > 0 {
		shown.Place = &e.Place
	}
	return shown
}

// shownWait is a wait in milliseconds, rounded up so that nobody comes back too early, or nil for none.
func shownWait(d time.Duration) *int64 {
	if d <= 0 {
		return nil
	}
	ms := int64((d + time.Millisecond - 1) / time.Millisecond)
	return &ms
}
