package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"usher/internal/admin"
	"usher/internal/auth"
	"usher/seats"
)

func TestBadBodies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, tc := range []struct {
		body   string
		detail string // what the problem's detail must have
	}{
		{`{"name":"A","cap":-1}`, "cap: must be at least 0"},
		{`{"name":"A","cap":1000000000000}`, "cap: must be at most 1000000"},
		{`{"name":"A","cap":1000001}`, "cap:"},
		{`{"name":"A","cap":1e400}`, ""},
		{`{"name":"A","cap":"three"}`, "cap:"},
		{`{"name":"A","cap":null}`, "cap:"},
		{`{"name":"A","cap":2.5}`, "cap: must be a whole number"},
		{`{"name":"A","cap":1e3}`, "cap: must be a whole number"},
		{`{"name":"A","cap":3.0}`, "cap: must be a whole number"},
		{`{"name":"A","cap":3,"price_cents":1e3}`, "price_cents: must be a whole number"},
		{`{"name":"A","cap":3,"price_cents":1e30}`, "price_cents: is out of range"},
		{`{"name":"A","cap":true}`, "cap:"},
		{`{"name":"A","cap":[3]}`, "cap:"},
		{`{"name":"A","CAP":3}`, "cap"}, // names are exact
		{`{"name":"A"}`, "cap"},
		{`{"cap":3}`, "name"},
		{`{"name":"","cap":3}`, "name:"},
		{`{"name":"   ","cap":3}`, "name:"},
		{`{"name":"A","cap":3,"id":"a b"}`, "id:"},
		{`{"name":"A","cap":3,"id":"` + strings.Repeat("a", 65) + `"}`, "id:"},
		{`{"name":"A","cap":3,"policy":{"grace_ms":20000}}`, "policy.grace_ms"}, // less than a ticket's life and a second
		{`{"name":"A","cap":3,"policy":{"grace_ms":"30s"}}`, "policy.grace_ms"},
		{`{"name":"A","cap":3,"policy":{"overage":"3x"}}`, "policy.overage"},
		{`{"name":"A","cap":3,"policy":null}`, "policy"},
		{`{"name":"A","cap":3,"teammates":[{"email":"a@example.com"},{"email":"nobody"}]}`, "teammates[1].email"},
		{`{"name":"A","cap":3,"teammates":[{"operator":true}]}`, "email"},
		{`{"name":"A","cap":3} {}`, "JSON"},
		{`{"name":"A","cap":3`, "JSON"},
		{`{"name":"A\xff","cap":3}`, "JSON"},
		{"{\"name\":\"A\xff\",\"cap\":3}", "UTF-8"},
		{strings.Repeat("[", 20000) + strings.Repeat("]", 20000), "JSON"},
		{`[]`, "object"},
		{`null`, ""},
		{`3`, ""},
	} {
		got := h.call("POST", "/v1/licenses", h.key, tc.body)
		got.want(t, tc.body[:min(60, len(tc.body))], 400, "bad_request")
		if detail, _ := got.body["detail"].(string); !strings.Contains(detail, tc.detail) || len(detail) > 500 {
			t.Errorf("%.60s: detail is %q, want it to have %q", tc.body, detail, tc.detail)
		} else if named, _, ok := strings.Cut(tc.detail, ":"); ok && got.body["field"] != named {
			t.Errorf("%.60s: field is %v, want %q", tc.body, got.body["field"], named)
		}
		for _, inside := range []string{"Go ", "json", "float64", "1e+"} {
			if strings.Contains(got.raw, inside) {
				t.Errorf("%.60s: the caller is told of the inside: %s", tc.body, got.raw)
			}
		}
	}
	h.call("POST", "/v1/licenses", h.key, "").want(t, "no body", 400, "bad_request")
	h.call("POST", "/v1/licenses", h.key, `{"name":"A","cap":0}`).want(t, "a cap of 0", 201, "")
	h.call("POST", "/v1/licenses", h.key, `{"name":"A","cap":1000000}`).want(t, "the highest cap", 201, "")
	if got := h.call("GET", "/v1/licenses", h.key, ""); len(got.body["items"].([]any)) != 3 {
		t.Errorf("a refused license was kept: %s", got.raw)
	}
}

// Every field that the document has can be set, shown, and taken back; what nobody knows of is ignored.
func TestPolicies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const every = `{"administrators_first":true,"alerts":{"mail":false,"near_percent":50,"waiting_ms":0},"cooldown_ms":0,"first_sight":true,"grace_ms":45000,"hand_over":"asked","idle_after_ms":600000,"idle_warning_ms":1000,` +
		`"on_shrink":"evict_newest","overage":"1.5x","reserved":{"administrators":2},"sessions_per_teammate":3,"waitlist":false}`
	policy := func(got answer) string {
		t.Helper()
		b, err := json.Marshal(got.body["policy"])
		h.must(err)
		return string(b)
	}
	doc, err := document()
	h.must(err)
	for _, schema := range []string{"Policy", "PolicyChange"} {
		for name := range doc.Components.Schemas[schema].Value.Properties {
			if !strings.Contains(every, `"`+name+`":`) {
				t.Errorf("this test does not set %s of %s", name, schema)
			}
		}
	}
	for what, got := range map[string]answer{
		"changed": h.call("PATCH", "/v1/licenses/lic", h.key, `{"policy":`+every+`}`),
		"read":    h.call("GET", "/v1/licenses/lic", h.key, ""),
		"created": h.call("POST", "/v1/licenses", h.key, `{"name":"A","cap":1,"policy":`+every+`}`),
	} {
		if shown := policy(got); shown != every {
			t.Errorf("%s: policy is %s, want %s", what, shown, every)
		}
	}
	for _, step := range []struct{ change, want string }{
		{`{"reserved":{"administrators":null},"idle_after_ms":null,"colour":"red"}`,
			strings.NewReplacer(`"reserved":{"administrators":2},`, "", `"idle_after_ms":600000,`, "").Replace(every)},
		{`{"administrators_first":null,"alerts":null,"cooldown_ms":null,"first_sight":null,"grace_ms":null,"hand_over":null,"idle_warning_ms":null,"on_shrink":null,` +
			`"overage":null,"reserved":null,"sessions_per_teammate":null,"waitlist":null}`, `{}`},
	} {
		if shown := policy(h.call("PATCH", "/v1/licenses/lic", h.key, `{"policy":`+step.change+`}`)); shown != step.want {
			t.Errorf("%s: policy is %s, want %s", step.change, shown, step.want)
		}
	}
}

func TestBadPolicies(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for field, bad := range map[string][]string{
		"reserved":                {`1`, `[]`},
		"reserved.administrators": {`{"administrators":-1}`, `{"administrators":1000001}`, `{"administrators":"1"}`},
		"administrators_first":    {`1`},
		"waitlist":                {`"no"`},
		"alerts":                  {`true`},
		"alerts.near_percent":     {`{"near_percent":101}`, `{"near_percent":-1}`},
		"alerts.waiting_ms":       {`{"waiting_ms":86400001}`},
		"alerts.mail":             {`{"mail":"no"}`},
		"first_sight":             {`"yes"`, `1`},
		"hand_over":               {`"nobody"`, `false`},
		"idle_after_ms":           {`999`, `86400001`, `"1s"`, `1000.5`},
		"idle_warning_ms":         {`0`},
		"on_shrink":               {`"free"`},
		"sessions_per_teammate":   {`0`, `1001`},
	} {
		name, _, _ := strings.Cut(field, ".")
		for _, value := range bad {
			change := `{"policy":{"cooldown_ms":1,"` + name + `":` + value + `}`
			for _, got := range []answer{
				h.call("PATCH", "/v1/licenses/lic", h.key, change+`}`),
				h.call("POST", "/v1/licenses", h.key, change+`,"name":"A","cap":1}`),
			} {
				got.want(t, change, 400, "bad_request")
				if detail, _ := got.body["detail"].(string); got.body["field"] != "policy."+field || !strings.HasPrefix(detail, "policy."+field+": ") {
					t.Errorf("%s: %s", change, got.raw)
				}
			}
		}
	}
	if got := h.call("GET", "/v1/licenses/lic", h.key, ""); got.body["revision"] != 1.0 {
		t.Errorf("a refused change is kept: %s", got.raw)
	}
}

func TestBadChanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, bad := range []string{
		`{"cap":-1}`, `{"cap":1000000000000}`, `{"cap":"three"}`, `{"cap":null}`, `{"name":null}`, `{"status":"paused"}`, `{"status":null}`,
		`{"policy":{"grace_ms":0}}`, `{"policy":{"cooldown_ms":-1}}`, `{"policy":[]}`, `[]`,
	} {
		h.call("PATCH", "/v1/licenses/lic", h.key, bad).want(t, bad, 400, "bad_request")
	}
	for _, bad := range []string{`{"operator":null}`, `{"operator":"yes"}`, `{"operator":1}`, `{"name":""}`, `{"email":"nobody"}`} {
		h.call("PATCH", "/v1/licenses/lic/teammates/tm_ann", h.key, bad).want(t, bad, 400, "bad_request")
	}
	// What is read is what was validated: other spellings of a name are unknown fields.
	for _, ignored := range []string{`{}`, `{"CAP":-1}`, `{"Cap":9}`, `{"other":{"cap":9}}`, `{"Policy":{"grace_ms":1}}`, `{"policy":{"GRACE_MS":1}}`} {
		if got := h.call("PATCH", "/v1/licenses/lic", h.key, ignored); got.status != 200 || got.body["revision"] != 1.0 || got.body["cap"] != 2.0 {
			t.Errorf("%s: got %d %s", ignored, got.status, got.raw)
		}
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.call("POST", "/v1/licenses", h.key, `{"name":"A","cap":1,"x":"`+strings.Repeat("a", admin.MaxBodyBytes)+`"}`).
		want(t, "too large", 413, "payload_too_large")
	h.call("POST", "/v1/licenses", h.key, `{"name":"A","cap":1,"x":"`+strings.Repeat("a", admin.MaxBodyBytes-100)+`"}`).
		want(t, "just fits", 201, "")
	// A body where none belongs is not read.
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/v1/me", io.MultiReader(strings.NewReader("x"), unreadable{t}))
	r.Header.Set("Authorization", "Bearer "+h.key)
	w := httptest.NewRecorder()
	h.Handler().ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("a GET with a body: got %d", w.Code)
	}
}

type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for media, status := range map[string]int{
		"application/json": 201, "application/json; charset=utf-8": 201, "Application/JSON": 201,
		"text/plain": 415, "application/x-www-form-urlencoded": 415, "": 415, "application/jsonx": 415, "multipart/form-data": 415,
	} {
		got := h.callWith(h.Server, "POST", "/v1/licenses", h.key, `{"name":"A","cap":1}`, map[string]string{"Content-Type": media})
		code := ""
		if status == 415 {
			code = "unsupported_media_type"
		}
		got.want(t, media, status, code)
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"/", "/v1", "/v1/", "/v1/nothing", "/v1/licenses/", "/v1/licenses/lic/", "/v2/licenses", "/v1//licenses", "/v1/licenses/lic/seats/tm_ann"} {
		h.call("GET", path, h.key, "").want(t, path, 404, "not_found")
	}
	got := h.call("PUT", "/v1/licenses", h.key, "{}")
	got.want(t, "PUT", 405, "method_not_allowed")
	if allow := got.header.Get("Allow"); !strings.Contains(allow, "POST") || !strings.Contains(allow, "GET") {
		t.Errorf("Allow is %q", allow)
	}
	for _, id := range []string{"a%20b", "%7Ba%7D", "..%2f..%2fetc", strings.Repeat("a", 65), "%00"} {
		if got := h.call("GET", "/v1/licenses/"+id, h.key, ""); got.status != 404 && got.status != 400 {
			t.Errorf("%s: got %d %s", id, got.status, got.raw)
		}
	}
}

// broken is an engine with a bug.
type broken struct{}

func (broken) Do(context.Context, seats.Batch) (seats.Outcome, error) { panic("a bug in the engine") }

func (broken) Configure(context.Context, seats.LicenseID) (seats.Outcome, error) {
	return seats.Outcome{}, errors.New("a fault in the engine")
}

func TestFaultsAreLoggedAndNotTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.server(func(o *admin.Options) { o.Admission = broken{} })
	got := h.callWith(s, "GET", "/v1/licenses/lic/seats/explain?teammate=tm_ann&secret=hunter2", h.key, "", nil)
	got.want(t, "panic", 500, "internal")
	if strings.Contains(got.raw, "bug") {
		t.Errorf("the caller was told: %s", got.raw)
	}
	log := h.log.String()
	if !strings.Contains(log, "a bug in the engine") || strings.Contains(log, "hunter2") || strings.Contains(log, h.key) {
		t.Errorf("the log has: %s", log)
	}
	if got := h.callWith(s, "PATCH", "/v1/licenses/lic", h.key, `{"cap":9}`, nil); got.status != 200 || got.body["applied"] != false {
		t.Errorf("a change that is committed: got %d %s", got.status, got.raw)
	}
}

// noKeys is an authority whose keys are out of reach.
type noKeys struct{ *auth.Authority }

func (noKeys) Verify(context.Context, string) (auth.Claims, error) {
	return auth.Claims{}, auth.ErrUnavailable
}

func TestKeysOutOfReachAreNotABadToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.server(func(o *admin.Options) { o.Tokens = noKeys{h.authority} })
	h.callWith(s, "GET", "/v1/me", h.token("lic", "tm_eve"), "", nil).want(t, "token", 503, "unavailable")
	h.callWith(s, "GET", "/v1/me", h.key, "", nil).want(t, "key", 200, "")
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	if _, err := admin.New(admin.Options{Logger: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("an API was made of nothing")
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var seen []string
	s := h.server(func(o *admin.Options) {
		o.Observe = func(_ context.Context, method, route string, status int, took time.Duration) {
			if took < 0 || status == 0 {
				t.Errorf("status %d in %s", status, took)
			}
			seen = append(seen, method+" "+route)
		}
	})
	h.callWith(s, "GET", "/v1/licenses/lic", h.key, "", nil)
	h.callWith(s, "GET", "/v1/nothing/"+h.key, h.key, "", nil)
	if len(seen) != 2 || seen[0] != "GET /v1/licenses/:license" || seen[1] != "GET " {
		t.Errorf("observed %q", seen)
	}
}

func TestDocsWorkOffline(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	spec := h.call("GET", "/v1/openapi.yaml", "", "")
	if spec.status != 200 || !strings.HasPrefix(spec.raw, "openapi: 3") || spec.header.Get("Content-Type") != "application/yaml" {
		t.Errorf("document: %d %s", spec.status, spec.header.Get("Content-Type"))
	}
	if got := h.call("GET", "/docs", "", ""); got.status != 301 || got.header.Get("Location") != "/docs/" {
		t.Errorf("/docs: %d to %s", got.status, got.header.Get("Location"))
	}
	page := h.call("GET", "/docs/", "", "")
	if page.status != 200 || !strings.Contains(page.raw, "/v1/openapi.yaml") {
		t.Fatalf("page: %d %s", page.status, page.raw)
	}
	assets := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page.raw, -1)
	if len(assets) < 3 {
		t.Errorf("the page names %d assets", len(assets))
	}
	for _, asset := range assets {
		if !strings.HasPrefix(asset[1], "/docs/") {
			t.Errorf("the page loads %s", asset[1])
		} else if got := h.call("GET", asset[1], "", ""); got.status != 200 || got.raw == "" {
			t.Errorf("%s: got %d", asset[1], got.status)
		}
	}
}
