package auth_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"usher/internal/auth"
	"usher/internal/clocktest"
)

// jwksServer is a real HTTP server with a key set that changes.
type jwksServer struct {
	*httptest.Server
	hits   atomic.Int64
	answer atomic.Pointer[func(http.ResponseWriter)]
}

func newJWKS(t *testing.T) *jwksServer {
	t.Helper()
	s := &jwksServer{}
	s.serve()
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.hits.Add(1)
		(*s.answer.Load())(w)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *jwksServer) does(f func(http.ResponseWriter)) { s.answer.Store(&f) }

func (s *jwksServer) serve(keys ...json.RawMessage) {
	if keys == nil {
		keys = []json.RawMessage{}
	}
	s.does(func(w http.ResponseWriter) { _ = json.NewEncoder(w).Encode(map[string]any{"keys": keys}) })
}

func jwk(t *testing.T, key any, kid string) json.RawMessage {
	t.Helper()
	k, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{
		Marshal:  jwkset.JWKMarshalOptions{Private: true},
		Metadata: jwkset.JWKMetadataOptions{KID: kid},
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(k.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func edKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestJWKSAlgorithms(t *testing.T) {
	t.Parallel()
	rs, es, ed := rsaKey(t), ecKey(t, elliptic.P256()), edKey(t)
	es384 := ecKey(t, elliptic.P384())
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	srv := newJWKS(t)
	srv.serve(
		json.RawMessage(`{"kty":"RSA","kid":"broken","n":"%","e":"AQAB"}`),
		json.RawMessage(`{"kty":"future","kid":"unknown"}`),
		jwk(t, rs.Public(), "rs"), jwk(t, es.Public(), "es"), jwk(t, ed.Public(), "ed"),
		jwk(t, es384.Public(), "es384"), jwk(t, small.Public(), "small"), jwk(t, secret, "oct"),
		jwk(t, ecPrivate(t), "private"),
	)
	a := newAuthority(t, func(o *auth.Options) { o.JWKSURL = srv.URL })
	for name, tc := range map[string]struct {
		method jwt.SigningMethod
		key    any
		kid    any
		err    error
	}{
		"RS256":                {jwt.SigningMethodRS256, rs, "rs", nil},
		"ES256":                {jwt.SigningMethodES256, es, "es", nil},
		"EdDSA":                {jwt.SigningMethodEdDSA, ed, "ed", nil},
		"HS256 beside them":    {jwt.SigningMethodHS256, secret, "rs", nil},
		"RS512 of a good key":  {jwt.SigningMethodRS512, rs, "rs", auth.ErrInvalid},
		"PS256 of a good key":  {jwt.SigningMethodPS256, rs, "rs", auth.ErrInvalid},
		"ES384":                {jwt.SigningMethodES384, es384, "es384", auth.ErrInvalid},
		"another's kid":        {jwt.SigningMethodES256, es, "rs", auth.ErrInvalid},
		"another key":          {jwt.SigningMethodRS256, rsaKey(t), "rs", auth.ErrInvalid},
		"no kid":               {jwt.SigningMethodRS256, rs, nil, auth.ErrInvalid},
		"kid is a number":      {jwt.SigningMethodRS256, rs, 5, auth.ErrInvalid},
		"empty kid":            {jwt.SigningMethodRS256, rs, "", auth.ErrInvalid},
		"another algorithm HS": {jwt.SigningMethodHS384, secret, "oct", auth.ErrInvalid},
	} {
		token := sign(t, tc.method, tc.key, map[string]any{"kid": tc.kid}, claims(nil))
		if _, err := a.Verify(t.Context(), token); !errors.Is(err, tc.err) {
			t.Errorf("%s: %v, want %v", name, err, tc.err)
		}
	}
}

func ecPrivate(t *testing.T) crypto.PrivateKey { return ecKey(t, elliptic.P256()) }

func TestUnusableKeysOfASetAreUnknown(t *testing.T) {
	t.Parallel()
	priv := ecKey(t, elliptic.P256())
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		key    json.RawMessage
		method jwt.SigningMethod
		signer any
	}{
		"published private key": {jwk(t, priv, "k"), jwt.SigningMethodES256, priv},
		"small RSA key":         {jwk(t, small.Public(), "k"), jwt.SigningMethodRS256, small},
	} {
		srv := newJWKS(t)
		srv.serve(tc.key)
		c := clocktest.At(now)
		a := newAuthority(t, func(o *auth.Options) { o.JWKSURL, o.Now = srv.URL, c.Now })
		token := sign(t, tc.method, tc.signer, map[string]any{"kid": "k"}, claims(nil))
		if _, err := a.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalid) && !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%s, first: %v", name, err)
		}
		c.Advance(10 * time.Second)
		if _, err := a.Verify(t.Context(), token); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	first, second := edKey(t), edKey(t)
	srv := newJWKS(t)
	srv.serve(jwk(t, first.Public(), "first"))
	c := clocktest.At(now)
	a := newAuthority(t, func(o *auth.Options) { o.JWKSURL, o.Now = srv.URL, c.Now })
	old := sign(t, jwt.SigningMethodEdDSA, first, map[string]any{"kid": "first"}, claims(nil))
	fresh := sign(t, jwt.SigningMethodEdDSA, second, map[string]any{"kid": "second"}, claims(nil))
	if _, err := a.Verify(t.Context(), old); err != nil {
		t.Fatalf("before the rotation: %v", err)
	}

	srv.serve(jwk(t, second.Public(), "second"))
	c.Advance(10 * time.Second)
	const callers = 50
	errs := make(chan error, callers)
	before := srv.hits.Load()
	for range callers {
		go func() { _, err := a.Verify(t.Context(), fresh); errs <- err }()
	}
	for range callers {
		if err := <-errs; err != nil {
			t.Errorf("new key: %v", err)
		}
	}
	if n := srv.hits.Load() - before; n != 1 {
		t.Errorf("%d fetches for %d callers, want 1", n, callers)
	}
	c.Advance(10 * time.Second)
	if _, err := a.Verify(t.Context(), old); !errors.Is(err, auth.ErrInvalid) {
		t.Errorf("the key that is gone: %v", err)
	}
}

func TestUnknownKeysAreThrottled(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	srv := newJWKS(t)
	srv.serve(jwk(t, key.Public(), "known"))
	c := clocktest.At(now)
	a := newAuthority(t, func(o *auth.Options) { o.JWKSURL, o.Now = srv.URL, c.Now })
	good := sign(t, jwt.SigningMethodEdDSA, key, map[string]any{"kid": "known"}, claims(nil))
	if _, err := a.Verify(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	before := srv.hits.Load()
	for round := range 3 {
		for i := range 40 {
			kid := fmt.Sprintf("guess-%d-%d", round, i)
			token := sign(t, jwt.SigningMethodEdDSA, key, map[string]any{"kid": kid}, claims(nil))
			_, err := a.Verify(t.Context(), token)
			if !errors.Is(err, auth.ErrUnavailable) && !errors.Is(err, auth.ErrInvalid) {
				t.Fatalf("%s: %v", kid, err)
			}
		}
		if _, err := a.Verify(t.Context(), good); err != nil {
			t.Errorf("a good token among bad ones: %v", err)
		}
		c.Advance(10 * time.Second)
	}
	if n := srv.hits.Load() - before; n != 2 { // none in the first ten seconds after the fetch at start
		t.Errorf("%d fetches, want 2", n)
	}
}

func TestJWKSDown(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	srv := newJWKS(t)
	srv.does(func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) })
	c := clocktest.At(now)
	var log lockedBuffer
	a := newAuthority(t, func(o *auth.Options) {
		o.JWKSURL, o.Now = srv.URL+"/?code=hidden", c.Now
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	token := sign(t, jwt.SigningMethodEdDSA, key, map[string]any{"kid": "k"}, claims(nil))
	if _, err := a.Verify(t.Context(), token); !errors.Is(err, auth.ErrUnavailable) || errors.Is(err, auth.ErrInvalid) {
		t.Errorf("never reached: %v, want ErrUnavailable", err)
	}
	if _, err := a.Verify(t.Context(), hs(t, nil, nil)); err != nil {
		t.Errorf("HS256 needs no URL: %v", err)
	}

	srv.serve(jwk(t, key.Public(), "k"))
	c.Advance(time.Second)
	if _, err := a.Verify(t.Context(), token); err != nil {
		t.Errorf("back again: %v", err)
	}

	srv.Close()
	c.Advance(10 * time.Second)
	if _, err := a.Verify(t.Context(), token); err != nil {
		t.Errorf("known key, server gone: %v", err)
	}
	other := sign(t, jwt.SigningMethodEdDSA, key, map[string]any{"kid": "k2"}, claims(nil))
	if _, err := a.Verify(t.Context(), other); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("unknown key, server gone: %v, want ErrUnavailable", err)
	}
	a.Close()
	if s := log.String(); strings.Contains(s, "hidden") || s == "" {
		t.Errorf("log: %q", s)
	}
}

func TestUselessJWKSAnswers(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	token := sign(t, jwt.SigningMethodEdDSA, key, map[string]any{"kid": "k"}, claims(nil))
	for name, body := range map[string]string{
		"html": "<html>", "no keys": `{"error":"x"}`, "keys is null": `{"keys":null}`, "a list": `[]`, "nothing": "",
		"endless": `{"keys":[],"x":"` + string(bytes.Repeat([]byte("x"), 1<<20)) + `"}`,
	} {
		srv := newJWKS(t)
		srv.does(func(w http.ResponseWriter) { _, _ = w.Write([]byte(body)) })
		c := clocktest.At(now)
		a := newAuthority(t, func(o *auth.Options) { o.JWKSURL, o.Now = srv.URL, c.Now })
		if _, err := a.Verify(t.Context(), token); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRemovedKeyIsForgotten shows that no unknown key is needed for a set to be read anew.
func TestRemovedKeyIsForgotten(t *testing.T) {
	t.Parallel()
	key := edKey(t)
	srv := newJWKS(t)
	srv.serve(jwk(t, key.Public(), "k"))
	c := clocktest.At(now)
	a := newAuthority(t, func(o *auth.Options) {
		o.JWKSURL, o.Now, o.RefreshEvery = srv.URL, c.Now, 5*time.Millisecond
	})
	token := sign(t, jwt.SigningMethodEdDSA, key, map[string]any{"kid": "k"}, claims(nil))
	if _, err := a.Verify(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	srv.serve()
	deadline := time.After(10 * time.Second)
	for {
		if _, err := a.Verify(t.Context(), token); err != nil {
			return
		}
		select {
		case <-deadline:
			t.Fatal("still accepted")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestCloseEndsAStalledFetch(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	srv := newJWKS(t)
	srv.does(func(http.ResponseWriter) { <-release })
	t.Cleanup(func() { close(release) })
	a := newAuthority(t, func(o *auth.Options) { o.JWKSURL = srv.URL })
	closed := make(chan struct{})
	go func() { a.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(3 * time.Second):
		t.Fatal("Close waits for the server")
	}
	a.Close() // twice does no harm
}

// lockedBuffer collects log lines of several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
