package auth_test

import (
	"bytes"
	"crypto/rand"
	"regexp"
	"strings"
	"testing"

	"usher/internal/auth"
)

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^usk_[a-z2-7]{8}_[0-9A-Za-z]{43}$`)
	seen := map[string]bool{}
	for range 200 {
		k, err := auth.NewAPIKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !shape.MatchString(k.Key) || seen[k.Key] {
			t.Fatalf("shape of %q", k.Key)
		}
		seen[k.Key] = true
		if p, ok := auth.APIKeyPrefix(k.Key); !ok || p != k.Prefix {
			t.Errorf("prefix %q, want %q", p, k.Prefix)
		}
		if !auth.MatchAPIKey(k.Key, k.Hash) || auth.MatchAPIKey(k.Key+"x", k.Hash) || auth.MatchAPIKey(k.Key, nil) {
			t.Error("matches what it should not, or not what it should")
		}
	}
}

func TestSmallSecretsAreFilledUp(t *testing.T) {
	t.Parallel()
	k, err := auth.NewAPIKey(bytes.NewReader(make([]byte, 64)))
	if err != nil || len(k.Key) != auth.MaxAPIKeyBytes {
		t.Errorf("%q, %v", k.Key, err)
	}
	if _, err := auth.NewAPIKey(strings.NewReader("short")); err == nil {
		t.Error("made from too little randomness")
	}
}

func TestWhatHasNoAPIKeyShape(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "usk_", "usk_abcdefgh_", strings.Repeat("a", auth.MaxAPIKeyBytes),
		"usk_abc_" + strings.Repeat("a", auth.MaxAPIKeyBytes-8), "usk_" + strings.Repeat("a", auth.MaxAPIKeyBytes-4),
	} {
		if p, ok := auth.APIKeyPrefix(s); ok {
			t.Errorf("%q has the prefix %q", s, p)
		}
	}
}
