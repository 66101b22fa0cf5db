package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// keyWith is a key of the partner with these scopes, made by the whole key.
func (h *house) keyWith(scopes string) answer {
	h.t.Helper()
	got := h.call("POST", "/v1/api-keys", h.key, `{"name":"Some key","scopes":[`+scopes+`]}`)
	if got.status != 201 {
		h.t.Fatalf("%d %s", got.status, got.raw)
	}
	return got
}

// Each scope opens what it is for, and nothing else.
func TestKeysAreScoped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	calls := map[string][]string{
		"read":   {"GET /v1/licenses", "GET /v1/licenses/lic", "GET /v1/licenses/lic/seats", "GET /v1/licenses/lic/audit"},
		"write":  {"PATCH /v1/licenses/lic", "POST /v1/licenses/lic/teammates", "POST /v1/licenses/lic/invitations", "POST /v1/licenses/lic/seats/tm_ann/free", "DELETE /v1/licenses/lic/cooldowns/tm_ann"},
		"tokens": {"POST /v1/licenses/lic/teammates/tm_ann/tokens", "POST /v1/tickets/introspect"},
		"keys":   {"GET /v1/api-keys", "POST /v1/api-keys"},
	}
	for scope := range calls {
		key := h.keyWith(`"` + scope + `"`).text("key")
		h.call("GET", "/v1/me", key, "").want(t, "who it is", 200, "")
		for needed, all := range calls {
			for _, call := range all {
				method, path, _ := strings.Cut(call, " ")
				got := h.call(method, path, key, "")
				if needed == scope && got.status == 403 || needed != scope && got.code() != "forbidden" {
					t.Errorf("%s with %s: %d %s", call, scope, got.status, got.raw)
				}
			}
		}
	}
}

func TestKeysOverHTTP(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	some := h.keyWith(`"keys","read"`)
	if d := cmp.Diff([]any{"read", "keys"}, some.body["scopes"]); d != "" || !strings.HasPrefix(some.text("key"), "usk_"+some.text("prefix")+"_") || some.text("name") != "Some key" {
		t.Errorf("%s %s", d, some.raw)
	}
	key := some.text("key")
	h.call("POST", "/v1/api-keys", key, `{"scopes":["write"]}`).want(t, "more than it may itself", 403, "forbidden")
	h.call("POST", "/v1/api-keys", key, `{"scopes":["all"]}`).want(t, "no scope", 400, "bad_request")
	like := h.call("POST", "/v1/api-keys", key, `{}`)
	if d := cmp.Diff([]any{"read", "keys"}, like.body["scopes"]); d != "" || like.status != 201 {
		t.Errorf("as its maker: %s %s", d, like.raw)
	}
	list := h.call("GET", "/v1/api-keys", h.key, "")
	if len(list.list("items")) != 3 || strings.Contains(list.raw, `"key"`) {
		t.Errorf("%s", list.raw)
	}
	for range 2 {
		if got := h.call("DELETE", "/v1/api-keys/"+some.text("id"), h.key, ""); got.status != 200 || got.text("revoked") == "" {
			t.Errorf("%d %s", got.status, got.raw)
		}
	}
	h.call("GET", "/v1/me", key, "").want(t, "revoked", 401, "unauthorized")
	h.call("DELETE", "/v1/api-keys/"+some.text("id"), h.farKey, "").want(t, "another partner's", 404, "not_found")
	h.call("DELETE", "/v1/api-keys/key_none", h.key, "").want(t, "none", 404, "not_found")
	for i := range 100 {
		got := h.call("POST", "/v1/api-keys", h.key, fmt.Sprintf(`{"name":"Key %d"}`, i))
		if got.status == 409 {
			if got.code() != "too_many_api_keys" || i != 98 {
				t.Errorf("after %d: %s", i, got.raw)
			}
			return
		}
	}
	t.Error("there are more keys than may be")
}
