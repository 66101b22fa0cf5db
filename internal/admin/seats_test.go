package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

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

func TestSeatsBoard(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	eve := h.token("lic", "tm_eve")
	got := h.call("GET", "/v1/licenses/lic/seats", eve, "")
	if got.raw != `{"cap":2,"holders":[],"total":2,"used":0,"waiting":0}`+"\n" {
		t.Errorf("empty: %s", got.raw)
	}
	fence := h.take("tm_ann")
	got = h.call("GET", "/v1/licenses/lic/seats", eve, "")
	holder := got.body["holders"].([]any)[0].(map[string]any)
	if got.body["used"] != 1.0 || holder["teammate"] != "tm_ann" || holder["name"] != "Ann" || holder["number"] != 1.0 ||
		holder["fence"] != float64(fence) || holder["state"] != "held" || holder["overage"] != false || holder["sessions"] != 1.0 {
		t.Errorf("held: %s", got.raw)
	}
	_, err := h.admission.Do(t.Context(), seats.Batch{License: "lic", Commands: []seats.Command{seats.Drop{Teammate: "tm_ann", Session: "ses_tm_ann"}}})
	h.must(err)
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"policy":{"overage":"always"}}`).want(t, "no limit", 200, "")
	got = h.call("GET", "/v1/licenses/lic/seats", eve, "")
	if !strings.Contains(got.raw, `"state":"grace"`) || !strings.Contains(got.raw, `"total":null`) {
		t.Errorf("grace, no limit: %s", got.raw)
	}
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
	out, err := h.admission.Do(t.Context(), seats.Batch{License: "lic", Commands: []seats.Command{seats.Read{}}})
	h.must(err)
	loss := out.Replies[0].(seats.BoardRead).Board.Losses[0]
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
	_, err := h.admission.Do(t.Context(), seats.Batch{License: "lic", Commands: []seats.Command{seats.Drop{Teammate: "tm_ann", Session: "ses_tm_ann"}}})
	h.must(err)
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
