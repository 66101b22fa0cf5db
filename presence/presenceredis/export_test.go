package presenceredis

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/clocktest"
	"usher/internal/lease"
	"usher/presence"
)

// planted has one of the script's files with a bug in it.
type planted struct {
	fs.ReadFileFS
	name string
	text []byte
}

func (p planted) ReadFile(name string) ([]byte, error) {
	if name == p.name {
		return p.text, nil
	}
	return p.ReadFileFS.ReadFile(name)
}

// USHER_TEST_LUA is the path of a file to put in the place of the script's one of that name. So one test binary shows all
// bugs that are planted in it.
func init() {
	path := os.Getenv("USHER_TEST_LUA")
	if path == "" {
		return
	}
	name := filepath.Base(path)
	sound, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	if bytes.Equal(text, sound) {
		panic(path + " has no bug: it is what is embedded")
	}
	files = planted{files, name, text}
}

// TestClock is moved by hand.
type TestClock struct{ *clocktest.Clock }

// NewTestClock returns a clock that shows the time of the machine, and stands still.
func NewTestClock() *TestClock { return &TestClock{clocktest.At(time.Now().UTC())} }

// Now is the engine's time, as the Store asks for it.
func (c *TestClock) Now(context.Context) (time.Time, error) { return c.Clock.Now(), nil }

// Learn does nothing: the clock is right.
func (c *TestClock) Learn(time.Time) {}

// clockKey is where a script under a test's clock reads the time: beside the license's keys, and so in their slot.
func clockKey(prefix string, license presence.LicenseID) string {
	return keysOf(prefix, license)[0] + ":clock"
}

const clockLine = "local now = tonumber(redis.call('GET', KEYS[1] .. ':clock'))"

// Timed is a Store on a clock that a test moves.
type Timed struct {
	*Store
	Clock *TestClock
}

// NewTimed returns a Store whose script reads a test's clock instead of the server's.
func NewTimed(t testing.TB, client redis.UniversalClient, c *TestClock, length time.Duration) *Timed {
	t.Helper()
	sound := source(length)
	text := strings.Replace(sound, lease.ClockLine, clockLine, 1)
	if text == sound {
		t.Fatal("the prelude has no line lease.ClockLine")
	}
	s := newStore(client, text, c, Options{})
	t.Cleanup(s.Close)
	return &Timed{Store: s, Clock: c}
}

// Do shows the script the time, then does the batch.
func (s *Timed) Do(ctx context.Context, b presence.Batch) (presence.Outcome, error) {
	if b.Validate() == nil && ctx.Err() == nil {
		now, _ := s.Clock.Now(ctx)
		if err := s.client.Set(ctx, clockKey(s.prefix, b.License), now.UnixMilli(), time.Hour).Err(); err != nil {
			return presence.Outcome{}, fmt.Errorf("setting the test's clock: %w", err)
		}
	}
	return s.Store.Do(ctx, b)
}

// Keys are the keys of a license by their names, but for the channel.
func (s *Store) Keys(license presence.LicenseID) map[string]string {
	keys := map[string]string{}
	for i, key := range keysOf(s.prefix, license) {
		if keyNames[i] != "changes" {
			keys[keyNames[i]] = key
		}
	}
	return keys
}
