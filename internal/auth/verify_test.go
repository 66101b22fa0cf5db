package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/auth"
)

type badToken struct {
	token string
	err   error
	says  string
}

func hs(t *testing.T, header map[string]any, change func(jwt.MapClaims)) string {
	return sign(t, jwt.SigningMethodHS256, secret, header, claims(change))
}

func badClaims(t *testing.T) map[string]badToken {
	with := func(k string, v any) string {
		return hs(t, nil, func(c jwt.MapClaims) { c[k] = v })
	}
	without := func(k string) string {
		return hs(t, nil, func(c jwt.MapClaims) { delete(c, k) })
	}
	inv := auth.ErrInvalid
	return map[string]badToken{
		"another audience":    {with("aud", "usher-inbox"), inv, "aud"},
		"empty audience":      {with("aud", ""), inv, "required"},
		"audience of numbers": {with("aud", []any{1}), inv, "malformed"},
		"another issuer":      {with("iss", "somebody"), inv, "iss"},
		"expired":             {with("exp", now.Add(-time.Second).Unix()), auth.ErrExpired, "expired"},
		"expired and foreign": {hs(t, nil, func(c jwt.MapClaims) { c["exp"], c["aud"] = 1, "other" }), inv, "aud"},
		"not yet valid":       {with("nbf", now.Add(time.Minute).Unix()), inv, "nbf"},
		"exp as text":         {with("exp", "tomorrow-4711"), inv, "malformed"},
		"exp out of range":    {with("exp", 1e15), inv, "exp"},
		"no exp":              {without("exp"), inv, "required"},
		"no aud":              {without("aud"), inv, "required"},
		"no iss":              {without("iss"), inv, "required"},
		"no sub":              {without("sub"), inv, "sub"},
		"no license":          {without("license"), inv, "license"},
		"empty sub":           {with("sub", ""), inv, "sub"},
		"sub is no id":        {with("sub", "tm_ann}{*"), inv, "sub"},
		"sub is a number":     {with("sub", 5), inv, "malformed"},
		"license is no id":    {with("license", "lic demo"), inv, "license"},
		"license too long":    {with("license", strings.Repeat("l", 65)), inv, "license"},
		"jti too long":        {with("jti", strings.Repeat("j", 129)), inv, "jti"},
	}
}

func badHeaders(t *testing.T) map[string]badToken {
	inv := auth.ErrInvalid
	return map[string]badToken{
		"unknown crit":    {hs(t, map[string]any{"crit": []string{"exp2"}}, nil), inv, "crit"},
		"empty crit":      {hs(t, map[string]any{"crit": []string{}}, nil), inv, "crit"},
		"a ticket":        {hs(t, map[string]any{"typ": "usher-ticket+jwt"}, nil), inv, "typ"},
		"typ is a number": {hs(t, map[string]any{"typ": 7}, nil), inv, "typ"},
		"alg is a number": {segment(`{"alg":5}`) + "." + segment(`{}`) + ".AA", inv, "algorithm"},
		"alg unknown":     {segment(`{"alg":"HS1"}`) + "." + segment(`{}`) + ".AA", inv, "algorithm"},
		"no alg":          {segment(`{}`) + "." + segment(`{}`) + ".AA", inv, "algorithm"},
		"alg of a key that is not configured": {
			sign(t, jwt.SigningMethodRS256, rsaKey(t), map[string]any{"kid": "k"}, claims(nil)), inv, "algorithm"},
	}
}

func badSignatures(t *testing.T) map[string]badToken {
	inv := auth.ErrInvalid
	good := hs(t, nil, nil)
	parts := strings.Split(good, ".")
	other := strings.Split(hs(t, nil, func(c jwt.MapClaims) { c["license"] = "lic_other" }), ".")
	none := sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, claims(nil))
	return map[string]badToken{
		"alg none":         {none, inv, "algorithm"},
		"alg None":         {segment(`{"alg":"None"}`) + "." + parts[1] + ".", inv, "algorithm"},
		"none, signed":     {none + parts[2], inv, "algorithm"},
		"empty key":        {sign(t, jwt.SigningMethodHS256, []byte{}, nil, claims(nil)), inv, "signature"},
		"another key":      {sign(t, jwt.SigningMethodHS256, []byte("another"), nil, claims(nil)), inv, "signature"},
		"HS384":            {sign(t, jwt.SigningMethodHS384, secret, nil, claims(nil)), inv, "algorithm"},
		"HS512":            {sign(t, jwt.SigningMethodHS512, secret, nil, claims(nil)), inv, "algorithm"},
		"another license":  {other[0] + "." + other[1] + "." + parts[2], inv, "signature"},
		"no signature":     {parts[0] + "." + parts[1] + ".", inv, "signature"},
		"cut signature":    {good[:len(good)-3], inv, "signature"},
		"padded signature": {good + "=", inv, "malformed"},
		"line break":       {good + "\n", inv, "malformed"},
		"two parts":        {parts[0] + "." + parts[1], inv, "malformed"},
		"four parts":       {good + ".x", inv, "malformed"},
		"empty":            {"", inv, "malformed"},
		"garbage":          {"\x00\xff not a token", inv, "malformed"},
		"null, null":       {segment("null") + "." + segment("null") + ".AA", inv, "algorithm"},
		"header is a list": {segment("[]") + "." + parts[1] + "." + parts[2], inv, "malformed"},
		"oversized":        {good + strings.Repeat("A", auth.MaxTokenBytes), inv, "8192"},
	}
}

func TestBadTokens(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, nil)
	for _, group := range []map[string]badToken{badClaims(t), badHeaders(t), badSignatures(t)} {
		for name, tc := range group {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c, err := a.Verify(t.Context(), tc.token)
				if !errors.Is(err, tc.err) {
					t.Fatalf("%v, want %v", err, tc.err)
				}
				if c != (auth.Claims{}) {
					t.Errorf("claims of a bad token: %+v", c)
				}
				if !strings.Contains(err.Error(), tc.says) {
					t.Errorf("%q does not say %q", err, tc.says)
				}
				for _, piece := range append(strings.Split(tc.token, "."), "tomorrow-4711", "lic demo") {
					if len(piece) > 3 && strings.Contains(err.Error(), piece) {
						t.Errorf("%q quotes the token", err)
					}
				}
			})
		}
	}
}

func TestGoodTokens(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, nil)
	for name, token := range map[string]string{
		"plain":             hs(t, nil, nil),
		"no typ":            hs(t, map[string]any{"typ": nil}, nil),
		"at+jwt":            hs(t, map[string]any{"typ": "at+JWT"}, nil),
		"several audiences": hs(t, nil, func(c jwt.MapClaims) { c["aud"] = []string{"desk", "usher"} }),
		"nbf reached":       hs(t, nil, func(c jwt.MapClaims) { c["nbf"] = now.Unix() }),
		"no iat, no jti":    hs(t, nil, func(c jwt.MapClaims) { delete(c, "iat"); delete(c, "jti") }),
	} {
		if c, err := a.Verify(t.Context(), token); err != nil || c.Teammate != "tm_ann" || c.License != "lic_demo" {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

// TestPublicKeyIsNoSecret holds HS256 and the JWKS apart: the public key, in whatever form, signs nothing.
func TestPublicKeyIsNoSecret(t *testing.T) {
	t.Parallel()
	priv := rsaKey(t)
	srv := newJWKS(t)
	srv.serve(jwk(t, priv.Public(), "rsa"))
	a := newAuthority(t, func(o *auth.Options) { o.JWKSURL = srv.URL })
	if _, err := a.Verify(t.Context(), sign(t, jwt.SigningMethodRS256, priv, map[string]any{"kid": "rsa"}, claims(nil))); err != nil {
		t.Fatalf("the key itself: %v", err)
	}
	der, err := x509.MarshalPKIXPublicKey(priv.Public())
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := x509.MarshalPKCS1PublicKey(&priv.PublicKey)
	for name, key := range map[string][]byte{
		"PKIX DER": der, "PKIX PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		"PKCS1 DER": pkcs1, "PKCS1 PEM": pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1}),
		"modulus": priv.N.Bytes(),
	} {
		token := sign(t, jwt.SigningMethodHS256, key, map[string]any{"kid": "rsa"}, claims(nil))
		if _, err := a.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("%s as HMAC key: %v", name, err)
		}
	}
}

func segment(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func rsaKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func ecKey(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func FuzzVerify(f *testing.F) {
	a := newAuthority(f, nil)
	good := sign(f, jwt.SigningMethodHS256, secret, nil, claims(nil)) // the same one in each of the fuzzer's processes
	f.Add(good)
	f.Add("")
	f.Add("a.b.c")
	f.Add(segment(`{"alg":"HS256","crit":null}`) + "." + segment(`{"exp":1e999}`) + ".")
	f.Fuzz(func(t *testing.T, token string) {
		c, err := a.Verify(t.Context(), token)
		if err == nil && token != good {
			t.Fatalf("a token nobody issued is good: %+v", c)
		}
		if err != nil && !errors.Is(err, auth.ErrInvalid) && !errors.Is(err, auth.ErrExpired) {
			t.Fatalf("error of another kind: %v", err)
		}
	})
}
