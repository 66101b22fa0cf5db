package directory_test

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"usher/internal/databasetest"
	"usher/internal/directory"
)

func hash(key string) []byte {
	h := sha256.Sum256([]byte(key))
	return h[:]
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	k, err := f.AddAPIKey(t.Context(), f.partner.ID, directory.NewAPIKey{Prefix: "abcdefgh", Hash: hash("secret")})
	if err != nil || !strings.HasPrefix(k.ID, "key_") || k.Partner != f.partner.ID {
		t.Fatalf("got %+v, %v", k, err)
	}
	again, err := f.AddAPIKey(t.Context(), f.partner.ID, directory.NewAPIKey{Prefix: "abcdefgh", Hash: hash("secret")})
	if err != nil || again.ID != k.ID {
		t.Errorf("stored again: got %+v, %v", again, err)
	}
	_, err = f.AddAPIKey(t.Context(), f.partner.ID, directory.NewAPIKey{Prefix: "abcdefgh", Hash: hash("other")})
	wantCode(t, err, directory.IDTaken)
	_, err = f.AddAPIKey(t.Context(), f.partner.ID, directory.NewAPIKey{Prefix: "ijklmnop", Hash: []byte("short")})
	wantCode(t, err, directory.Invalid)

	p, _, err := f.AuthenticateAPIKey(t.Context(), "abcdefgh", hash("secret"))
	if err != nil || p != f.partner {
		t.Errorf("got %+v, %v", p, err)
	}
	for name, key := range map[string]struct{ prefix, secret string }{
		"another secret": {"abcdefgh", "Secret"}, "unknown prefix": {"zzzzzzzz", "secret"}, "nothing": {"", ""},
	} {
		if _, _, err := f.AuthenticateAPIKey(t.Context(), key.prefix, hash(key.secret)); directory.CodeOf(err) != directory.NotFound {
			t.Errorf("%s: got %v", name, err)
		}
	}

	_, err = f.RevokeAPIKey(t.Context(), "par_other", k.ID)
	wantCode(t, err, directory.NotFound)
	for range 2 {
		revoked, err := f.RevokeAPIKey(t.Context(), f.partner.ID, k.ID)
		if wantCode(t, err, ""); !revoked.Revoked.Equal(f.Now()) {
			t.Errorf("%+v", revoked)
		}
	}
	_, _, err = f.AuthenticateAPIKey(t.Context(), "abcdefgh", hash("secret"))
	wantCode(t, err, directory.NotFound)
	_, err = f.AddAPIKey(t.Context(), f.partner.ID, directory.NewAPIKey{Prefix: "abcdefgh", Hash: hash("secret")})
	wantCode(t, err, directory.IDTaken) // a revoked key does not come back
}

func TestLastUseIsKeptToTheMinute(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if _, err := f.AddAPIKey(t.Context(), f.partner.ID, directory.NewAPIKey{Prefix: "abcdefgh", Hash: hash("secret")}); err != nil {
		t.Fatal(err)
	}
	start := f.Now()
	for _, step := range []struct {
		wait time.Duration
		want time.Time
	}{{0, start}, {59 * time.Second, start}, {time.Second, start.Add(time.Minute)}} {
		f.Advance(step.wait)
		if _, _, err := f.AuthenticateAPIKey(t.Context(), "abcdefgh", hash("secret")); err != nil {
			t.Fatal(err)
		}
		keys, err := f.APIKeys(t.Context(), f.partner.ID)
		if err != nil || len(keys) != 1 || !keys[0].LastUsed.Equal(step.want) {
			t.Errorf("got %+v (%v), want last used %s", keys, err, step.want)
		}
	}
}

func TestNoSecretIsStored(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const secret = "usk_abcdefgh_this-is-the-secret-part"
	if _, err := f.AddAPIKey(t.Context(), f.partner.ID, directory.NewAPIKey{Prefix: "abcdefgh", Hash: hash(secret)}); err != nil {
		t.Fatal(err)
	}
	stored := databasetest.Stored(t, f.at)
	if !strings.Contains(stored, "abcdefgh") || strings.Contains(stored, "this-is-the-secret-part") {
		t.Errorf("the key is not there, or its secret is:\n%s", stored)
	}
}

func TestEnsurePartner(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	again, err := f.EnsurePartner(t.Context(), f.partner.Name, "new@example.com")
	if err != nil || again.ID != f.partner.ID || again.Email != "new@example.com" {
		t.Errorf("got %+v, %v", again, err)
	}
	_, err = f.EnsurePartner(t.Context(), "", "a@example.com")
	wantCode(t, err, directory.Invalid)
	_, err = f.EnsurePartner(t.Context(), "Name", "nobody")
	wantCode(t, err, directory.Invalid)
}
