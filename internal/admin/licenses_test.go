package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/seats"
)

func TestLicenseLife(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got := h.call("POST", "/v1/licenses", h.key, `{"id":"lic_new","name":"New","cap":3,"price_cents":1900,"currency":"EUR",
		"policy":{"grace_ms":30000},"unknown":true,
		"teammates":[{"id":"tm_a","email":"a@example.com","operator":true,"administrator":false,"invite":false},{"email":"b@example.com"}]}`)
	got.want(t, "create", 201, "")
	if got.header.Get("ETag") != `"1"` || got.body["status"] != "active" || len(got.body["teammates"].([]any)) != 2 {
		t.Errorf("created %s with ETag %s", got.raw, got.header.Get("ETag"))
	}
	h.call("POST", "/v1/licenses", h.key, `{"id":"lic_new","name":"New","cap":3}`).want(t, "again", 409, "conflict")
	h.call("POST", "/v1/licenses", h.farKey, `{"id":"lic_new","name":"New","cap":3}`).want(t, "by another", 409, "conflict")

	got = h.call("PATCH", "/v1/licenses/lic_new", h.key, `{"cap":0,"policy":{"grace_ms":null,"overage":"1.5x"},"name":"Newer"}`)
	got.want(t, "change", 200, "")
	policy := got.body["policy"].(map[string]any)
	if got.header.Get("ETag") != `"2"` || got.body["revision"] != 2.0 || got.body["applied"] != true || got.body["cap"] != 0.0 ||
		len(policy) != 1 || policy["overage"] != "1.5x" {
		t.Errorf("changed to %s", got.raw)
	}
	got = h.call("GET", "/v1/licenses/lic_new", h.key, "")
	if got.header.Get("ETag") != `"2"` || got.body["name"] != "Newer" {
		t.Errorf("read %s", got.raw)
	}

	h.call("DELETE", "/v1/licenses/lic_new", h.key, "").want(t, "delete", 200, "")
	if got := h.call("GET", "/v1/licenses/lic_new", h.key, ""); got.body["status"] != "expired" || got.body["deleted"] == nil {
		t.Errorf("deleted: %s", got.raw)
	}
	if got := h.call("GET", "/v1/licenses", h.key, ""); strings.Contains(got.raw, "lic_new") || !strings.Contains(got.raw, `"lic"`) {
		t.Errorf("listed: %s", got.raw)
	}
	h.call("PATCH", "/v1/licenses/lic_new", h.key, `{"status":"active"}`).want(t, "change a deleted one", 409, "conflict")
	if got := h.call("POST", "/v1/licenses/lic_new/restore", h.key, ""); got.status != 200 || got.body["status"] != "suspended" || got.body["deleted"] != nil {
		t.Errorf("restored: %s", got.raw)
	}
	if got := h.call("PATCH", "/v1/licenses/lic_new", h.key, `{"status":"active"}`); got.body["status"] != "active" {
		t.Errorf("active again: %s", got.raw)
	}
	h.call("DELETE", "/v1/licenses/lic_new?purge=true", h.key, "").want(t, "purge", 200, "")
	h.call("GET", "/v1/licenses/lic_new", h.key, "").want(t, "purged", 404, "not_found")
	h.call("DELETE", "/v1/licenses/lic_new?purge=true", h.key, "").want(t, "purge again", 404, "not_found")
	h.call("POST", "/v1/licenses", h.key, `{"id":"lic_new","name":"New","cap":3}`).want(t, "a purged id", 409, "conflict")
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, tc := range []struct {
		header string
		status int
		code   string
	}{
		{`"1"`, 200, ""},
		{`"1"`, 412, "precondition_failed"}, // it is at 2 by now
		{`"7", "2"`, 200, ""},
		{`*`, 200, ""},
		{`W/"4"`, 412, "precondition_failed"},
		{`"another server's"`, 412, "precondition_failed"},
		{`4`, 400, "bad_request"},
		{`"`, 400, "bad_request"},
		{``, 400, "bad_request"},
	} {
		got := h.callWith(h.Server, "PATCH", "/v1/licenses/lic", h.key, h.nextCap(), map[string]string{"If-Match": tc.header})
		got.want(t, "If-Match: "+tc.header, tc.status, tc.code)
	}
}

// nextCap is a change that is always one.
func (h *house) nextCap() string {
	h.t.Helper()
	l, err := h.dir.License(h.t.Context(), "lic")
	h.must(err)
	return `{"cap":` + string(rune('0'+(l.Cap+1)%10)) + `}`
}

func TestLicensesArePaged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.call("POST", "/v1/licenses", h.key, `{"id":"lic_2","name":"Two","cap":1}`).want(t, "create", 201, "")
	first := h.call("GET", "/v1/licenses?limit=1", h.key, "")
	cursor, ok := first.body["next_cursor"].(string)
	if !ok || len(first.body["items"].([]any)) != 1 {
		t.Fatalf("first page: %s", first.raw)
	}
	second := h.call("GET", "/v1/licenses?limit=1&cursor="+cursor, h.key, "")
	if second.body["next_cursor"] != nil || !strings.Contains(second.raw, "lic_2") {
		t.Errorf("second page: %s", second.raw)
	}
	for _, query := range []string{"limit=0", "limit=501", "limit=many", "cursor=%25"} {
		h.call("GET", "/v1/licenses?"+query, h.key, "").want(t, query, 400, "bad_request")
	}
}

func TestPriceAndStatusAreThePartners(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	eve := h.token("lic", "tm_eve")
	h.call("PATCH", "/v1/licenses/lic", eve, `{"price_cents":1}`).want(t, "by an administrator", 403, "forbidden")
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"status":"suspended"}`).want(t, "by the partner", 200, "")
	h.call("PATCH", "/v1/licenses/lic", eve, `{"status":"active"}`).want(t, "by an administrator", 403, "forbidden")
	h.call("PATCH", "/v1/licenses/lic", eve, `{"cap":4}`).want(t, "cap by an administrator", 200, "")
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"price_cents":1}`).want(t, "by the partner", 200, "")
}

func TestChangesActAtOnce(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method, path, body string
		reason             seats.Reason
	}{
		"operator switch off": {"PATCH", "/v1/licenses/lic/teammates/tm_ann", `{"operator":false}`, seats.LostNotOperator},
		"removed":             {"DELETE", "/v1/licenses/lic/teammates/tm_ann", ``, seats.LostNotOperator},
		"suspended":           {"PATCH", "/v1/licenses/lic", `{"status":"suspended"}`, seats.LostLicenseSuspended},
		"expired":             {"PATCH", "/v1/licenses/lic", `{"status":"expired"}`, seats.LostLicenseExpired},
		"deleted":             {"DELETE", "/v1/licenses/lic", ``, seats.LostLicenseExpired},
		"purged":              {"DELETE", "/v1/licenses/lic?purge=true", ``, seats.LostLicenseExpired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			fence := h.take("tm_ann")
			if got := h.call(tc.method, tc.path, h.key, tc.body); got.status != 200 || got.body["applied"] != true {
				t.Fatalf("got %d %s", got.status, got.raw)
			}
			out, err := h.engine.Do(t.Context(), seats.Batch{License: "lic", Commands: []seats.Command{seats.Read{}}})
			h.must(err)
			b := out.Replies[0].(seats.BoardRead).Board
			if len(b.Holders) != 0 || len(b.Losses) != 1 || b.Losses[0].Reason != tc.reason || int64(b.Losses[0].Fence) != fence {
				t.Errorf("the engine has %+v", b)
			}
		})
	}
}

func TestChangesAreCommittedWhenTheEngineIsCutOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.take("tm_ann")
	h.engine.cut.Store(true)
	got := h.call("PATCH", "/v1/licenses/lic/teammates/tm_ann", h.key, `{"operator":false}`)
	if got.status != 200 || got.body["applied"] != false || got.body["operator"] != false || got.body["revision"] != 2.0 {
		t.Errorf("got %d %s", got.status, got.raw)
	}
	got = h.call("PATCH", "/v1/licenses/lic", h.key, `{"cap":1}`)
	if got.status != 200 || got.body["applied"] != false || got.body["cap"] != 1.0 {
		t.Errorf("got %d %s", got.status, got.raw)
	}
	h.engine.cut.Store(false)
	if got, ok := h.tryTake("tm_ann").(seats.Refused); !ok || got.Code != seats.NotOperator {
		t.Errorf("the next take was answered with %#v, want it refused: not_operator", got)
	}
	got = h.call("PATCH", "/v1/licenses/lic", h.key, `{"cap":1}`) // changes nothing, and heals
	if got.body["applied"] != true || got.body["revision"] != 3.0 {
		t.Errorf("got %d %s", got.status, got.raw)
	}
}

func TestLicensesAreSearched(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, name := range []string{"First Example", "Second", "Another EXAMPLE"} {
		h.call("POST", "/v1/licenses", h.key, fmt.Sprintf(`{"name":%q,"cap":1}`, name)).want(t, "create", 201, "")
	}
	for query, want := range map[string]int{"?q=example": 2, "?q=lic": 4, "?q=second": 1, "?q=%25": 0, "?status=suspended": 0, "?status=active&q=another": 1} {
		if got := h.call("GET", "/v1/licenses"+query, h.key, "").body["items"].([]any); len(got) != want {
			t.Errorf("%s: %d found, want %d", query, len(got), want)
		}
	}
	if got := h.call("GET", "/v1/licenses?q=example", h.farKey, "").body["items"].([]any); len(got) != 0 {
		t.Errorf("another partner finds %v", got)
	}
	for _, query := range []string{"?q=%00", "?q=%ff"} {
		h.call("GET", "/v1/licenses"+query, h.key, "").want(t, query, 400, "bad_request")
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"price_cents":900,"expires":"2031-01-02T03:04:05+01:00"}`).want(t, "change", 200, "")
	h.invitation()
	h.take("tm_ann")
	want := map[string]any{
		"id": "lic", "name": "Acme", "status": "active", "expires": "2031-01-02T02:04:05Z", "cap": 2., "total": 2., "used": 1., "waiting": 0.,
		"teammates": 4., "operators": 3., "administrators": 2., "open_invitations": 1.,
		"cost": map[string]any{"currency": "USD", "month_cents": 1800., "one_more_seat_cents": 900., "one_more_teammate_cents": 0.},
	}
	got := h.call("GET", "/v1/licenses/lic/summary", h.token("lic", "tm_meg"), "")
	if d := cmp.Diff(want, got.body); d != "" {
		t.Errorf("%s: %s", d, got.raw)
	}
}

// Who pays does not say until when; null takes the end away, and what is no time is refused.
func TestExpiry(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const at = `{"expires":"2031-01-02T02:04:05Z"}`
	h.call("PATCH", "/v1/licenses/lic", h.token("lic", "tm_eve"), at).want(t, "by an administrator", 403, "forbidden")
	h.call("PATCH", "/v1/licenses/lic", h.token("lic", "tm_eve"), `{"expires":null}`).want(t, "by an administrator", 403, "forbidden")
	if got := h.call("PATCH", "/v1/licenses/lic", h.key, at); got.body["expires"] != "2031-01-02T02:04:05Z" {
		t.Errorf("%s", got.raw)
	}
	if got := h.call("PATCH", "/v1/licenses/lic", h.key, `{"cap":3}`); got.body["expires"] != "2031-01-02T02:04:05Z" {
		t.Errorf("after another change: %s", got.raw)
	}
	for _, bad := range []string{`"tomorrow"`, `7`, `""`} {
		h.call("PATCH", "/v1/licenses/lic", h.key, `{"expires":`+bad+`}`).want(t, bad, 400, "bad_request")
	}
	if got := h.call("PATCH", "/v1/licenses/lic", h.key, `{"expires":null}`); got.status != 200 || got.body["expires"] != nil {
		t.Errorf("%s", got.raw)
	}
	if got := h.call("POST", "/v1/licenses", h.key, `{"name":"A","cap":1,"expires":"2031-01-02T02:04:05Z"}`); got.body["expires"] != "2031-01-02T02:04:05Z" {
		t.Errorf("created: %s", got.raw)
	}
}

// A creating call with an Idempotency-Key creates once.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const license, teammate = `{"name":"New","cap":3,"teammates":[{"email":"a@example.com","invite":true}]}`, `{"email":"z@example.com","operator":true}`
	for _, c := range []struct{ path, bearer, body, other string }{
		{"/v1/licenses", h.key, license, `{"name":"Other","cap":3}`},
		{"/v1/licenses/lic/teammates", h.token("lic", "tm_eve"), teammate, `{"email":"y@example.com"}`},
	} {
		post := func(bearer, key, body string) answer {
			return h.callWith(h.Server, "POST", c.path, bearer, body, map[string]string{"Idempotency-Key": key})
		}
		first, again := post(c.bearer, "k 1", c.body), post(c.bearer, "k 1", c.body)
		if first.status != 201 || first.raw != again.raw || again.status != 201 {
			t.Errorf("%s: %d %s, and %d %s", c.path, first.status, first.raw, again.status, again.raw)
		}
		post(c.bearer, "k 1", c.other).want(t, "another request with the key", 422, "idempotency_key_reused")
		if got := post(c.bearer, "k 2", c.other); got.status != 201 || got.body["id"] == first.body["id"] {
			t.Errorf("%s with another key: %d %s", c.path, got.status, got.raw)
		}
		for _, bad := range []string{strings.Repeat("k", 129), "ключ"} {
			post(c.bearer, bad, c.body).want(t, "a key that is none", 400, "bad_request")
		}
	}
	if got := h.callWith(h.Server, "POST", "/v1/licenses", h.farKey, license, map[string]string{"Idempotency-Key": "k 1"}); got.status != 201 {
		t.Errorf("another partner's key: %d %s", got.status, got.raw)
	}
}
