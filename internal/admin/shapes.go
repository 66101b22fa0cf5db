package admin

import (
	"time"

	"usher/internal/directory"
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
	return Board{Cap: b.Cap, Total: shownTotal(b.Total), Used: b.Used, Holders: shownAll(b.Holders, shownHolder)}
}

func shownHolder(h seats.Holder) Holder {
	shown := Holder{
		Teammate: string(h.Teammate), Name: h.Name, Number: h.Number, Fence: int64(h.Fence),
		Since: h.Since.UTC().Truncate(time.Millisecond), State: Held, Overage: h.Overage, Sessions: h.Sessions,
	}
	if h.InGrace() {
		shown.State = Grace
	}
	return shown
}

// shownTotal is nil where there is no limit.
func shownTotal(total int) *int {
	if total == seats.Unlimited {
		return nil
	}
	return &total
}

func shownExplanation(e seats.Explained, b seats.Board) Explanation {
	shown := Explanation{
		Would: Refused, Rule: ExplanationRule(e.Rule), Total: shownTotal(e.Total), Used: e.Used,
		Holders:      shownAll(b.Holders, shownHolder),
		RetryAfterMs: shownWait(e.RetryAfter), NextChanceMs: shownWait(e.NextChance),
	}
	if e.Rule.Grants() {
		shown.Would = Granted
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
