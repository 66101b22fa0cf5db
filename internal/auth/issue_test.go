package auth_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/auth"
)

// issuing is an authority with the tickets on the same keys.
func issuing(t testing.TB, store *keyStore, change func(*auth.Options)) (*auth.Authority, *auth.Tickets) {
	t.Helper()
	keys := newKeys(t, store, nil)
	tickets, err := auth.NewTickets(auth.TicketOptions{Keys: keys, TTL: 20 * time.Second, Now: fixedNow})
	if err != nil {
		t.Fatal(err)
	}
	a := newAuthority(t, func(o *auth.Options) {
		o.Keys, o.Shared = keys, false
		if change != nil {
			change(o)
		}
	})
	return a, tickets
}

func mustIssue(t testing.TB, a *auth.Authority) string {
	t.Helper()
	token, _, err := a.Issue("lic_demo", "tm_ann", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestIssuedTokensAreSignedWithTheKeysOfAllNodes(t *testing.T) {
	t.Parallel()
	store := &keyStore{}
	a, _ := issuing(t, store, nil)
	header := part(t, mustIssue(t, a), 0)
	if header["alg"] != "EdDSA" || header["typ"] != auth.TokenType || header["kid"] != store.ids()[0] {
		t.Errorf("%v", header)
	}
	other, _ := issuing(t, store, nil)
	if c, err := other.Verify(t.Context(), mustIssue(t, a)); err != nil || c.Teammate != "tm_ann" || c.External != nil {
		t.Errorf("at another node: %+v, %v", c, err)
	}
	stranger, _ := issuing(t, &keyStore{}, func(o *auth.Options) {
		o.Keys = newKeys(t, &keyStore{}, func(o *auth.KeysOptions) { o.Rand = rand.Reader })
	})
	if _, err := stranger.Verify(t.Context(), mustIssue(t, a)); !errors.Is(err, auth.ErrInvalid) {
		t.Errorf("elsewhere: %v", err)
	}
}

// Tickets and access tokens are never taken for each other, though the same keys sign both.
func TestTicketsAndAccessTokensAreNotTakenForEachOther(t *testing.T) {
	t.Parallel()
	store := &keyStore{}
	srv := newJWKS(t)
	a, ts := issuing(t, store, func(o *auth.Options) { o.JWKSURL, o.Shared = srv.URL, true })
	keys := newKeys(t, store, nil)
	srv.does(func(w http.ResponseWriter) { _, _ = w.Write(keys.JWKS()) })
	kid := store.ids()[0]
	signed := func(typ string, aud string) string {
		c := ticketClaims(nil)
		c["aud"] = aud
		return sign(t, jwt.SigningMethodEdDSA, knownKey(), map[string]any{"kid": kid, "typ": typ}, c)
	}
	ticket, err := ts.Sign(aTicket(now))
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"a ticket":                              ticket,
		"a ticket with the typ of a token":      signed(auth.TokenType, auth.TicketAudience),
		"a ticket with the typ of another's":    signed("JWT", auth.TicketAudience),
		"a ticket with the audience of a token": signed(auth.TicketType, "usher"),
		"a token's typ in capitals":             signed(strings.ToUpper(auth.TokenType), "usher"),
	} {
		if _, err := a.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("%s as access token: %v", name, err)
		}
	}
	for name, token := range map[string]string{
		"an access token":                       mustIssue(t, a),
		"a token with the audience of a ticket": signed(auth.TokenType, auth.TicketAudience),
		"a token with the typ of a ticket":      signed(auth.TicketType, "usher"),
	} {
		if _, err := ts.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("%s as ticket: %v", name, err)
		}
	}
	// What is refused above is refused for its typ or audience alone.
	if _, err := a.Verify(t.Context(), signed(auth.TokenType, "usher")); err != nil {
		t.Error(err)
	}
	if _, err := ts.Verify(t.Context(), signed(auth.TicketType, auth.TicketAudience)); err != nil {
		t.Error(err)
	}
	_, err = auth.New(context.Background(), auth.Options{Secret: secret, Keys: keys, Audience: auth.TicketAudience})
	if !errors.Is(err, auth.ErrWeak) {
		t.Errorf("one audience for both: %v", err)
	}
}

// Each issuer's tokens are checked with that issuer's keys and in their algorithms, whatever a token says.
func TestIssuersAndAlgorithmsAreNotConfused(t *testing.T) {
	t.Parallel()
	store := &keyStore{}
	own, rs, ed := knownKey(), rsaKey(t), edKey(t)
	srv := newJWKS(t)
	newKeys(t, store, nil)
	kid := store.ids()[0]
	// The external issuer even has a key with the id of one of ours.
	srv.serve(jwk(t, rs.Public(), "rs"), jwk(t, ed.Public(), "ed"), jwk(t, edKey(t).Public(), kid))
	public := []byte(own.Public().(ed25519.PublicKey))
	type made struct {
		typ    any
		method jwt.SigningMethod
		key    any
		kid    string
	}
	for name, tc := range map[string]struct {
		made
		says string // "": it is good
		bare string // the same where there is neither JWKS URL nor shared secret
	}{
		"ours":                              {made{auth.TokenType, jwt.SigningMethodEdDSA, own, kid}, "", ""},
		"external":                          {made{"JWT", jwt.SigningMethodRS256, rs, "rs"}, "", "algorithm"},
		"external EdDSA":                    {made{nil, jwt.SigningMethodEdDSA, ed, "ed"}, "", "algorithm"},
		"shared":                            {made{"JWT", jwt.SigningMethodHS256, secret, "rs"}, "", "algorithm"},
		"our key, as external":              {made{"JWT", jwt.SigningMethodEdDSA, own, kid}, "signature", "algorithm"},
		"our key, no typ":                   {made{nil, jwt.SigningMethodEdDSA, own, kid}, "signature", "algorithm"},
		"external key, as ours":             {made{auth.TokenType, jwt.SigningMethodEdDSA, ed, "ed"}, "kid is not known", "kid is not known"},
		"external key under our id":         {made{auth.TokenType, jwt.SigningMethodEdDSA, ed, kid}, "signature", "signature"},
		"RS256, as ours":                    {made{auth.TokenType, jwt.SigningMethodRS256, rs, "rs"}, "algorithm", "algorithm"},
		"shared secret, as ours":            {made{auth.TokenType, jwt.SigningMethodHS256, secret, kid}, "algorithm", "algorithm"},
		"our public key as secret, as ours": {made{auth.TokenType, jwt.SigningMethodHS256, public, kid}, "algorithm", "algorithm"},
		"our public key as shared secret":   {made{"JWT", jwt.SigningMethodHS256, public, kid}, "signature", "algorithm"},
		"their public key as secret":        {made{"JWT", jwt.SigningMethodHS256, []byte(ed.Public().(ed25519.PublicKey)), "ed"}, "signature", "algorithm"},
		"none, as ours":                     {made{auth.TokenType, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, kid}, "algorithm", "algorithm"},
		"ours without a key id":             {made{auth.TokenType, jwt.SigningMethodEdDSA, own, ""}, "kid is missing", "kid is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all, _ := issuing(t, store, func(o *auth.Options) { o.JWKSURL, o.Shared = srv.URL, true })
			bare, _ := issuing(t, store, nil)
			token := sign(t, tc.method, tc.key, map[string]any{"typ": tc.typ, "kid": tc.kid}, claims(nil))
			for _, at := range []struct {
				*auth.Authority
				says string
			}{{all, tc.says}, {bare, tc.bare}} {
				_, err := at.Verify(t.Context(), token)
				switch {
				case at.says == "" && err != nil:
					t.Error(err)
				case at.says != "" && (!errors.Is(err, auth.ErrInvalid) || !strings.Contains(err.Error(), at.says)):
					t.Errorf("%v, want ErrInvalid with %q", err, at.says)
				}
			}
		})
	}
}

func TestWhatAnExternalIssuerSays(t *testing.T) {
	t.Parallel()
	srv, key := newJWKS(t), edKey(t)
	srv.serve(jwk(t, key.Public(), "ed"))
	a, _ := issuing(t, &keyStore{}, func(o *auth.Options) { o.JWKSURL, o.Shared = srv.URL, true })
	for name, tc := range map[string]struct {
		says map[string]any
		want auth.External
	}{
		"nothing":             {nil, auth.External{}},
		"all":                 {map[string]any{"name": "Ann Ames", "email": "ann@example.com", "email_verified": true}, auth.External{Name: "Ann Ames", Email: "ann@example.com"}},
		"not verified":        {map[string]any{"email": "ann@example.com", "email_verified": false}, auth.External{}},
		"not verified, so":    {map[string]any{"email": "ann@example.com", "email_verified": "false"}, auth.External{}},
		"verified as text":    {map[string]any{"email": "ann@example.com", "email_verified": "true"}, auth.External{Email: "ann@example.com"}},
		"of another shape":    {map[string]any{"name": 7, "email": []string{"ann@example.com"}, "email_verified": nil}, auth.External{}},
		"null":                {map[string]any{"name": nil, "email": nil}, auth.External{}},
		"what no text may be": {map[string]any{"name": "Ann\x00", "email": "ann"}, auth.External{Name: "Ann\x00", Email: "ann"}},
	} {
		c := claims(func(c jwt.MapClaims) {
			maps.Copy(c, tc.says)
		})
		got, err := a.Verify(t.Context(), sign(t, jwt.SigningMethodEdDSA, key, map[string]any{"kid": "ed"}, c))
		if err != nil || got.External == nil || *got.External != tc.want {
			t.Errorf("%s: %+v, %v, want %+v", name, got.External, err, tc.want)
		}
		if got, err := a.Verify(t.Context(), sign(t, jwt.SigningMethodHS256, secret, nil, c)); err != nil || got.External != nil {
			t.Errorf("%s, of who knows the secret: %+v, %v", name, got.External, err)
		}
	}
}

// A token outlives the key that signed it by nothing, however often keys are rotated.
func TestATokenIsGoodUntilItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		keys := newKeys(t, &keyStore{}, func(o *auth.KeysOptions) {
			o.Now, o.Rand, o.Rotation, o.RefreshEvery, o.Ahead = time.Now, rand.Reader, 24*time.Hour, time.Hour, 2*time.Hour
		})
		a := newAuthority(t, func(o *auth.Options) { o.Keys, o.Now = keys, time.Now })
		token, expires, err := a.Issue("lic_demo", "tm_ann", auth.MaxTTL)
		if err != nil {
			t.Fatal(err)
		}
		for time.Until(expires) > time.Hour {
			if _, err := a.Verify(t.Context(), token); err != nil {
				t.Fatalf("%s before its end: %v", time.Until(expires), err)
			}
			time.Sleep(time.Hour)
		}
		time.Sleep(time.Until(expires) - time.Nanosecond)
		if _, err := a.Verify(t.Context(), token); err != nil {
			t.Errorf("at its end: %v", err)
		}
		time.Sleep(time.Nanosecond)
		if _, err := a.Verify(t.Context(), token); !errors.Is(err, auth.ErrExpired) {
			t.Errorf("after its end: %v", err)
		}
		if _, _, err := a.Issue("lic_demo", "tm_ann", auth.MaxTTL+1); err == nil {
			t.Error("a token that the keys don't outlast was issued")
		}
	})
}

func BenchmarkVerifyToken(b *testing.B) {
	a, _ := issuing(b, &keyStore{}, func(o *auth.Options) { o.Shared = true })
	for name, token := range map[string]string{
		"ours": mustIssue(b, a), "shared": sign(b, jwt.SigningMethodHS256, secret, nil, claims(nil)),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := a.Verify(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkIssueToken(b *testing.B) {
	a, _ := issuing(b, &keyStore{}, nil)
	for b.Loop() {
		mustIssue(b, a)
	}
}
