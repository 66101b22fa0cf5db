package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/internal/admin"
	"usher/seats"
)

func TestSeatsBoard(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	eve := h.token("lic", "tm_eve")
	got := h.call("GET", "/v1/licenses/lic/seats", eve, "")
	if got.raw != `{"cap":2,"feed":{"epoch":"1","version":0},"holders":[],"total":2,"used":0,"waiting":0,"waitlist":[]}`+"\n" {
		t.Errorf("empty: %s", got.raw)
	}
	since := h.clock.Now()
	fence := h.take("tm_ann")
	got = h.call("GET", "/v1/licenses/lic/seats", eve, "")
	want := fmt.Sprintf(`{"fence":%d,"idle_since":null,"name":"Ann","number":1,"overage":false,"routing":"accepting_chats","sessions":1,`+
		`"since":%q,"state":"held","teammate":"tm_ann"}`, fence, since.UTC().Format(time.RFC3339Nano))
	if holders, _ := json.Marshal(got.body["holders"]); got.body["used"] != 1.0 || string(holders) != "["+want+"]" {
		t.Errorf("held: %s, want %s", got.raw, want)
	}
	if !strings.Contains(got.raw, `"feed":{"epoch":"1","version":2}`) {
		t.Errorf("held: the feed is elsewhere: %s", got.raw)
	}
	idle := h.clock.Now()
	h.does(seats.SetIdle{Teammate: "tm_ann", Session: "ses_tm_ann", Seq: h.seq(), Idle: true},
		seats.SetRouting{Teammate: "tm_ann", Session: "ses_tm_ann", Seq: h.seq(), Fence: seats.Fence(fence), Routing: seats.NotAcceptingChats})
	got = h.call("GET", "/v1/licenses/lic/seats", eve, "")
	if !strings.Contains(got.raw, `"idle_since":"`+idle.UTC().Format(time.RFC3339Nano)) || !strings.Contains(got.raw, `"routing":"not_accepting_chats"`) {
		t.Errorf("idle: %s", got.raw)
	}
	h.does(seats.Drop{Teammate: "tm_ann", Session: "ses_tm_ann"})
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"policy":{"overage":"always"}}`).want(t, "no limit", 200, "")
	got = h.call("GET", "/v1/licenses/lic/seats", eve, "")
	if !strings.Contains(got.raw, `"state":"grace"`) || !strings.Contains(got.raw, `"total":null`) || !strings.Contains(got.raw, `"idle_since":null`) {
		t.Errorf("grace, no limit: %s", got.raw)
	}
}

func TestSeatsWaitlist(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"cap":1,"policy":{"administrators_first":true,"cooldown_ms":60000}}`).want(t, "policy", 200, "")
	h.addOperator("tm_dan")
	h.take("tm_dan")
	h.call("POST", "/v1/licenses/lic/seats/tm_dan/free", h.key, ``).want(t, "free", 200, "")
	h.take("tm_ann")
	type place struct {
		teammate, state string
		place           float64
		eligible        bool
	}
	want := []place{{"tm_eve", "waiting", 1, true}, {"tm_dan", "waiting", 2, false}, {"tm_bob", "grace", 3, true}}
	for _, who := range []string{"tm_dan", "tm_bob", "tm_eve"} {
		if reply, ok := h.tryWait(who).(seats.Waiting); !ok {
			t.Fatalf("%s: %#v", who, reply)
		}
	}
	h.does(seats.Drop{Teammate: "tm_bob", Session: "ses_tm_bob"})
	got := h.call("GET", "/v1/licenses/lic/seats", h.key, "")
	list, _ := got.body["waitlist"].([]any)
	if got.body["waiting"] != 3.0 || len(list) != 3 {
		t.Fatalf("got %s", got.raw)
	}
	for i, w := range want {
		shown := list[i].(map[string]any)
		if (place{shown["teammate"].(string), shown["state"].(string), shown["place"].(float64), shown["eligible"].(bool)}) != w ||
			shown["name"] == "" || shown["since"] == "" {
			t.Errorf("place %d: got %v, want %+v", i+1, shown, w)
		}
	}
	explained := h.call("GET", "/v1/licenses/lic/seats/explain?teammate=tm_bob", h.key, "")
	if explained.body["would"] != "waiting" || explained.body["rule"] != "already_waiting" || explained.body["place"] != 3.0 ||
		len(explained.body["waitlist"].([]any)) != 3 {
		t.Errorf("explained: %s", explained.raw)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	explain := func(teammate string) answer {
		t.Helper()
		return h.call("GET", "/v1/licenses/lic/seats/explain?teammate="+teammate, h.key, "")
	}
	check := func(teammate, would, rule string) answer {
		t.Helper()
		got := explain(teammate)
		if got.status != 200 || got.body["would"] != would || got.body["rule"] != rule {
			t.Errorf("%s: got %d %s, want %s by %s", teammate, got.status, got.raw, would, rule)
		}
		return got
	}
	check("tm_ann", "granted", "seat_open")
	check("tm_meg", "refused", "not_operator")
	h.take("tm_ann")
	h.take("tm_bob")
	check("tm_ann", "granted", "already_seated")
	got := check("tm_eve", "refused", "seats_full")
	if got.body["total"] != 2.0 || got.body["used"] != 2.0 || len(got.body["holders"].([]any)) != 2 || got.body["next_chance_ms"] != nil {
		t.Errorf("full: %s", got.raw)
	}
	h.does(seats.Drop{Teammate: "tm_ann", Session: "ses_tm_ann"})
	if got := check("tm_eve", "refused", "seats_full"); got.body["next_chance_ms"] != 30000.0 {
		t.Errorf("a seat in grace: %s", got.raw)
	}
	h.call("POST", freeAnn, h.key, `{"cooldown_ms":60000}`).want(t, "free", 200, "")
	if got := check("tm_ann", "refused", "cooldown"); got.body["retry_after_ms"] != 60000.0 {
		t.Errorf("cooldown: %s", got.raw)
	}
	if got := h.call("GET", "/v1/licenses/lic/seats", h.key, ""); got.body["used"] != 1.0 {
		t.Errorf("explaining took a seat: %s", got.raw)
	}
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"policy":{"overage":"always"},"status":"suspended"}`).want(t, "suspend", 200, "")
	if got := check("tm_eve", "refused", "license_suspended"); got.body["total"] != nil {
		t.Errorf("no limit: %s", got.raw)
	}
	explain("tm_nobody").want(t, "nobody", 404, "not_found")
	explain("tm_far").want(t, "another license's", 404, "not_found")
	explain("").want(t, "no teammate", 400, "bad_request")
	explain("a%20b").want(t, "no id", 400, "bad_request")
	h.engine.cut.Store(true)
	explain("tm_eve").want(t, "cut off", 503, "unavailable")
	h.call("GET", "/v1/licenses/lic/seats", h.key, "").want(t, "board cut off", 503, "unavailable")
}

// How the total and the reservation come about, for one who may use it and one who may not.
func TestExplainReservation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"cap":3,"policy":{"overage":"1.25x","reserved":{"administrators":2}}}`).want(t, "policy", 200, "")
	h.take("tm_ann")
	for _, tc := range []struct{ teammate, want string }{
		{"tm_bob", `{"administrators_seated":0,"cap":3,"next_chance_ms":null,"overage":"1.25x","place":null,"reserved":2,"reserved_administrators":2,` +
			`"retry_after_ms":null,"rule":"seats_full","total":3,"used":1,"would":"refused"}`},
		{"tm_eve", `{"administrators_seated":0,"cap":3,"next_chance_ms":null,"overage":"1.25x","place":null,"reserved":0,"reserved_administrators":2,` +
			`"retry_after_ms":null,"rule":"seat_open","total":3,"used":1,"would":"granted"}`},
	} {
		got := h.call("GET", "/v1/licenses/lic/seats/explain?teammate="+tc.teammate, h.key, "")
		delete(got.body, "holders")
		delete(got.body, "waitlist")
		if rest, _ := json.Marshal(got.body); string(rest) != tc.want {
			t.Errorf("%s: got %s, want %s", tc.teammate, rest, tc.want)
		}
	}
	h.take("tm_eve")
	got := h.call("GET", "/v1/licenses/lic/seats/explain?teammate=tm_bob", h.key, "")
	if got.body["reserved"] != 1.0 || got.body["administrators_seated"] != 1.0 || got.body["used"] != 2.0 {
		t.Errorf("with an administrator seated: %s", got.raw)
	}
}

// After the engine forgot it is found out first who held which seat: nobody is told that there is no seat before that.
func TestWhileTheEngineRecovers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take("tm_ann")
	held := h.take("tm_bob")
	h.forget(35 * time.Second)
	for what, got := range map[string]answer{
		"free":              h.call("POST", freeAnn, h.key, `{}`),
		"free all":          h.call("POST", "/v1/licenses/lic/seats/free", h.key, `{}`),
		"hand over":         h.call("POST", handOverAnn, h.key, `{"to":"tm_eve"}`),
		"hand over a fence": h.call("POST", handOverAnn, h.key, fmt.Sprintf(`{"to":"tm_eve","fence":%d}`, held)),
	} {
		got.want(t, what, 503, "unavailable")
		if got.header.Get("Retry-After") != "35" {
			t.Errorf("%s: Retry-After is %q", what, got.header.Get("Retry-After"))
		}
	}
	if left := h.cooldowns(); len(left) != 0 {
		t.Errorf("cooldowns of nobody: %v", left)
	}
	got := h.call("GET", "/v1/licenses/lic/seats/explain?teammate=tm_eve", h.key, "")
	if got.body["would"] != "refused" || got.body["rule"] != "unavailable" || got.body["retry_after_ms"] != 35000.0 {
		t.Errorf("explained: %s", got.raw)
	}
	// A seat that is not claimed yet can be freed by its fence, and can't be claimed any more.
	exact := fmt.Sprintf(`{"fence":%d}`, held)
	if got := h.call("POST", "/v1/licenses/lic/seats/tm_bob/free", h.key, exact); got.status != 200 || got.body["number"] != 0.0 || got.body["fence"] != float64(held) {
		t.Errorf("freed: %d %s", got.status, got.raw)
	}
	if left := h.cooldowns(); left["tm_bob"] != time.Minute {
		t.Errorf("cooldowns: %v", left)
	}
	// Where this node's replica knows the number, it is told.
	s := h.server(func(o *admin.Options) {
		o.Floors = fixed{h.floors, seats.Board{Losses: []seats.Loss{
			{Teammate: "tm_bob", Number: 7, Fence: seats.Fence(held - 1)}, {Teammate: "tm_ann", Number: 1, Fence: seats.Fence(held)},
			{Teammate: "tm_bob", Number: 2, Fence: seats.Fence(held)},
		}}}
	})
	if got := h.callWith(s, "POST", "/v1/licenses/lic/seats/tm_bob/free", h.key, exact, nil); got.status != 200 || got.body["number"] != 2.0 {
		t.Errorf("freed again: %d %s", got.status, got.raw)
	}
	h.clock.Advance(35 * time.Second)
	h.call("POST", freeAnn, h.key, `{}`).want(t, "after the window", 404, "not_seated")
}

// fixed is a replica that shows one board.
type fixed struct {
	*floors
	board seats.Board
}

func (f fixed) Board(context.Context, seats.LicenseID) (seats.Board, error) {
	return f.board, nil
}
