package admin_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/internal/admin"
	"usher/internal/auth"
)

const invitationsPath = "/v1/licenses/lic/invitations"

// stamped is the token of an invitation's last mail.
func (h *house) stamped(id string, number int64) (token string) {
	h.t.Helper()
	token = auth.MailToken([]byte("secret"), "invitation", id, number)
	good, err := h.dir.StampInvitation(h.t.Context(), id, number, hex.EncodeToString(auth.HashToken(token)))
	h.must(err)
	if !good {
		h.t.Errorf("the mail of %s would not be sent", id)
	}
	return token
}

// list is what is in a field of an answer, objects all.
func (a answer) list(field string) (all []map[string]any) {
	items, _ := a.body[field].([]any)
	for _, item := range items {
		one, _ := item.(map[string]any)
		all = append(all, one)
	}
	return all
}

func TestInviteInBulk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	eve := h.token("lic", "tm_eve")
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"price_cents":2500,"currency":"EUR"}`).want(t, "price", 200, "")
	for _, bad := range []string{
		`{}`, `{"invitations":[]}`, `{"invitations":[{"email":"a@example.com"}]}`, `{"invitations":[{"email":"a@example.com","operator":true}]}`,
		`{"invitations":[{"email":"a@example.com","operator":true,"administrator":"no"}]}`,
	} {
		h.call("POST", invitationsPath, eve, bad).want(t, bad, 400, "bad_request")
	}
	got := h.call("POST", invitationsPath, eve, `{"invitations":[
		{"email":"new@example.com","name":"New","operator":true,"administrator":false},
		{"email":"NEW@example.com","operator":true,"administrator":true},
		{"email":"Ann@example.com","operator":true,"administrator":false},
		{"email":"nobody at all","operator":true,"administrator":false}]}`)
	if got.status != 200 || got.body["added_cost_cents"] != 0.0 || got.body["currency"] != "EUR" || got.body["cap"] != 2.0 {
		t.Fatalf("%d %s", got.status, got.raw)
	}
	var results []string
	for _, r := range got.list("results") {
		results = append(results, fmt.Sprint(r["result"], " ", r["added_cost_cents"]))
		if (r["result"] == "invited") != (r["invitation"] != nil) || (r["result"] == "invited") == (r["detail"] != nil) {
			t.Errorf("%v", r)
		}
	}
	if d := cmp.Diff([]string{"invited 0", "already_invited 0", "already_teammate 0", "invalid 0"}, results); d != "" {
		t.Error(d)
	}
	got = h.call("POST", invitationsPath, h.key, `{"add_seats":true,"invitations":[
		{"email":"a@example.com","operator":true,"administrator":false},{"email":"b@example.com","operator":false,"administrator":true},
		{"email":"c@example.com","operator":true,"administrator":true},{"email":"a@example.com","operator":true,"administrator":false}]}`)
	if got.status != 200 || got.body["added_cost_cents"] != 5000.0 || got.body["cap"] != 4.0 || got.body["applied"] != true {
		t.Errorf("with seats: %d %s", got.status, got.raw)
	}
}

func TestAnInvitationsLife(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mailed := 0
	s := h.server(func(o *admin.Options) { o.Mail = func() { mailed++ } })
	eve := h.token("lic", "tm_eve")
	got := h.callWith(s, "POST", invitationsPath, eve, `{"invitations":[{"email":"new@example.com","operator":true,"administrator":false}]}`, nil)
	invited, _ := got.list("results")[0]["invitation"].(map[string]any)
	id, _ := invited["id"].(string)
	one := invitationsPath + "/" + id
	if invited["state"] != "pending" || invited["sends"] != 1.0 || fmt.Sprint(invited["inviter"]) != "map[id:tm_eve kind:teammate]" || mailed != 1 {
		t.Errorf("%v; mailed %d times", invited, mailed)
	}
	early := h.callWith(s, "POST", one+"/resend", eve, "", nil)
	early.want(t, "at once", 429, "rate_limited")
	if early.header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", early.header.Get("Retry-After"))
	}
	first := h.stamped(id, 1)
	h.clock.Advance(time.Minute)
	again := h.callWith(s, "POST", one+"/resend", h.key, "", nil)
	if again.want(t, "again", 200, ""); again.body["sends"] != 2.0 || mailed != 2 {
		t.Errorf("%s; mailed %d times", again.raw, mailed)
	}
	second := h.stamped(id, 2)
	accept := func(token, name, password string) answer {
		t.Helper()
		return h.callWith(s, "POST", "/v1/invitations/accept", "", fmt.Sprintf(`{"token":%q,"name":%q,"password":%q}`, token, name, password), nil)
	}
	const password = "correct horse battery"
	accept(second, "New One", "short").want(t, "a short password", 400, "bad_request")
	accept(first, "New One", password).want(t, "of a mail before", 404, "not_found")
	accept("nothing", "New One", password).want(t, "no token", 404, "not_found")
	joined := accept(second, "New One", password)
	if joined.want(t, "accepted", 201, ""); joined.body == nil {
		t.Fatal(joined.raw)
	}
	teammate, _ := joined.body["teammate"].(map[string]any)
	token, _ := joined.body["token"].(string)
	if teammate["name"] != "New One" || teammate["operator"] != true || teammate["applied"] != true || mailed != 3 {
		t.Errorf("%s; mailed %d times", joined.raw, mailed)
	}
	if me := h.call("GET", "/v1/me", token, ""); me.status != 200 || !strings.Contains(me.raw, `"new@example.com"`) {
		t.Errorf("the access token: %d %s", me.status, me.raw)
	}
	accept(second, "New One", password).want(t, "twice", 404, "not_found")
	h.call("DELETE", one, eve, "").want(t, "revoke what was accepted", 409, "invitation_over")
	h.call("POST", one+"/resend", eve, "").want(t, "send what was accepted", 409, "invitation_over")
	for state, want := range map[string]int{"": 1, "accepted": 1, "pending": 0, "expired": 0, "revoked": 0} {
		query := ""
		if state != "" {
			query = "?state=" + state
		}
		if got := h.call("GET", invitationsPath+query, eve, ""); got.status != 200 || len(got.list("items")) != want {
			t.Errorf("%q: %d %s", state, got.status, got.raw)
		}
	}
	h.call("GET", invitationsPath+"?state=lost", eve, "").want(t, "another state", 400, "bad_request")
	if log := h.log.String(); strings.Contains(log, second) || strings.Contains(log, password) {
		t.Error("a secret stands in the log")
	}
}

func TestRevokedInvitationsAreGoodForNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got := h.call("POST", invitationsPath, h.key, `{"invitations":[{"email":"new@example.com","operator":true,"administrator":false}]}`)
	invited, _ := got.list("results")[0]["invitation"].(map[string]any)
	id, _ := invited["id"].(string)
	token := h.stamped(id, 1)
	for range 2 {
		revoked := h.call("DELETE", invitationsPath+"/"+id, h.token("lic", "tm_eve"), "")
		if revoked.want(t, "revoke", 200, ""); revoked.body["state"] != "revoked" {
			t.Error(revoked.raw)
		}
	}
	h.call("POST", "/v1/invitations/accept", "", fmt.Sprintf(`{"token":%q,"name":"N","password":"correct horse battery"}`, token)).want(t, "accept", 404, "not_found")
	for _, foreign := range []string{"/v1/licenses/lic_far/invitations/" + id, invitationsPath + "/inv_none"} {
		h.call("DELETE", foreign, h.farKey, "").want(t, foreign, 404, "not_found")
		h.call("POST", foreign+"/resend", h.farKey, "").want(t, foreign, 404, "not_found")
	}
}

func TestALicenseIsCreatedWithInvitations(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got := h.call("POST", "/v1/licenses", h.key, `{"id":"lic_new","name":"New","cap":2,"teammates":[
		{"email":"partner@example.com","name":"Partner","administrator":true},
		{"email":"ann@example.com","operator":true,"administrator":false,"invite":true},{"email":"eve@example.com","administrator":true,"invite":true}]}`)
	if got.status != 201 || len(got.list("teammates")) != 1 || len(got.list("invitations")) != 2 || got.list("invitations")[1]["email"] != "eve@example.com" {
		t.Errorf("%d %s", got.status, got.raw)
	}
	h.call("POST", "/v1/licenses", h.key, `{"id":"lic_bad","name":"New","cap":2,"teammates":[
		{"email":"ann@example.com","invite":true},{"email":"ann@example.com","invite":true}]}`).want(t, "twice the same", 409, "conflict")
	h.call("GET", "/v1/licenses/lic_bad", h.key, "").want(t, "what was not created", 404, "not_found")
	h.call("POST", "/v1/licenses/lic/teammates", h.key, `{"email":"ann2@example.com","invite":true}`).want(t, "invite to one that is there", 400, "bad_request")
}
