package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"usher/internal/auth"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	secret = []byte("f1d2a09c7b6e5d4839ab10cd27ef64f85e93")
	now    = time.Date(2030, 1, 2, 3, 4, 5, 600_000_000, time.UTC)
)

func fixedNow() time.Time { return now }

func newAuthority(t testing.TB, change func(*auth.Options)) *auth.Authority {
	t.Helper()
	o := auth.Options{Secret: secret, Keys: newKeys(t, &keyStore{}, nil), Shared: true, Now: fixedNow}
	if change != nil {
		change(&o)
	}
	a, err := auth.New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func newKeys(t testing.TB, store auth.KeyStore, change func(*auth.KeysOptions)) *auth.Keys {
	t.Helper()
	o := auth.KeysOptions{Secret: secret, Store: store, Now: fixedNow, Rand: new(counting)}
	if change != nil {
		change(&o)
	}
	k, err := auth.NewKeys(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return k
}

func claims(change func(jwt.MapClaims)) jwt.MapClaims {
	c := jwt.MapClaims{
		"iss": "usher", "aud": "usher", "sub": "tm_ann", "license": "lic_demo", "jti": "j1",
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	if change != nil {
		change(c)
	}
	return c
}

func sign(t testing.TB, method jwt.SigningMethod, key any, header map[string]any, c jwt.Claims) string {
	t.Helper()
	tok := jwt.NewWithClaims(method, c)
	for k, v := range header {
		if v == nil {
			delete(tok.Header, k)
			continue
		}
		tok.Header[k] = v
	}
	s, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestIssuedTokenVerifies(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, nil)
	token, expires, err := a.Issue("lic_demo", "tm_ann", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	want := now.Add(time.Hour).Truncate(time.Second)
	if !expires.Equal(want) {
		t.Errorf("expires %s, want %s", expires, want)
	}
	c, err := a.Verify(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if c.License != "lic_demo" || c.Teammate != "tm_ann" || !c.Expires.Equal(want) || !c.Issued.Equal(now.Truncate(time.Second)) {
		t.Errorf("claims %+v", c)
	}
	if id, err := uuid.Parse(c.ID); err != nil || id.Version() != 7 {
		t.Errorf("jti %q is no uuid v7", c.ID)
	}
}

func TestIssueRefuses(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, nil)
	for name, in := range map[string]struct {
		license, teammate string
		ttl               time.Duration
	}{
		"no license":   {"", "tm_ann", time.Hour},
		"no teammate":  {"lic_demo", "", time.Hour},
		"odd teammate": {"lic_demo", "tm ann", time.Hour},
		"long license": {strings.Repeat("l", 65), "tm_ann", time.Hour},
		"no ttl":       {"lic_demo", "tm_ann", 0},
		"past ttl":     {"lic_demo", "tm_ann", -time.Hour},
	} {
		if token, _, err := a.Issue(in.license, in.teammate, in.ttl); err == nil || token != "" {
			t.Errorf("%s: issued", name)
		}
	}
}

func TestExpiryIsExact(t *testing.T) {
	t.Parallel()
	clock := now.Truncate(time.Second)
	a := newAuthority(t, func(o *auth.Options) { o.Now = func() time.Time { return clock } })
	token, expires, err := a.Issue("lic_demo", "tm_ann", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	clock = expires.Add(-time.Nanosecond)
	if _, err := a.Verify(t.Context(), token); err != nil {
		t.Errorf("just before its end: %v", err)
	}
	clock = expires
	if _, err := a.Verify(t.Context(), token); !errors.Is(err, auth.ErrExpired) || errors.Is(err, auth.ErrInvalid) {
		t.Errorf("at its end: %v, want ErrExpired alone", err)
	}
}

func TestIssuerAndAudienceAreConfigurable(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, func(o *auth.Options) { o.Issuer, o.Audience = "https://id.example.com", "desk" })
	token, _, err := a.Issue("lic_demo", "tm_ann", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Verify(t.Context(), token); err != nil {
		t.Errorf("own token: %v", err)
	}
	if _, err := newAuthority(t, nil).Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalid) {
		t.Errorf("at another server: %v", err)
	}
}

func TestWeakConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	keys := newKeys(t, &keyStore{}, nil)
	for name, tc := range map[string]struct {
		secret, url, says string
	}{
		"empty secret":      {"", "", "0 bytes"},
		"short secret":      {"f1d2a09c7b6e5d4839ab10cd27ef64f", "", "31 bytes"},
		"one byte":          {strings.Repeat("x", 40), "", "too few"},
		"few bytes":         {strings.Repeat("abcaacbb", 5), "", "too few"},
		"zeros":             {string(make([]byte, 32)), "", "too few"},
		"repeated":          {strings.Repeat("k3Jf9aQ2xV7", 4), "", "repeated"},
		"sequence":          {"abcdefghijklmnopqrstuvwxyz0123456789", "", "sequence"},
		"placeholder":       {"Please, CHANGE me before production 42!", "", "changeme"},
		"library's example": {"your-256-bit-secret-goes-right-here-1", "", "bitsecret"},
		"password":          {"the pass-word of our 7 servers, 2030", "", "password"},
		"relative url":      {string(secret), "/jwks.json", "full https URL"},
		"no host":           {string(secret), "https:///jwks.json", "full https URL"},
		"other scheme":      {string(secret), "file:///etc/jwks.json", "full https URL"},
		"unparsable":        {string(secret), "https://id.example.com/%zz", "parsed"},
		"plain http":        {string(secret), "http://id.example.com/jwks.json", "must be https"},
		"user in url":       {string(secret), "https://u:p@id.example.com/jwks.json", "neither user"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := auth.New(context.Background(), auth.Options{Secret: []byte(tc.secret), Keys: keys, JWKSURL: tc.url})
			if err == nil {
				a.Close()
				t.Fatal("accepted")
			}
			if !errors.Is(err, auth.ErrWeak) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%v, want ErrWeak with %q", err, tc.says)
			}
			if tc.secret != "" && strings.Contains(err.Error(), tc.secret) {
				t.Error("the secret is in the error")
			}
		})
	}
}
