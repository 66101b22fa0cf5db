package seatsredis

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/lease"
	"usher/seats"
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
// bugs that internal/mutants plants.
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

// clockKey is where a script under a test's clock reads the time: beside the license's keys, and so in their slot.
func clockKey(prefix string, license seats.LicenseID) string {
	return keysOf(prefix, license)[0] + ":clock"
}

const clockLine = "local now = tonumber(redis.call('GET', KEYS[1] .. ':clock'))"

// Timed is a Store on a clock that a test moves.
type Timed struct {
	*Store
	Clock *TestClock
}

// NewTimed returns a Store whose script reads a test's clock instead of the server's.
func NewTimed(t testing.TB, client redis.UniversalClient, c *TestClock) *Timed {
	t.Helper()
	text := strings.Replace(source(), lease.ClockLine, clockLine, 1)
	if text == source() {
		t.Fatal("the prelude has no line lease.ClockLine")
	}
	s := newStore(client, text, c, Options{})
	t.Cleanup(s.Close)
	return &Timed{Store: s, Clock: c}
}

// Do shows the script the time, then does the batch. Whoever comes later sets a later time, so a batch that is
// overtaken is done at the overtaker's.
func (s *Timed) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	if b.Validate() == nil && ctx.Err() == nil {
		now, _ := s.Clock.Now(ctx)
		if err := s.client.Set(ctx, clockKey(s.prefix, b.License), now.UnixMilli(), time.Hour).Err(); err != nil {
			return seats.Outcome{}, fmt.Errorf("setting the test's clock: %w", err)
		}
	}
	return s.Store.Do(ctx, b)
}

// Source is the script, with the keys by their names.
func Source() string {
	return regexp.MustCompile(`KEYS\[(\d+)\]`).ReplaceAllStringFunc(source(), func(use string) string {
		i, err := strconv.Atoi(strings.Trim(use, "KEYS[]"))
		if err != nil {
			panic(err)
		}
		return "K." + keyNames[i-1]
	})
}

// Files are the script's files by name.
func Files(t testing.TB) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, name := range slices.Concat(basics, modules, rarer, operations) {
		texts[name] = part(name)
	}
	return texts
}

// Operations are the names of the operations.
func Operations() []string { return operations }

// KeyNames are the names of the keys in the scripts.
func KeyNames() []string { return keyNames }

// Keys are the keys of a license, without the channel.
func (s *Store) Keys(license seats.LicenseID) []string {
	keys := keysOf(s.prefix, license)
	return keys[:len(keys)-1]
}

// Encode is a command as it is sent.
func Encode(t testing.TB, c seats.Command) []any {
	t.Helper()
	args, err := encode(seats.Batch{Commands: []seats.Command{c}})
	if err != nil {
		t.Fatal(err)
	}
	return args[2:]
}

// SHA names the script on a server.
func SHA(s *Store) string { return s.script.Hash() }

// Call is what a batch is sent as, with a deadline far away.
func Call(t testing.TB, s *Store, b seats.Batch) (keys []string, args []any) {
	t.Helper()
	args, err := encode(b)
	if err != nil {
		t.Fatal(err)
	}
	args[0] = time.Now().Add(time.Hour).UnixMilli()
	return keysOf(s.prefix, b.License), args
}

// Mislead has the store believe that the server shows another time.
func Mislead(s *Store, server time.Time) { s.clock.Learn(server) }
