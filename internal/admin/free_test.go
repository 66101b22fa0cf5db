package admin_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"usher/internal/admin"
	"usher/seats"
)

const freeAnn = "/v1/licenses/lic/seats/tm_ann/free"

// cooldowns reads what the database would give to the next generation.
func (h *house) cooldowns() map[string]time.Duration {
	h.t.Helper()
	o, err := h.dir.NextGeneration(h.t.Context(), "lic", 0, "")
	h.must(err)
	left := map[string]time.Duration{}
	for _, c := range o.Cooldowns {
		left[c.Teammate] = c.Until.Sub(h.clock.Now())
	}
	return left
}

func TestFree(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	eve := h.token("lic", "tm_eve")
	h.call("POST", freeAnn, eve, `{}`).want(t, "nobody", 404, "not_seated")
	h.call("POST", "/v1/licenses/lic/seats/tm_nobody/free", eve, ``).want(t, "unknown", 404, "not_seated")
	h.call("POST", freeAnn, eve, `{"fence":5}`).want(t, "nobody, by fence", 404, "not_seated")
	if left := h.cooldowns(); len(left) != 0 {
		t.Errorf("cooldowns of nobody: %v", left)
	}

	fence := h.take("tm_ann")
	stale := fmt.Sprintf(`{"fence":%d}`, fence-1)
	h.call("POST", freeAnn, eve, stale).want(t, "stale", 409, "stale_fence")
	if left := h.cooldowns(); len(left) != 0 {
		t.Errorf("cooldowns of a stale fence: %v", left)
	}

	exact := fmt.Sprintf(`{"reason":"Lunch is over","cooldown_ms":90000,"fence":%d}`, fence)
	want := fmt.Sprintf(`{"fence":%d,"number":1}`, fence) + "\n"
	for range 2 { // sent twice, it is answered alike
		if got := h.call("POST", freeAnn, eve, exact); got.status != 200 || got.raw != want {
			t.Errorf("got %d %s, want %s", got.status, got.raw, want)
		}
		if left := h.cooldowns(); len(left) != 1 || left["tm_ann"] != 90*time.Second {
			t.Errorf("cooldowns %v, want 90 s for Ann", left)
		}
	}
	loss := h.board().Losses[0]
	if loss.By != "tm_eve" || loss.Message != "Lunch is over" || !loss.CooldownUntil.Equal(h.clock.Now().Add(90*time.Second)) {
		t.Errorf("the holder is told %+v", loss)
	}
	if refused, ok := h.tryTake("tm_ann").(seats.Refused); !ok || refused.Code != seats.InCooldown {
		t.Error("Ann came straight back")
	}
}

func TestFreeDefaults(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"policy":{"cooldown_ms":5000}}`).want(t, "policy", 200, "")
	h.take("tm_ann")
	h.call("POST", freeAnn, h.key, ``).want(t, "without a body", 200, "")
	if left := h.cooldowns(); left["tm_ann"] != 5*time.Second {
		t.Errorf("cooldowns %v, want the policy's 5 s", left)
	}
	h.take("tm_bob")
	h.call("POST", "/v1/licenses/lic/seats/tm_bob/free", h.key, `{"cooldown_ms":0}`).want(t, "without a cooldown", 200, "")
	h.take("tm_bob")
	if _, ok := h.cooldowns()["tm_bob"]; ok {
		t.Error("a cooldown of 0 was kept")
	}
	for _, bad := range []string{
		`{"cooldown_ms":-1}`, `{"cooldown_ms":604800001}`, `{"cooldown_ms":null}`, `{"fence":0}`, `{"fence":"1"}`, `{"reason":5}`,
		`{"reason":"` + strings.Repeat("é", 251) + `"}`, `{"reason":"` + strings.Repeat("a", 501) + `"}`,
	} {
		h.call("POST", "/v1/licenses/lic/seats/tm_bob/free", h.key, bad).want(t, bad, 400, "bad_request")
	}
}

func TestFreeIsUndoneWhenTheEngineIsCutOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	fence := h.take("tm_ann")
	h.engine.cut.Store(true)
	for _, body := range []string{`{}`, fmt.Sprintf(`{"fence":%d}`, fence)} {
		got := h.call("POST", freeAnn, h.key, body)
		got.want(t, body, 503, "unavailable")
		if got.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", body)
		}
	}
	if left := h.cooldowns(); len(left) != 0 {
		t.Errorf("cooldowns %v are left of a seat that was not freed", left)
	}
	h.engine.cut.Store(false)
	h.call("POST", freeAnn, h.key, fmt.Sprintf(`{"fence":%d}`, fence)).want(t, "again", 200, "")
}

// A client of the engine that lost its answer asks again, and is told of a seat that was freed without anything
// that changed: the cooldown is in force.
func TestCooldownStaysWhenTheEnginesAnswerWasLost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take("tm_ann")
	h.engine.twice.Store(true)
	h.call("POST", freeAnn, h.key, `{"cooldown_ms":60000}`).want(t, "free", 200, "")
	h.engine.twice.Store(false)
	if left := h.cooldowns(); left["tm_ann"] != time.Minute {
		t.Errorf("cooldowns in the database: %v, want a minute for Ann", left)
	}
	if refused, ok := h.tryTake("tm_ann").(seats.Refused); !ok || refused.Code != seats.InCooldown {
		t.Error("Ann came straight back")
	}
}

const freeAll = "/v1/licenses/lic/seats/free"

func TestFreeAll(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	eve := h.token("lic", "tm_eve")
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"cap":3,"policy":{"cooldown_ms":5000}}`).want(t, "policy", 200, "")
	if got := h.call("POST", freeAll, eve, `{"reason":"Closing time"}`); got.status != 200 || got.raw != `{"freed":[]}`+"\n" {
		t.Errorf("nobody: %d %s", got.status, got.raw)
	}
	ann, bob := h.take("tm_ann"), h.take("tm_bob")
	h.does(seats.Drop{Teammate: "tm_bob", Session: "ses_tm_bob"}) // in grace is seated
	got := h.call("POST", freeAll, eve, `{"reason":"Closing time"}`)
	want := fmt.Sprintf(`{"freed":[{"fence":%d,"number":1,"teammate":"tm_ann"},{"fence":%d,"number":2,"teammate":"tm_bob"}]}`, ann, bob) + "\n"
	if got.status != 200 || got.raw != want {
		t.Errorf("got %d %s, want %s", got.status, got.raw, want)
	}
	if left := h.cooldowns(); len(left) != 2 || left["tm_ann"] != 5*time.Second || left["tm_bob"] != 5*time.Second {
		t.Errorf("cooldowns %v, want the policy's 5 s for both", left)
	}
	for _, loss := range h.board().Losses {
		if loss.Reason != seats.LostFreed || loss.By != "tm_eve" || loss.Message != "Closing time" || loss.CooldownUntil.IsZero() {
			t.Errorf("a holder is told %+v", loss)
		}
	}
	if got := h.call("POST", freeAll, eve, `{}`); got.status != 200 || got.raw != `{"freed":[]}`+"\n" {
		t.Errorf("again: %d %s", got.status, got.raw)
	}
	for _, bad := range []string{`{"idle_over_ms":-1}`, `{"idle_over_ms":604800001}`, `{"idle_over_ms":"1h"}`, `{"reason":5}`, ``,
		`{"reason":"` + strings.Repeat("é", 251) + `"}`} {
		h.call("POST", freeAll, eve, bad).want(t, bad, 400, "bad_request")
	}
}

// Seats that become free go to who waits, in the same step; those are not freed in their turn.
func TestFreeAllSeatsWhoWaits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"cap":1}`).want(t, "cap", 200, "")
	h.take("tm_ann")
	h.tryWait("tm_bob")
	if got := h.call("POST", freeAll, h.key, `{}`); strings.Contains(got.raw, "tm_bob") || !strings.Contains(got.raw, "tm_ann") {
		t.Errorf("freed %s", got.raw)
	}
	if b := h.board(); len(b.Holders) != 1 || b.Holders[0].Teammate != "tm_bob" {
		t.Errorf("seated are %+v", b.Holders)
	}
}

func TestFreeIdle(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"cap":4}`).want(t, "cap", 200, "")
	h.addOperator("tm_dan")
	for _, who := range []string{"tm_ann", "tm_bob", "tm_eve", "tm_dan"} {
		h.take(who)
	}
	idle := func(who seats.TeammateID) {
		h.does(seats.SetIdle{Teammate: who, Session: seats.SessionID("ses_" + who), Seq: h.seq(), Idle: true})
	}
	idle("tm_ann")
	idle("tm_dan")
	h.does(seats.Drop{Teammate: "tm_dan", Session: "ses_tm_dan"}) // away altogether: grace ends that, not this
	h.clock.Advance(time.Second)
	idle("tm_bob")
	h.clock.Advance(9 * time.Second)
	freed := func(body, want string) {
		t.Helper()
		got := h.call("POST", freeAll, h.key, body)
		var who []string
		for _, f := range got.body["freed"].([]any) {
			who = append(who, f.(map[string]any)["teammate"].(string))
		}
		if got.status != 200 || strings.Join(who, " ") != want {
			t.Errorf("%s: freed %q, want %q", body, who, want)
		}
	}
	freed(`{"idle_over_ms":10000}`, "")
	freed(`{"idle_over_ms":9999}`, "tm_ann")
	freed(`{"idle_over_ms":0}`, "tm_bob")
	if b := h.board(); len(b.Holders) != 2 {
		t.Errorf("seated are %+v", b.Holders)
	}
}

// More seats than one batch has, and an engine that is cut off between two: what was done stands and is told, the rest
// has no cooldown, and the same call goes on where this one ended.
func TestFreeAllInPart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const n = seats.MaxBatch + 10
	h.call("PATCH", "/v1/licenses/lic", h.key, fmt.Sprintf(`{"cap":%d}`, n)).want(t, "cap", 200, "")
	l, err := h.dir.License(t.Context(), "lic")
	h.must(err)
	takes := make([]seats.Command, n)
	for i := range takes {
		id := seats.TeammateID(fmt.Sprintf("tm_%03d", i))
		takes[i] = seats.Take{
			Member: seats.Member{Teammate: id, Operator: true}, Revision: seats.Revision(l.Revision), Session: seats.SessionID("ses_" + id), Seq: 1,
		}
	}
	for _, some := range [][]seats.Command{takes[:200], takes[200:]} {
		h.does(append([]seats.Command{seats.Renew{Lease: time.Hour}}, some...)...)
	}
	if b := h.board(); b.Used != n {
		t.Fatalf("%d are seated, want %d", b.Used, n)
	}
	h.engine.allow(2) // to read the board, and the first batch
	got := h.call("POST", freeAll, h.key, `{}`)
	got.want(t, "cut off", 503, "unavailable")
	if detail, _ := got.body["detail"].(string); !strings.HasPrefix(detail, "256 of 266 seats were freed;") || got.header.Get("Retry-After") == "" {
		t.Errorf("the caller is told %q", detail)
	}
	h.engine.allow(-1)
	if left := h.cooldowns(); len(left) != 256 || left["tm_255"] == 0 || left["tm_256"] != 0 {
		t.Errorf("%d cooldowns", len(left))
	}
	got = h.call("POST", freeAll, h.key, `{}`)
	if freed, _ := got.body["freed"].([]any); got.status != 200 || len(freed) != 10 {
		t.Errorf("then %d %s", got.status, got.raw)
	}
	if left := h.cooldowns(); len(left) != n || h.board().Used != 0 {
		t.Errorf("%d cooldowns, %d seated", len(left), h.board().Used)
	}
}

// One who leaves while all are freed keeps no cooldown: they were not freed.
func TestFreeAllPassesOverWhoLeavesMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take("tm_ann")
	fence := h.take("tm_bob")
	s := h.server(func(o *admin.Options) {
		o.Admission = meanwhile{h.admission, func() {
			h.does(seats.Leave{Teammate: "tm_bob", Session: "ses_tm_bob", Seq: h.seq(), Fence: seats.Fence(fence)})
		}}
	})
	got := h.callWith(s, "POST", freeAll, h.key, `{}`, nil)
	if got.status != 200 || strings.Contains(got.raw, "tm_bob") || !strings.Contains(got.raw, "tm_ann") {
		t.Errorf("freed %d %s", got.status, got.raw)
	}
	if left := h.cooldowns(); len(left) != 1 || left["tm_ann"] == 0 {
		t.Errorf("cooldowns: %v", left)
	}
}

// meanwhile does something before each free or lift.
type meanwhile struct {
	*seats.Admission
	do func()
}

func (m meanwhile) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	switch b.Commands[0].(type) {
	case seats.Free, seats.Lift:
		m.do()
	}
	return m.Admission.Do(ctx, b)
}

// Who asked may be gone by the time that the engine acts: what is committed is carried out all the same.
func TestFreeAndLiftAreCarriedOutWhenTheCallerGoesAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take("tm_ann")
	callAndGo := func(method, path string) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		s := h.server(func(o *admin.Options) { o.Admission = meanwhile{h.admission, cancel} })
		r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(`{}`))
		r.Header.Set("Authorization", "Bearer "+h.key)
		r.Header.Set("Content-Type", "application/json")
		s.Handler().ServeHTTP(httptest.NewRecorder(), r)
		if ctx.Err() == nil {
			t.Errorf("%s %s did not come to the engine", method, path)
		}
	}
	callAndGo("POST", freeAll)
	if refused, ok := h.tryTake("tm_ann").(seats.Refused); !ok || refused.Code != seats.InCooldown {
		t.Errorf("Ann was not freed: %+v", h.board().Holders)
	}
	callAndGo("DELETE", liftAnn)
	h.take("tm_ann")
	if left := h.cooldowns(); len(left) != 0 {
		t.Errorf("cooldowns: %v", left)
	}
}

func TestFreeAllWithoutTheEngine(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take("tm_ann")
	h.engine.cut.Store(true)
	h.call("POST", freeAll, h.key, `{}`).want(t, "cut off", 503, "unavailable")
	h.engine.cut.Store(false)
	if left := h.cooldowns(); len(left) != 0 {
		t.Errorf("cooldowns of nobody: %v", left)
	}
}

const liftAnn = "/v1/licenses/lic/cooldowns/tm_ann"

func TestLiftCooldown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	lift := func(what string, lifted bool) {
		t.Helper()
		if got := h.call("DELETE", liftAnn, h.key, ""); got.status != 200 || got.body["lifted"] != lifted {
			t.Errorf("%s: got %d %s, want lifted %t", what, got.status, got.raw, lifted)
		}
	}
	lift("nothing to lift", false)
	h.take("tm_ann")
	h.call("POST", freeAnn, h.key, `{}`).want(t, "free", 200, "")
	lift("once", true)
	lift("twice", false)
	h.take("tm_ann")

	// The engine is out of reach when it should be told; the second attempt tells it.
	h.call("POST", freeAnn, h.key, `{}`).want(t, "free", 200, "")
	h.engine.cut.Store(true)
	got := h.call("DELETE", liftAnn, h.key, "")
	got.want(t, "cut off", 503, "unavailable")
	if got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	h.engine.cut.Store(false)
	if refused, ok := h.tryTake("tm_ann").(seats.Refused); !ok || refused.Code != seats.InCooldown {
		t.Error("the engine knew of it")
	}
	lift("again", false)
	h.take("tm_ann")

	// Someone else's is left alone.
	h.take("tm_bob")
	h.call("POST", "/v1/licenses/lic/seats/tm_bob/free", h.key, ``).want(t, "free", 200, "")
	lift("not theirs", false)
	if refused, ok := h.tryTake("tm_bob").(seats.Refused); !ok || refused.Code != seats.InCooldown {
		t.Error("another's cooldown was lifted")
	}
	if left := h.cooldowns(); len(left) != 1 || left["tm_bob"] == 0 {
		t.Errorf("cooldowns: %v", left)
	}
}

// A cooldown of an earlier generation, which the engine knows by the highest of the fences, is lifted too.
func TestLiftCooldownAfterTheEngineForgot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take("tm_ann")
	h.call("POST", freeAnn, h.key, `{}`).want(t, "free", 200, "")
	h.forget(0)
	if refused, ok := h.tryTake("tm_ann").(seats.Refused); !ok || refused.Code != seats.InCooldown {
		t.Error("the cooldown was forgotten")
	}
	h.call("DELETE", liftAnn, h.token("lic", "tm_eve"), "").want(t, "lift", 200, "")
	h.take("tm_ann")
}
