package main

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"usher/gateway/client"
	"usher/gateway/wire"
	"usher/internal/postgrestest"
	"usher/internal/redistest"

	"github.com/golang-jwt/jwt/v5"
)

// identityProvider signs access tokens that are not Usher's.
type identityProvider struct {
	*httptest.Server

	t   *testing.T
	key ed25519.PrivateKey
}

func startIdentityProvider(t *testing.T) *identityProvider {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &identityProvider{t: t, key: private}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"idp","alg":"EdDSA","use":"sig","x":%q}]}`, base64.RawURLEncoding.EncodeToString(public))
	}))
	t.Cleanup(p.Close)
	return p
}

// token is of somebody on the demo's license; more are other claims.
func (p *identityProvider) token(who string, more jwt.MapClaims) string {
	p.t.Helper()
	claims := jwt.MapClaims{"iss": "usher", "aud": "usher", "sub": who, "license": demoLicense, "exp": time.Now().Add(time.Hour).Unix()}
	maps.Copy(claims, more)
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	token.Header["kid"] = "idp"
	signed, err := token.SignedString(p.key)
	if err != nil {
		p.t.Fatal(err)
	}
	return signed
}

// says logs in with a token, and returns the welcome's roster entry of who it is, or the code with which it is refused.
func says(t *testing.T, at *process, token string) (w wire.Welcome, refused string) {
	t.Helper()
	welcomed := make(chan wire.Welcome, 1)
	c, err := client.New(client.Options{
		URL: at.url + "/v1/agent", Token: func(context.Context) (string, error) { return token, nil },
		OnEvent: func(e client.Event) {
			if e, ok := e.(client.Welcomed); ok {
				select {
				case welcomed <- e.Welcome:
				default:
				}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	select {
	case w = <-welcomed:
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		return w, ""
	case err := <-ended:
		return w, fmt.Sprint(err)
	}
}

// Who has a token of the identity provider joins when they first come, over the WebSocket or over HTTP, to any node and once; where the
// license does not want that, or they were removed, they stay outside.
func TestNewcomersJoinOnFirstSight(t *testing.T) {
	t.Parallel()
	idp := startIdentityProvider(t)
	database := postgrestest.URL(t)
	one, two := startTwo(t, redistest.Start(t).URL(), "--database-url", database, "--jwks-url", idp.URL)
	told := func(who string) jwt.MapClaims { return jwt.MapClaims{"name": who, "email": who + "@example.com"} }
	if _, refused := says(t, one, idp.token("tm_zoe", told("Zoe"))); refused == "" {
		t.Error("Zoe was let in before the license wanted her")
	}
	if status, _ := one.call(idp.token("tm_zoe", told("Zoe")), "GET", "/v1/me", nil); status != 401 {
		t.Errorf("Zoe over HTTP: %d, want 401", status)
	}
	if status, answer := one.call(one.demo.APIKey, "PATCH", one.license(""), map[string]any{"policy": map[string]any{"first_sight": true}, "cap": 20}); status != 200 {
		t.Fatalf("%v", answer)
	}
	var all sync.WaitGroup
	for _, p := range []*process{one, two, one, two} { // at once
		all.Go(func() {
			w, refused := says(t, p, idp.token("tm_zoe", told("Zoe")))
			if refused != "" || w.Seat.State != wire.SeatHeld {
				t.Errorf("Zoe: %s %+v", refused, w.Seat)
			}
		})
	}
	all.Wait()
	if status, me := two.call(idp.token("tm_yan", told("Yan")), "GET", "/v1/me", nil); status != 200 {
		t.Errorf("Yan over HTTP: %d %v", status, me)
	}
	if status, answer := one.call(idp.token("tm_yan", told("Yan")), "PATCH", one.license(""), map[string]any{"cap": 99}); status != 403 {
		t.Errorf("Yan changes the license: %d %v", status, answer)
	}
	for who, want := range map[string]string{"tm_zoe": "Zoe@example.com", "tm_yan": "Yan@example.com"} {
		status, got := one.call(one.demo.token("Meg"), "GET", one.license("/teammates/"+who), nil)
		if status != 200 || got["email"] != want || got["operator"] != true || got["administrator"] != false {
			t.Errorf("%s: %d %v", who, status, got)
		}
		_, log := one.call(one.demo.token("Meg"), "GET", one.license("/audit?action=teammate.added&subject="+who), nil)
		if entries := log["items"].([]any); len(entries) != 1 {
			t.Errorf("%s was added %d times", who, len(entries))
		}
	}
	if _, refused := says(t, one, idp.token("tm_xan", jwt.MapClaims{"name": "Xan"})); refused == "" {
		t.Error("one without an address was let in")
	}
	if status, answer := one.call(one.demo.token("Meg"), "DELETE", one.license("/teammates/tm_zoe"), nil); status != 200 {
		t.Fatalf("%v", answer)
	}
	if _, refused := says(t, two, idp.token("tm_zoe", told("Zoe"))); refused == "" {
		t.Error("Zoe came back after she was removed")
	}
	if out, _, code := usher(t, nil, "audit", "verify", "--database-url", database); code != 0 {
		t.Errorf("the audit log: %s", out)
	}
}
