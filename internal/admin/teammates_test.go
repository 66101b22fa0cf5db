package admin_test

import (
	"strings"
	"testing"
	"time"

	"usher/internal/admin"
	"usher/internal/directory"
)

func TestTeammateLife(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	eve := h.token("lic", "tm_eve")
	got := h.call("POST", "/v1/licenses/lic/teammates", eve, `{"id":"tm_ned","email":"ned@example.com","name":"Ned"}`)
	got.want(t, "add", 201, "")
	if got.body["operator"] != false || got.body["administrator"] != false || got.body["revision"] != 2.0 || got.body["applied"] != true {
		t.Errorf("added %s", got.raw)
	}
	h.call("POST", "/v1/licenses/lic/teammates", eve, `{"email":"NED@example.com"}`).want(t, "address taken", 409, "conflict")
	h.call("POST", "/v1/licenses/lic/teammates", eve, `{"id":"tm_ned","email":"n@example.com"}`).want(t, "id taken", 409, "conflict")
	h.call("POST", "/v1/licenses/lic/teammates", eve, `{"email":"n@example.com","invite":true}`).want(t, "invite", 400, "bad_request")
	h.call("POST", "/v1/licenses/lic/teammates", eve, `{"email":"nobody"}`).want(t, "no address", 400, "bad_request")

	got = h.call("PATCH", "/v1/licenses/lic/teammates/tm_ned", eve, `{"operator":true,"administrator":true}`)
	if got.status != 200 || got.body["operator"] != true || got.body["administrator"] != true || got.body["revision"] != 3.0 {
		t.Errorf("changed %d %s", got.status, got.raw)
	}
	h.call("GET", "/v1/licenses/lic/teammates", h.token("lic", "tm_ned"), "").want(t, "a new administrator", 200, "")
	got = h.call("GET", "/v1/licenses/lic/teammates/tm_ned", eve, "")
	if got.status != 200 || got.body["name"] != "Ned" {
		t.Errorf("read %d %s", got.status, got.raw)
	}
	h.call("PATCH", "/v1/licenses/lic/teammates/tm_nobody", eve, `{"operator":true}`).want(t, "absent", 404, "not_found")
	h.call("PATCH", "/v1/licenses/lic/teammates/tm_far", eve, `{"operator":true}`).want(t, "another license's", 404, "not_found")

	if got := h.call("DELETE", "/v1/licenses/lic/teammates/tm_ned", eve, ""); got.status != 200 || got.body["removed"] == nil || got.body["operator"] != false {
		t.Errorf("removed %d %s", got.status, got.raw)
	}
	h.call("GET", "/v1/licenses/lic/teammates/tm_ned", eve, "").want(t, "removed", 404, "not_found")
	h.call("DELETE", "/v1/licenses/lic/teammates/tm_ned", eve, "").want(t, "remove again", 404, "not_found")
	if got := h.call("GET", "/v1/licenses/lic/teammates?limit=3", eve, ""); strings.Contains(got.raw, "tm_ned") || got.body["next_cursor"] == nil {
		t.Errorf("listed %s", got.raw)
	}
}

func TestALicenseHasRoomForSoManyTeammates(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := h.server(func(o *admin.Options) {
		o.Directory = directory.New(h.db, directory.Options{Now: h.clock.Now, MaxTeammates: 4})
	})
	got := h.callWith(s, "POST", "/v1/licenses/lic/teammates", h.key, `{"email":"more@example.com"}`, nil)
	got.want(t, "one more", 409, "too_many_teammates")
	if got.body["field"] != "teammates" || got.body["detail"] != "the license has 4 teammates, as many as may be" {
		t.Errorf("got %s", got.raw)
	}
	h.callWith(s, "DELETE", "/v1/licenses/lic/teammates/tm_bob", h.key, "", nil).want(t, "remove", 200, "")
	h.callWith(s, "POST", "/v1/licenses/lic/teammates", h.key, `{"email":"more@example.com"}`, nil).want(t, "room again", 201, "")
}

func TestTokens(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for body, ttl := range map[string]time.Duration{``: time.Hour, `{}`: time.Hour, `{"ttl_s":60}`: time.Minute} {
		got := h.call("POST", "/v1/licenses/lic/teammates/tm_ann/tokens", h.key, body)
		got.want(t, "token for "+body, 201, "")
		expires, err := time.Parse(time.RFC3339, got.body["expires"].(string))
		if err != nil || !expires.Equal(h.clock.Now().Add(ttl)) {
			t.Errorf("%s: expires %s (%v), want in %s", body, expires, err, ttl)
		}
		me := h.call("GET", "/v1/me", got.body["token"].(string), "")
		if me.status != 200 || me.body["teammate"].(map[string]any)["id"] != "tm_ann" {
			t.Errorf("%s: the token is good for %s", body, me.raw)
		}
	}
	for _, bad := range []string{`{"ttl_s":0}`, `{"ttl_s":-1}`, `{"ttl_s":86401}`, `{"ttl_s":"1h"}`, `{"ttl_s":1.5}`, `[]`} {
		h.call("POST", "/v1/licenses/lic/teammates/tm_ann/tokens", h.key, bad).want(t, bad, 400, "bad_request")
	}
	h.call("POST", "/v1/licenses/lic/teammates/tm_nobody/tokens", h.key, "").want(t, "nobody", 404, "not_found")
}

func TestMe(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got := h.call("GET", "/v1/me", h.token("lic", "tm_ann"), "")
	license, _ := got.body["license"].(map[string]any)
	if license["id"] != "lic" || license["total"] != 2.0 || license["price_cents"] != nil || got.body["partner"] != nil {
		t.Errorf("teammate: %s", got.raw)
	}
	got = h.call("GET", "/v1/me", h.key, "")
	if p, _ := got.body["partner"].(map[string]any); p["name"] != "Example Partner" || got.body["teammate"] != nil {
		t.Errorf("partner: %s", got.raw)
	}
}
