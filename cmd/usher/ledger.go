package main

import (
	"cmp"
	"context"

	"usher/gateway"
	"usher/internal/alerts"
	"usher/internal/ledger"
	"usher/seats"
)

// book is the ledger as the gateway tells it what happened.
type book struct{ ledger *ledger.Ledger }

var _ gateway.Ledger = book{}

func (b book) Record(ctx context.Context, h gateway.Happenings) error {
	return b.ledger.Record(ctx, ledger.Happenings{
		Stays: all(h.Stays, toldStay), Waits: all(h.Waits, toldWait), Refusals: all(h.Refusals, toldRefusal), Notices: all(h.Notices, toldNotice),
	})
}

func (b book) Unended(ctx context.Context, license seats.LicenseID) (gateway.Happenings, error) {
	h, err := b.ledger.Unended(ctx, string(license))
	return gateway.Happenings{Stays: all(h.Stays, keptStay), Waits: all(h.Waits, keptWait)}, err
}

func all[A, B any](of []A, as func(A) B) []B {
	out := make([]B, len(of))
	for i := range of {
		out[i] = as(of[i])
	}
	return out
}

func toldStay(s gateway.Stay) ledger.Stay {
	return ledger.Stay{
		License: string(s.License), Fence: int64(s.Fence), Teammate: string(s.Teammate), Name: s.Name, Number: s.Number, Began: s.Since,
		Via: string(s.Via), Overage: s.Overage, Waited: s.Waited, Sessions: s.Sessions, Found: s.Found,
		Ended: s.Until, Reason: string(s.Reason), By: string(s.By), To: string(s.To), Message: s.Message,
	}
}

func keptStay(s ledger.Stay) gateway.Stay {
	return gateway.Stay{
		License: seats.LicenseID(s.License), Fence: seats.Fence(s.Fence), Teammate: seats.TeammateID(s.Teammate), Name: s.Name, Number: s.Number,
		Since: s.Began, Via: seats.Via(s.Via), Overage: s.Overage, Waited: s.Waited, Sessions: s.Sessions,
		Until: s.Ended, Reason: seats.Reason(s.Reason), By: seats.TeammateID(s.By), To: seats.TeammateID(s.To), Message: s.Message,
	}
}

func toldWait(w gateway.Wait) ledger.Wait {
	return ledger.Wait{
		License: string(w.License), Turn: int64(w.Turn), Teammate: string(w.Teammate), Name: w.Name, Began: w.Since, Found: w.Found,
		Ended: w.Until, Outcome: string(w.Outcome),
	}
}

func keptWait(w ledger.Wait) gateway.Wait {
	return gateway.Wait{
		License: seats.LicenseID(w.License), Turn: seats.Turn(w.Turn), Teammate: seats.TeammateID(w.Teammate), Name: w.Name, Since: w.Began,
		Until: w.Ended, Outcome: gateway.WaitOutcome(w.Outcome),
	}
}

func toldRefusal(r gateway.Refusal) ledger.Refusal {
	return ledger.Refusal{
		License: string(r.License), Session: string(r.Session), Seq: int64(r.Seq), Teammate: string(r.Teammate), Name: r.Name, At: r.At,
		Code: string(r.Code),
	}
}

func toldNotice(n gateway.Notice) ledger.Notice {
	told := ledger.Notice{License: string(n.License), At: n.At}
	who := cmp.Or(n.Name, string(n.Teammate))
	switch n.Kind {
	case gateway.NoticeAskedInVain:
		told.Kind, told.Detail = alerts.AskedInVain, map[string]any{"teammate": string(n.Teammate), "note": n.Detail}
		told.Text = who + " asked the administrators for a seat, and none of them was there."
	case gateway.NoticeViolation:
		told.Kind, told.Detail = alerts.AuditViolation, map[string]any{"violations": n.Detail}
		told.Text = "Usher found its own board to break the rules: please report this, with the servers' logs."
	}
	return told
}
