package gateway_test

import (
	"testing"

	"usher/gateway/wire"

	"github.com/google/go-cmp/cmp"
)

// What a teammate may open follows from two switches and the seat, in all their combinations.
func TestAccess(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	n := h.node()
	all := wire.Access{Team: true, OutgoingCalls: true}
	operator := func(a wire.Access, inbox string) wire.Access {
		a.Inbox, a.Visitors, a.OutgoingClients = inbox, true, true
		return a
	}
	administrator := func(a wire.Access) wire.Access {
		a.OutgoingClients, a.Settings, a.Statistics = true, true, true
		a.ClientList, a.Dialogues, a.Tasks = "all", "all", "all"
		return a
	}
	own := all
	own.ClientList, own.Dialogues, own.Tasks = "own", "own", "own"
	neither := own
	neither.Inbox = "not_operator"
	boss := administrator(all)
	boss.Inbox = "not_operator"
	for _, tc := range []struct {
		who, ask, state, code string
		want                  wire.Access
	}{
		{"tm_ann", `"seat":"auto"`, "held", "", operator(own, "open")},
		{"tm_eve", `"seat":"auto"`, "held", "", operator(administrator(all), "open")},
		{"tm_bob", `"seat":"auto"`, "refused", "seats_full", operator(own, "no_seat")},
		{"tm_bob", `"seat":"none"`, "none", "", operator(own, "no_seat")},
		{"tm_eve", `"seat":"none"`, "none", "", operator(administrator(all), "no_seat")},
		{"tm_meg", `"seat":"auto"`, "refused", "not_operator", boss},
		{"tm_meg", `"seat":"none"`, "none", "", boss},
		{"tm_ned", `"seat":"auto"`, "refused", "not_operator", neither},
		{"tm_ned", `"seat":"none"`, "none", "", neither},
	} {
		_, w := login(t, n, tc.who, tc.ask)
		if w.Seat.State != tc.state || w.Seat.Code != tc.code {
			t.Errorf("%s %s: %+v", tc.who, tc.ask, w.Seat)
		}
		if d := cmp.Diff(tc.want, w.Access); d != "" {
			t.Errorf("%s %s (- wanted):\n%s", tc.who, tc.ask, d)
		}
		if w.Access.Payments {
			t.Errorf("%s may open payments", tc.who)
		}
	}
}

func TestExplainTakesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	n := h.node()
	bob, _ := login(t, n, "tm_bob", `"seat":"none"`)
	explain := func() wire.Explain { return data[wire.Explain](bob, bob.ask(wire.TypeSeatExplain, "{}")) }
	if e := explain(); e.Would != "granted" || e.Rule != "seat_open" || *e.Total != 1 || e.Used != 0 || len(e.Holders) != 0 {
		t.Errorf("%+v", e)
	}
	_, _ = login(t, n, "tm_ann")
	if e := explain(); e.Would != "refused" || e.Rule != "seats_full" || e.Used != 1 || len(e.Holders) != 1 {
		t.Errorf("%+v", e)
	}
	ned, _ := login(t, n, "tm_ned")
	if e := data[wire.Explain](ned, ned.ask(wire.TypeSeatExplain, "{}")); e.Rule != "not_operator" {
		t.Errorf("%+v", e)
	}
}
