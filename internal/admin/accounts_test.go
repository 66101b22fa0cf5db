package admin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/internal/auth"
	"usher/internal/directory"
)

const goodPassword = "correct horse battery"

// member is a teammate of a license with a password.
func (h *house) member(license, email, password string) directory.Teammate {
	h.t.Helper()
	_, results, err := h.acting.Invite(h.t.Context(), license, []directory.NewInvitation{{Email: email, Operator: true}}, false)
	h.must(err)
	h.must(results[0].Err)
	token := h.stamped(results[0].Invitation.ID, 1)
	got := h.call("POST", "/v1/invitations/accept", "", fmt.Sprintf(`{"token":%q,"name":"Member","password":%q}`, token, password))
	if got.status != 201 {
		h.t.Fatalf("%d %s", got.status, got.raw)
	}
	teammate, _ := got.body["teammate"].(map[string]any)
	id, _ := teammate["id"].(string)
	t, err := h.dir.Teammate(h.t.Context(), license, id)
	h.must(err)
	return t
}

func (h *house) login(license, email, password string) answer {
	h.t.Helper()
	named := ""
	if license != "" {
		named = fmt.Sprintf(`"license":%q,`, license)
	}
	return h.call("POST", "/v1/login", "", fmt.Sprintf(`{%s"email":%q,"password":%q}`, named, email, password))
}

func (h *house) refresh(token string) answer {
	h.t.Helper()
	return h.call("POST", "/v1/token/refresh", "", fmt.Sprintf(`{"refresh_token":%q}`, token))
}

func (a answer) text(field string) string { s, _ := a.body[field].(string); return s }

func TestLogIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.member("lic", "new@example.com", goodPassword)
	in := h.login("", "NEW@example.com", goodPassword)
	if in.want(t, "login", 200, ""); !strings.HasPrefix(in.text("refresh_token"), "usr_") || in.text("expires") != h.clock.Now().Add(15*time.Minute).UTC().Format(time.RFC3339) {
		t.Fatal(in.raw)
	}
	if me := h.call("GET", "/v1/me", in.text("token"), ""); me.status != 200 || !strings.Contains(me.raw, m.ID) {
		t.Errorf("%d %s", me.status, me.raw)
	}
	for name, got := range map[string]answer{
		"another password": h.login("", "new@example.com", "another password"), "nobody": h.login("", "nobody@example.com", goodPassword),
		"another license": h.login("lic_far", "new@example.com", goodPassword), "no such license": h.login("lic_nowhere", "new@example.com", goodPassword),
		"who has no password": h.login("lic", "ann@example.com", ""), "no address": h.login("", "nobody at all", goodPassword),
	} {
		if got.want(t, name, 401, "unauthorized"); got.body["detail"] != "the mail address or the password is wrong" {
			t.Errorf("%s: %s", name, got.raw)
		}
	}
	h.must(func() error {
		_, _, err := h.acting.RemoveTeammate(t.Context(), "lic", m.ID)
		return err
	}())
	h.login("", "new@example.com", goodPassword).want(t, "removed", 401, "unauthorized")
	h.refresh(in.text("refresh_token")).want(t, "removed", 401, "unauthorized")
	h.call("GET", "/v1/me", in.text("token"), "").want(t, "removed", 401, "unauthorized")
	if log := h.log.String(); strings.Contains(log, goodPassword) || strings.Contains(log, in.text("refresh_token")) {
		t.Error("a secret stands in the log")
	}
}

func TestLogInWithSeveralLicenses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.member("lic", "both@example.com", goodPassword)
	h.member("lic_far", "both@example.com", goodPassword)
	h.member("lic", "other@example.com", goodPassword)
	h.member("lic_far", "other@example.com", "far away from here")
	many := h.login("", "both@example.com", goodPassword)
	if many.want(t, "both", 409, "license_needed"); len(many.list("licenses")) != 2 {
		t.Error(many.raw)
	}
	h.login("lic_far", "both@example.com", goodPassword).want(t, "named", 200, "")
	if in := h.login("", "other@example.com", "far away from here"); in.status != 200 || !strings.Contains(in.raw, `"lic_far"`) {
		t.Errorf("where one has the password: %d %s", in.status, in.raw)
	}
}

func TestRefreshAndLogOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.member("lic", "new@example.com", goodPassword)
	first := h.login("", "new@example.com", goodPassword).text("refresh_token")
	second := h.refresh(first)
	if second.want(t, "refresh", 200, ""); second.text("refresh_token") == first || second.text("token") == "" {
		t.Error(second.raw)
	}
	h.clock.Advance(time.Minute)
	h.refresh(first).want(t, "used again", 401, "unauthorized")
	h.refresh(second.text("refresh_token")).want(t, "its successor", 401, "unauthorized")
	other := h.login("", "new@example.com", goodPassword).text("refresh_token")
	for range 2 {
		if got := h.call("POST", "/v1/logout", "", fmt.Sprintf(`{"refresh_token":%q}`, other)); got.status != 204 {
			t.Errorf("logout: %d %s", got.status, got.raw)
		}
	}
	h.refresh(other).want(t, "logged out", 401, "unauthorized")
	h.refresh("nothing").want(t, "no token", 401, "unauthorized")
}

// Whoever guesses is heard less and less; who has logged in from where they are is not kept out.
func TestGuessingIsSlow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.member("lic", "new@example.com", goodPassword)
	from := func(address, password string) answer {
		t.Helper()
		return h.callFrom(address, "POST", "/v1/login", fmt.Sprintf(`{"email":"new@example.com","password":%q}`, password))
	}
	from("198.51.100.1", goodPassword).want(t, "from home", 200, "")
	for range 5 {
		from("203.0.113.9", "a guess").want(t, "a guess", 401, "unauthorized")
	}
	blocked := from("203.0.113.9", goodPassword)
	if blocked.want(t, "one too many, and right", 429, "rate_limited"); blocked.header.Get("Retry-After") != "2" {
		t.Errorf("Retry-After: %q", blocked.header.Get("Retry-After"))
	}
	from("198.51.100.1", goodPassword).want(t, "from home", 200, "")
	h.clock.Advance(2 * time.Second)
	from("203.0.113.9", goodPassword).want(t, "after the wait", 200, "")
}

func TestForgottenPasswords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.member("lic", "new@example.com", goodPassword)
	for _, email := range []string{"new@example.com", "nobody@example.com"} { // answered alike
		if got := h.call("POST", "/v1/password/forgot", "", fmt.Sprintf(`{"email":%q}`, email)); got.status != 202 || got.raw != "" {
			t.Errorf("%s: %d %s", email, got.status, got.raw)
		}
	}
	var id string
	h.must(h.db.Row(t.Context(), `SELECT id FROM password_resets`, nil, []any{&id}))
	token := auth.MailToken([]byte("secret"), directory.ResetToken, id, 1)
	if good, err := h.dir.StampReset(t.Context(), id, fmt.Sprintf("%x", auth.HashToken(token))); err != nil || !good {
		t.Fatal(good, err)
	}
	reset := func(token, password string) answer {
		t.Helper()
		return h.call("POST", "/v1/password/reset", "", fmt.Sprintf(`{"token":%q,"password":%q}`, token, password))
	}
	reset(token, "short").want(t, "short", 400, "bad_request")
	reset("nothing", "another horse battery").want(t, "no token", 404, "not_found")
	reset(token, "another horse battery").want(t, "reset", 200, "")
	reset(token, "another horse battery").want(t, "twice", 404, "not_found")
	h.login("", "new@example.com", goodPassword).want(t, "the old one", 401, "unauthorized")
	h.login("", "new@example.com", "another horse battery").want(t, "the new one", 200, "")
}

// What no database takes for text is as good as any other text that is wrong.
func TestTextThatNoDatabaseTakes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const bad = `a\u0000b@example.com`
	h.call("POST", "/v1/login", "", `{"email":"`+bad+`","password":"a\u0000b"}`).want(t, "login", 401, "unauthorized")
	h.call("POST", "/v1/token/refresh", "", `{"refresh_token":"a\u0000b"}`).want(t, "refresh", 401, "unauthorized")
	h.call("POST", "/v1/password/reset", "", `{"token":"a\u0000b","password":"correct horse"}`).want(t, "reset", 404, "not_found")
	h.call("POST", "/v1/invitations/accept", "", `{"token":"a\u0000b","name":"A","password":"correct horse"}`).want(t, "accept", 404, "not_found")
	if got := h.call("POST", "/v1/password/forgot", "", `{"email":"`+bad+`"}`); got.status != 202 {
		t.Errorf("forgot: %d %s", got.status, got.raw)
	}
	if got := h.call("POST", "/v1/logout", "", `{"refresh_token":"a\u0000b"}`); got.status != 204 {
		t.Errorf("logout: %d %s", got.status, got.raw)
	}
	got := h.call("POST", "/v1/licenses/lic/invitations", h.key, `{"invitations":[{"email":"`+bad+`","operator":true,"administrator":false},
		{"email":"a@example.com","name":"a\u0000b","operator":true,"administrator":false}]}`)
	for _, r := range got.list("results") {
		if r["result"] != "invalid" {
			t.Errorf("%v", r)
		}
	}
	h.call("POST", "/v1/licenses/lic/teammates", h.key, `{"email":"`+bad+`"}`).want(t, "teammate", 400, "bad_request")
	h.call("POST", "/v1/api-keys", h.key, `{"name":"a\u0000b"}`).want(t, "key", 400, "bad_request")
	h.call("GET", "/v1/licenses/lic/audit?action=%00", h.key, "").want(t, "action", 400, "bad_request")
	h.call("GET", "/v1/licenses/lic/audit?subject=%00", h.key, "").want(t, "subject", 400, "bad_request")
	h.take("tm_ann")
	h.call("POST", freeAnn, h.key, `{"reason":"a\u0000b"}`).want(t, "free", 200, "")
	h.call("PATCH", "/v1/licenses/lic", h.key, `{"name":"a\u0000b"}`).want(t, "license", 400, "bad_request")
}
