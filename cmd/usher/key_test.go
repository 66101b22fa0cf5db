package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/directory"
)

func TestKeyStates(t *testing.T) {
	t.Parallel()
	now := time.Now()
	at := func(ds ...time.Duration) (keys []directory.SigningKey) {
		for _, d := range ds {
			keys = append(keys, directory.SigningKey{UseFrom: now.Add(d)})
		}
		return keys
	}
	for _, c := range []struct {
		keys []directory.SigningKey
		want string
	}{
		{at(), ""},
		{at(0), "signs"},
		{at(time.Minute), "signs"}, // of a node whose clock is ahead
		{at(-time.Hour, -time.Minute, time.Minute), "superseded signs waits"},
		{at(-time.Hour, 0), "superseded signs"},
		{at(-time.Hour, 1), "signs waits"},
		{at(time.Minute, time.Hour), "signs waits"},
	} {
		if got := strings.Join(keyStates(c.keys, now), " "); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// Beside a running server, whose published keys are the ones that are listed.
func TestKeysAreListedAndRotated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startDemo(t, dir)
	published, err := fetchKeys(p.url + "/.well-known/jwks.json")
	if err != nil || len(published) != 1 {
		t.Fatalf("%v (%v)", published, err)
	}

	list := func() (states []string) {
		t.Helper()
		out, stderr, code := usher(t, nil, "key", "list", "--data-dir", dir)
		if code != 0 || stderr != "" {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		for line := range strings.Lines(out) {
			if f := strings.Fields(line); f[0] != "KEY" {
				states = append(states, f[0], f[3])
			}
		}
		return states
	}
	first := list()
	if len(first) != 2 || published[first[0]] == nil || first[1] != "signs" {
		t.Fatalf("listed %v, published %v", first, published)
	}

	out, stderr, code := usher(t, nil, "key", "rotate", "--data-dir", dir)
	second := strings.TrimSpace(out)
	if code != 0 || !strings.Contains(stderr, "signs from 20") {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if got := list(); !slices.Equal(got, []string{first[0], "signs", second, "waits"}) {
		t.Errorf("listed %v", got)
	}
	if out, _, code = usher(t, nil, "key", "rotate", "--data-dir", dir); code != 0 || strings.TrimSpace(out) != second {
		t.Errorf("rotated again: exit code %d, key %s, want %s", code, out, second)
	}

	out, stderr, code = usher(t, nil, "key", "rotate", "--now", "--data-dir", dir)
	third := strings.TrimSpace(out)
	if code != 0 || !strings.Contains(stderr, "from now on") {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if got := list(); !slices.Equal(got, []string{third, "signs"}) {
		t.Errorf("listed %v, want %s alone", got, third)
	}
	before := list()
	_, stderr, code = usher(t, []string{"USHER_JWT_SECRET=" + string(ticketSecret)}, "key", "rotate", "--now", "--data-dir", dir)
	if code != 1 || !strings.Contains(stderr, "another secret") || strings.Contains(stderr, string(ticketSecret)) || !slices.Equal(list(), before) {
		t.Errorf("with another secret: exit code %d: %s", code, stderr)
	}

	// A server that is started then signs with it, and publishes nothing else.
	if code := p.stop(); code != 0 {
		t.Fatal(p.stderr.String())
	}
	if again, err := fetchKeys(startServe(t, dir, p.demo).url + "/.well-known/jwks.json"); err != nil || len(again) != 1 || again[third] == nil {
		t.Errorf("published %v (%v), want %s", again, err, third)
	}
}

func TestKeyCommandsMakeNoDataDirectory(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	dir := filepath.Join(empty, "mistyped")
	for _, command := range []string{"list", "rotate"} {
		_, stderr, code := usher(t, nil, "key", command, "--data-dir", dir)
		if code != 1 || !strings.Contains(stderr, "there is no database in "+dir) {
			t.Errorf("%s: exit code %d: %s", command, code, stderr)
		}
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) != 0 {
		t.Errorf("they made %v (%v)", left, err)
	}
}

func TestKeyListOfNoKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, stderr, code := usher(t, nil, "apikey", "create", "--data-dir", dir, "--partner", "P", "--email", "p@example.com"); code != 0 {
		t.Fatal(stderr)
	}
	out, stderr, code := usher(t, nil, "key", "list", "--data-dir", dir)
	if code != 0 || out != "" || !strings.Contains(stderr, "no keys yet") {
		t.Errorf("exit code %d: %s%s", code, out, stderr)
	}
}

func TestKeyCommandsTeach(t *testing.T) {
	t.Parallel()
	for command, words := range map[string][]string{
		"list":   {"superseded", "kid", "/.well-known/jwks.json"},
		"rotate": {"--now", "USHER_KEY_ROTATION", "USHER_JWT_SECRET", "within a minute"},
	} {
		out, _, code := usher(t, nil, "key", command, "--help")
		for _, word := range words {
			if code != 0 || !strings.Contains(out, word) {
				t.Errorf("key %s --help (exit code %d) does not say %q:\n%s", command, code, word, out)
			}
		}
	}
}
