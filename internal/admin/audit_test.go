package admin_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/internal/audit"
)

const auditPath = "/v1/licenses/lic/audit"

// deeds are what the audit log of lic tells since some number, oldest first: who, from where, what, to whom, and which.
func (h *house) deeds(since int64) (lines []string, last int64) {
	h.t.Helper()
	log := audit.NewLog(h.db)
	if _, err := log.Verify(h.t.Context(), "license/lic"); err != nil {
		h.t.Error(err)
	}
	entries, err := log.Entries(h.t.Context(), "license/lic", audit.Filter{}, 1000)
	h.must(err)
	lines, last = []string{}, since
	for _, e := range slices.Backward(entries) {
		if e.Number > since {
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s: %s %s %s", e.By.Kind, e.By.ID, e.By.From, e.Action, e.Subject, e.Ref)))
			last = e.Number
		}
	}
	return lines, last
}

// Every change by HTTP is told with who made it, from where; what was refused is not.
func TestWhoDidWhatIsTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, begin := h.deeds(0)
	eve := h.token("lic", "tm_eve")
	ann := h.take("tm_ann")
	var partner string
	if p, err := h.acting.EnsurePartner(t.Context(), "Example Partner", "partner@example.com"); err == nil {
		partner = p.ID
	}
	for _, c := range []struct {
		method, path, bearer, body string
		status                     int
	}{
		{"PATCH", "/v1/licenses/lic", eve, `{"cap":4}`, 200},
		{"PATCH", "/v1/licenses/lic", eve, `{"status":"suspended"}`, 403},
		{"PATCH", "/v1/licenses/lic", h.key, `{"price_cents":900}`, 200},
		{"POST", "/v1/licenses/lic/teammates", eve, `{"id":"tm_new","email":"new@example.com"}`, 201},
		{"PATCH", "/v1/licenses/lic/teammates/tm_new", eve, `{"operator":true}`, 200},
		{"DELETE", "/v1/licenses/lic/teammates/tm_new", h.key, "", 200},
		{"POST", freeAnn, eve, `{"reason":"lunch"}`, 200},
		{"POST", freeAnn, eve, fmt.Sprintf(`{"fence":%d}`, ann), 200}, // again
		{"DELETE", "/v1/licenses/lic/cooldowns/tm_ann", eve, "", 200},
		{"DELETE", sessionsPath + "/ses_1", eve, "", 200},
		{"POST", logoutAnn, h.key, "", 200},
	} {
		if got := h.call(c.method, c.path, c.bearer, c.body); got.status != c.status {
			t.Errorf("%s %s: got %d %s, want %d", c.method, c.path, got.status, got.raw, c.status)
		}
	}
	const byEve, address = "teammate tm_eve 192.0.2.1: ", " 192.0.2.1: " // of httptest's requests
	byPartner := "partner " + partner + address
	want := []string{
		byEve + "license.changed lic", byPartner + "license.changed lic", byEve + "teammate.added tm_new", byEve + "teammate.changed tm_new",
		byPartner + "teammate.removed tm_new", byEve + "seat.freed tm_ann " + fmt.Sprint(ann), byEve + "cooldown.lifted tm_ann",
		byEve + "session.ended tm_ann ses_1", byPartner + "teammate.logged_out tm_ann",
	}
	got, _ := h.deeds(begin)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// What an engine did not do is told, and taken back.
func TestWhatTheEngineDidNotDoIsWithdrawn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	fence := h.take("tm_ann")
	_, begin := h.deeds(0)
	exact := fmt.Sprintf(`{"fence":%d}`, fence)
	h.engine.cut.Store(true)
	h.call("POST", freeAnn, h.key, exact).want(t, "cut off", 503, "unavailable")
	h.call("POST", "/v1/licenses/lic/seats/tm_ann/hand-over", h.key, fmt.Sprintf(`{"to":"tm_bob","fence":%d}`, fence)).want(t, "cut off", 503, "unavailable")
	h.engine.cut.Store(false)
	h.call("POST", freeAnn, h.key, fmt.Sprintf(`{"fence":%d}`, fence-1)).want(t, "stale", 409, "stale_fence")
	h.call("POST", "/v1/licenses/lic/seats/tm_ann/hand-over", h.key, `{"to":"tm_bob"}`).want(t, "not there", 409, "not_present")
	h.call("POST", freeAnn, h.key, exact).want(t, "free", 200, "")
	got, _ := h.deeds(begin)
	var what []string
	for _, line := range got {
		_, deed, _ := strings.Cut(line, ": ")
		what = append(what, deed)
	}
	of := func(f int64) string { return " tm_ann " + fmt.Sprint(f) }
	want := []string{
		"seat.freed" + of(fence), "seat.freed_withdrawn" + of(fence), "seat.handed_over" + of(fence), "seat.handed_over_withdrawn" + of(fence),
		"seat.freed" + of(fence-1), "seat.freed_withdrawn" + of(fence-1), "seat.handed_over" + of(fence), "seat.handed_over_withdrawn" + of(fence),
		"seat.freed" + of(fence),
	}
	if d := cmp.Diff(want, what); d != "" {
		t.Error(d)
	}
}

func TestAuditIsListed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 5 {
		h.call("PATCH", "/v1/licenses/lic", h.key, fmt.Sprintf(`{"cap":%d}`, 10+i)).want(t, "change", 200, "")
	}
	all := h.call("GET", auditPath, h.token("lic", "tm_eve"), "")
	items, _ := all.body["items"].([]any)
	if all.status != http.StatusOK || len(items) != 10 || all.body["next_cursor"] != nil {
		t.Fatalf("got %d with %d entries: %s", all.status, len(items), all.raw)
	}
	var paged []any
	for cursor := ""; ; {
		page := h.call("GET", auditPath+"?limit=3&cursor="+cursor, h.key, "")
		some, _ := page.body["items"].([]any)
		paged = append(paged, some...)
		next, more := page.body["next_cursor"].(string)
		if !more {
			break
		}
		cursor = next
	}
	if d := cmp.Diff(items, paged); d != "" {
		t.Errorf("page by page it is another log: %s", d)
	}
	newest, _ := items[0].(map[string]any)
	if newest["action"] != "license.changed" || newest["number"] != 10.0 || fmt.Sprint(newest["detail"]) != "map[cap:map[from:13 to:14]]" {
		t.Errorf("the newest is %v", newest)
	}
	for query, want := range map[string]int{"?action=teammate.added": 4, "?subject=tm_ann": 1, "?action=teammate.added&subject=lic": 0} {
		got := h.call("GET", auditPath+query, h.key, "")
		if some, _ := got.body["items"].([]any); len(some) != want {
			t.Errorf("%s: %d entries, want %d: %s", query, len(some), want, got.raw)
		}
	}
	h.call("GET", auditPath+"?cursor=bm8", h.key, "").want(t, "cursor", 400, "bad_request")
}

func TestTheLastAdministratorIsKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	eve := h.token("lic", "tm_eve")
	h.call("DELETE", "/v1/licenses/lic/teammates/tm_meg", eve, "").want(t, "one of two", 200, "")
	h.call("PATCH", "/v1/licenses/lic/teammates/tm_eve", eve, `{"administrator":false}`).want(t, "the last", 409, "last_administrator")
	h.call("DELETE", "/v1/licenses/lic/teammates/tm_eve", h.key, "").want(t, "the last", 409, "last_administrator")
}
