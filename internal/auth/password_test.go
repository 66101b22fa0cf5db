package auth_test

import (
	"context"
	"strings"
	"testing"

	"usher/internal/auth"
)

func TestPasswords(t *testing.T) {
	t.Parallel()
	p := auth.NewPasswords(2, nil)
	const password = "correct horse battery"
	hash, err := p.Hash(t.Context(), password)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(hash, password) {
		t.Fatalf("%s, %v", hash, err)
	}
	if again, err := p.Hash(t.Context(), password); err != nil || again == hash {
		t.Errorf("the same hash twice (%v): it has no salt", err)
	}
	for _, tc := range []struct {
		password, kept string
		want, fails    bool
	}{
		{password, hash, true, false},
		{password + " ", hash, false, false},
		{"", hash, false, false},
		{password, "", false, false},
		{"the password of nobody", "", false, false},
		{password, "plain", false, true},
		{password, strings.Replace(hash, "v=19", "v=16", 1), false, true},
		{password, strings.Replace(hash, "m=19456,t=2", "m=19456,t=3", 1), false, false},
		{password, hash[:len(hash)-4], false, true},
	} {
		got, err := p.Check(t.Context(), tc.password, tc.kept)
		if got != tc.want || (err != nil) != tc.fails {
			t.Errorf("%q against %q: %v, %v", tc.password, tc.kept, got, err)
		}
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	busy := auth.NewPasswords(1, nil)
	if _, err := busy.Check(over, password, hash); err != nil && err != context.Canceled { //nolint:errorlint // that very one
		t.Error(err)
	}
}

func TestWhichPasswordsMayBeChosen(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]bool{
		"correct horse": true, "äöüäöüäöüä": true, "": false, "short": false, "aaaaaaaaaaaa": false, "123456789": false,
		strings.Repeat("ab", 128): true, strings.Repeat("ab", 129): false, "0123456789\xff": false,
	} {
		if why := auth.CheckPassword(password); (why == "") != want {
			t.Errorf("%q: %q", password, why)
		}
	}
}
