// Package databasetest has the tests of a package run on each kind of database that there is: on SQLite, then all once more on
// PostgreSQL.
//
//	func TestMain(m *testing.M) { databasetest.Main(m) }
//
// and in a test, for a database of its own:
//
//	at := databasetest.New(t)
//	db, err := database.Open(ctx, database.Options{URL: at.URL, Dir: at.Dir})
//
// Where PostgreSQL is not installed the second run is left out, which is said, or fails with USHER_TEST_REQUIRE_POSTGRES=1.
package databasetest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"usher/internal/postgrestest"
)

// Kind is a kind of database.
type Kind string

// The kinds of databases.
const (
	SQLite     Kind = "SQLite"
	PostgreSQL Kind = "PostgreSQL"
)

// Place is where a database is: what an opener takes.
type Place struct {
	URL string // of PostgreSQL; "" with SQLite
	Dir string // of SQLite; a directory of the test's own with PostgreSQL too
}

// current is the kind that the tests of this binary run on now.
var current struct {
	mu   sync.Mutex
	kind Kind
}

// Main is a package's TestMain: it runs the tests on SQLite, then on PostgreSQL, and fails when goroutines are left over.
// Benchmarks run once, and name the kind themselves: see [On].
func Main(m *testing.M, options ...goleak.Option) {
	goleak.VerifyTestMain(postgrestest.Stopping(runner{m}), options...)
}

type runner struct{ m *testing.M }

func (r runner) Run() int {
	set(SQLite)
	code := r.m.Run()
	if code != 0 || !tested() {
		return code
	}
	if !postgrestest.Available() && !postgrestest.Required() {
		fmt.Println("databasetest: PostgreSQL is not installed, so nothing ran on it; install it (Debian: postgresql, macOS: brew install postgresql)")
		return code
	}
	fmt.Println("databasetest: once more, on PostgreSQL")
	set(PostgreSQL)
	_ = flag.Set("test.bench", "")
	return r.m.Run()
}

// tested tells whether this run of the binary tests, rather than lists or fuzzes.
func tested() bool {
	for _, name := range []string{"test.list", "test.fuzz"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return true
}

func set(k Kind) {
	current.mu.Lock()
	defer current.mu.Unlock()
	current.kind = k
}

// Current is the kind that tests run on now.
func Current() Kind {
	current.mu.Lock()
	defer current.mu.Unlock()
	return current.kind
}

// New is a new, empty database of the kind that tests run on now, gone with the test.
func New(t testing.TB) Place {
	t.Helper()
	return On(t, Current())
}

// On is [New] of a certain kind.
func On(t testing.TB, k Kind) Place {
	t.Helper()
	p := Place{Dir: t.TempDir()}
	if k == PostgreSQL {
		p.URL = postgrestest.URL(t)
	}
	return p
}

// Stored is all that is in a database, as text: for who looks whether a secret is.
func Stored(t testing.TB, p Place) string {
	t.Helper()
	if p.URL != "" {
		return postgrestest.Dump(t, p.URL)
	}
	files, err := filepath.Glob(filepath.Join(p.Dir, "*.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no database in %s (%v)", p.Dir, err)
	}
	var all strings.Builder
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}
