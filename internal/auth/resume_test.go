package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"usher/internal/auth"
)

var aResume = auth.Resume{
	License: "lic_demo", Teammate: "tm_ann", Session: "ses_1", Issued: now.Truncate(time.Millisecond),
}

func TestResumeOpensAtEveryNodeWithTheSecret(t *testing.T) {
	t.Parallel()
	key := newAuthority(t, nil).SealResume(aResume)
	got, err := newAuthority(t, nil).OpenResume(key)
	if err != nil || got != aResume {
		t.Errorf("%+v, %v", got, err)
	}
	other := newAuthority(t, func(o *auth.Options) { o.Secret = []byte("0c9e7a52d4b8f31668fb2740ad95c1e3") })
	if _, err := other.OpenResume(key); !errors.Is(err, auth.ErrInvalid) {
		t.Errorf("with another secret: %v", err)
	}
}

func TestResumeTellsFieldsApart(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, nil)
	one, two := aResume, aResume
	one.License, one.Teammate = "ab", "c"
	two.License, two.Teammate = "a", "bc"
	if a.SealResume(one) == a.SealResume(two) {
		t.Error("two resumes, one key")
	}
}

func TestBadResumes(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, nil)
	key := a.SealResume(aResume)
	for i := range key {
		b := []byte(key)
		b[i] ^= 1
		if _, err := a.OpenResume(string(b)); !errors.Is(err, auth.ErrInvalid) {
			t.Fatalf("changed at %d: %v", i, err)
		}
		if _, err := a.OpenResume(key[:i]); !errors.Is(err, auth.ErrInvalid) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	for name, bad := range map[string]string{
		"longer": key + "AA", "padded": key + "=", "newline": key + "\n", "a token": hs(t, nil, nil),
		"endless": strings.Repeat("A", auth.MaxResumeBytes+1),
	} {
		_, err := a.OpenResume(bad)
		if !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), bad) {
			t.Errorf("%s: the key is in the error", name)
		}
	}
}

func FuzzOpenResume(f *testing.F) {
	a, err := auth.New(f.Context(), auth.Options{Secret: secret, Keys: newKeys(f, &keyStore{}, nil)})
	if err != nil {
		f.Fatal(err)
	}
	good := a.SealResume(aResume)
	f.Add(good)
	f.Add("")
	f.Add(strings.Repeat("A", 80))
	f.Fuzz(func(t *testing.T, key string) {
		r, err := a.OpenResume(key)
		if err == nil && key != good {
			t.Fatalf("a key nobody sealed opens: %+v", r)
		}
		if err != nil && !errors.Is(err, auth.ErrInvalid) {
			t.Fatalf("error of another kind: %v", err)
		}
	})
}
