package admin_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/golang-jwt/jwt/v5"

	"usher/internal/auth"
	"usher/internal/directory"
)

type randomness struct{}

func (randomness) Read(p []byte) (int, error) { return rand.Read(p) }

// kind is what an operation asks of its caller, and whether it is about a license.
type kind struct {
	access  string
	license bool
}

// callers are all kinds of them, with what each must be answered, for operations of each kind; 0: let in.
var callers = []struct {
	name   string
	bearer func(*house) string
	want   func(kind) int
}{
	{"nobody", func(*house) string { return "" }, unknown},
	{"garbage", func(*house) string { return "garbage" }, unknown},
	{"what looks like a key", func(*house) string { return "usk_abcdefgh_" + strings.Repeat("0", 43) }, unknown},
	{"the beginning of a key", func(h *house) string { return h.key[:20] }, unknown},
	{"an expired token", func(h *house) string {
		token, _, err := h.authority.Issue("lic", "tm_eve", time.Second)
		h.must(err)
		h.clock.Advance(time.Second)
		return token
	}, unknown},
	{"a token signed with the secret", func(h *house) string {
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
			"iss": "usher", "aud": "usher", "sub": "tm_eve", "license": "lic", "exp": h.clock.Now().Add(time.Hour).Unix(),
		}).SignedString([]byte(houseSecret))
		h.must(err)
		return token
	}, unknown},
	{"a token of another deployment", func(h *house) string {
		keys, err := auth.NewKeys(h.t.Context(), auth.KeysOptions{Secret: []byte(houseSecret), Store: &otherKeys{}, Now: h.clock.Now})
		h.must(err)
		defer keys.Close()
		other, err := auth.New(h.t.Context(), auth.Options{Secret: []byte(houseSecret), Keys: keys, Now: h.clock.Now})
		h.must(err)
		defer other.Close()
		token, _, err := other.Issue("lic", "tm_eve", time.Hour)
		h.must(err)
		return token
	}, unknown},
	{"a removed administrator", func(h *house) string {
		h.addAdministrator("tm_gone")
		_, _, err := h.acting.RemoveTeammate(h.t.Context(), "lic", "tm_gone")
		h.must(err)
		return h.token("lic", "tm_gone")
	}, unknown},
	{"a token for a license that is not", func(h *house) string { return h.token("nowhere", "tm_eve") }, unknown},
	{"another license's teammate under this license's name", func(h *house) string { return h.token("lic", "tm_far") }, unknown},
	{"a revoked key", func(h *house) string {
		p, err := h.acting.EnsurePartner(h.t.Context(), "Example Partner", "partner@example.com")
		h.must(err)
		key := h.newKey(p)
		prefix, _ := auth.APIKeyPrefix(key)
		keys, err := h.dir.APIKeys(h.t.Context(), p.ID)
		h.must(err)
		for _, k := range keys {
			if k.Prefix == prefix {
				_, err := h.acting.RevokeAPIKey(h.t.Context(), p.ID, k.ID)
				h.must(err)
			}
		}
		return key
	}, unknown},
	{"a foreign administrator", func(h *house) string { return h.token("lic_far", "tm_far") }, func(k kind) int {
		switch {
		case k.license:
			return http.StatusNotFound
		case k.access == "partner":
			return http.StatusForbidden
		}
		return 0
	}},
	{"a foreign partner", func(h *house) string { return h.farKey }, func(k kind) int {
		if k.license {
			return http.StatusNotFound
		}
		return 0
	}},
	{"a plain operator", func(h *house) string { return h.token("lic", "tm_ann") }, plain},
	{"an administrator whose switch was turned off", func(h *house) string {
		h.addAdministrator("tm_off")
		token, off := h.token("lic", "tm_off"), false
		_, _, err := h.acting.ChangeTeammate(h.t.Context(), "lic", "tm_off", directory.TeammateChange{Administrator: &off})
		h.must(err)
		return token
	}, plain},
	{"an administrator", func(h *house) string { return h.token("lic", "tm_meg") }, func(k kind) int {
		if k.access == "partner" {
			return http.StatusForbidden
		}
		return 0
	}},
	{"the partner", func(h *house) string { return h.key }, func(kind) int { return 0 }},
}

// otherKeys are those of a deployment that is gone.
type otherKeys struct{}

func (*otherKeys) SigningKeys(context.Context) ([]auth.SigningKey, error) { return nil, nil }

func (*otherKeys) ChangeSigningKeys(_ context.Context, decide func([]auth.SigningKey) ([]auth.SigningKey, []string, error)) error {
	_, _, err := decide(nil)
	return err
}

func (h *house) addAdministrator(id string) {
	h.t.Helper()
	_, _, err := h.acting.AddTeammate(h.t.Context(), "lic", directory.NewTeammate{ID: id, Email: id + "@example.com", Administrator: true})
	h.must(err)
}

// invitation is the id of one that is open.
func (h *house) invitation() string {
	h.t.Helper()
	page, err := h.dir.Invitations(h.t.Context(), "lic", directory.Pending, "", 1)
	h.must(err)
	if len(page.Items) == 0 {
		_, results, err := h.acting.Invite(h.t.Context(), "lic", []directory.NewInvitation{{Email: "guest@example.com"}}, false)
		h.must(err)
		return results[0].Invitation.ID
	}
	return page.Items[0].ID
}

// apiKey is the id of one of the partner's keys that is not in use.
func (h *house) apiKey() string {
	h.t.Helper()
	p, err := h.acting.EnsurePartner(h.t.Context(), "Example Partner", "partner@example.com")
	h.must(err)
	k, err := h.acting.AddAPIKey(h.t.Context(), p.ID, directory.NewAPIKey{Prefix: "spare", Hash: auth.HashAPIKey("spare")})
	h.must(err)
	return k.ID
}

func unknown(k kind) int {
	if k.access == "everybody" {
		return 0
	}
	return http.StatusUnauthorized
}

func plain(k kind) int {
	if k.access == "known" || k.access == "everybody" {
		return 0
	}
	return http.StatusForbidden
}

// The document is the list of routes, so that none can be forgotten here.
func eachRoute(t *testing.T, do func(op *openapi3.Operation, method, url string, k kind)) {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	routes := 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			routes++
			url := "/v1" + strings.NewReplacer("{license}", "lic", "{teammate}", "tm_bob", "{session}", "ses_bob", "{invitation}", "inv_any", "{api_key}", "key_any", "{alert}", "1").Replace(path)
			do(op, method, url, kind{access: fmt.Sprint(op.Extensions["x-access"]), license: strings.Contains(path, "{license}")})
		}
	}
	if routes < 24 {
		t.Errorf("only %d routes were found in the document", routes)
	}
}

// All but these need the administrator switch. That the document says so is seen here; that it is so, below.
func TestWhoMayCallWhatIsSaidOnce(t *testing.T) {
	t.Parallel()
	others := map[string]string{
		"CreateLicense": "partner", "ListLicenses": "partner", "DeleteLicense": "partner", "RestoreLicense": "partner", "IssueToken": "partner",
		"ListAPIKeys": "partner", "CreateAPIKey": "partner", "RevokeAPIKey": "partner",
		"GetMe": "known", "GetOpenAPI": "everybody", "AcceptInvitation": "everybody",
		"LogIn": "everybody", "RefreshToken": "everybody", "LogOut": "everybody", "ForgotPassword": "everybody", "ResetPassword": "everybody",
	}
	eachRoute(t, func(op *openapi3.Operation, _, _ string, k kind) {
		if want := cmp.Or(others[op.OperationID], "administrator"); k.access != want {
			t.Errorf("%s is for %s, want %s", op.OperationID, k.access, want)
		}
	})
}

func TestEveryRouteRefusesWhoMayNot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	bearers := make([]string, len(callers))
	for i, caller := range callers {
		bearers[i] = caller.bearer(h)
	}
	before, err := h.dir.License(t.Context(), "lic")
	h.must(err)
	codes := map[int]string{401: "unauthorized", 403: "forbidden", 404: "not_found"}
	eachRoute(t, func(op *openapi3.Operation, method, url string, k kind) {
		for i, caller := range callers {
			want := caller.want(k)
			if want == 0 {
				continue
			}
			h.clock.Advance(time.Second) // else who comes with an unknown key waits until keys are looked for again
			got := h.call(method, url, bearers[i], "")
			got.want(t, op.OperationID+" by "+caller.name, want, codes[want])
			if challenge := got.header.Get("WWW-Authenticate"); (want == 401) != strings.HasPrefix(challenge, "Bearer") {
				t.Errorf("%s by %s: WWW-Authenticate is %q", op.OperationID, caller.name, challenge)
			}
		}
	})
	if after, err := h.dir.License(t.Context(), "lic"); err != nil || after.Revision != before.Revision {
		t.Errorf("a refused call changed the license: revision %d, was %d (%v)", after.Revision, before.Revision, err)
	}
}

func TestEveryRouteLetsInWhoMay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	eachRoute(t, func(op *openapi3.Operation, method, url string, k kind) {
		for _, caller := range callers {
			if caller.want(k) != 0 || k.access == "everybody" && caller.name != callers[0].name { // nobody looks who it is
				continue
			}
			in := h
			if method == http.MethodDelete {
				in = newHouse(t)
			} else if strings.Contains(caller.name, "switch was turned off") {
				continue // like a plain operator, and can be made only once
			}
			in.raise(1)
			// What they then lack is a body, a query, or a seat to be freed.
			url := strings.NewReplacer("inv_any", in.invitation(), "key_any", in.apiKey()).Replace(url)
			got := in.call(method, url, caller.bearer(in), "")
			refused := got.status == 401 || got.status == 403 || got.status == 404 && got.code() != "not_seated"
			if op.OperationID == "RevokeAPIKey" && caller.name == "a foreign partner" {
				refused = got.status != http.StatusNotFound // let in, to their own keys
			}
			if refused || got.status >= 500 {
				t.Errorf("%s by %s: got %d %s, want to be let in", op.OperationID, caller.name, got.status, got.raw)
			}
		}
	})
}

// A problem must not tell whether a foreign license exists.
func TestForeignAndAbsentLicensesLookAlike(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, bearer := range map[string]string{"partner": h.key, "administrator": h.token("lic", "tm_eve")} {
		foreign := h.call("GET", "/v1/licenses/lic_far", bearer, "")
		absent := h.call("GET", "/v1/licenses/lic_nowhere", bearer, "")
		if foreign.status != 404 || foreign.raw != absent.raw {
			t.Errorf("%s: foreign %s, absent %s", name, foreign.raw, absent.raw)
		}
	}
}

func TestAuthorizationHeader(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for header, want := range map[string]int{
		"Bearer " + h.key: 200, "bearer " + h.key: 200, "Bearer  " + h.key: 200,
		h.key: 401, "Basic " + h.key: 401, "Bearer": 401, "Bearer ": 401, "Bearer " + h.key + "x": 401, "Bearer " + strings.Repeat("a", 20000): 401,
	} {
		got := h.callWith(h.Server, "GET", "/v1/me", "", "", map[string]string{"Authorization": header})
		if got.status != want {
			t.Errorf("%.30q: got %d, want %d", header, got.status, want)
		}
	}
	if log := h.log.String(); strings.Contains(log, h.key) {
		t.Error("the key stands in the log")
	}
}
