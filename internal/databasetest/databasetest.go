// Package databasetest has the tests of a package run on each kind of database that there is: on SQLite, then all once more on
// PostgreSQL.
//
//	func TestMain(m *testing.M) { databasetest.Main(m, migrate) }
//
// where migrate makes the tables, once for all tests, whose databases are copies then;
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

// current is the kind that the tests of this binary run on now, and what their databases are copies of.
var current struct {
	mu       sync.Mutex
	kind     Kind
	fill     func(Place) error // nil: databases are empty
	template *postgrestest.Template
	once     sync.Once
	dir      string // SQLite's template
}

// Main is a package's TestMain: it runs the tests on SQLite, then on PostgreSQL, and fails when goroutines are left over.
// Benchmarks run once, and name the kind themselves: see [On]. Databases begin as fill leaves one; nil: empty.
func Main(m *testing.M, fill func(Place) error, options ...goleak.Option) {
	Prepare(fill)
	goleak.VerifyTestMain(postgrestest.Stopping(runner{m}), options...)
}

// Prepare is for packages with a Main of their own.
func Prepare(fill func(Place) error) {
	current.mu.Lock()
	defer current.mu.Unlock()
	current.fill = fill
	if fill != nil {
		current.template = postgrestest.NewTemplate(func(url string) error { return fill(Place{URL: url}) })
	}
}

type runner struct{ m *testing.M }

func (r runner) Run() int {
	defer forget()
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
	switch {
	case k == PostgreSQL && current.template != nil:
		p.URL = current.template.Copy(t)
	case k == PostgreSQL:
		p.URL = postgrestest.URL(t)
	case current.fill != nil:
		copyTemplate(t, p.Dir)
	}
	return p
}

// copyTemplate fills a data directory with what the template of SQLite has, which is made first where it is missing.
func copyTemplate(t testing.TB, dir string) {
	t.Helper()
	current.once.Do(func() {
		made, err := os.MkdirTemp("", "usher-template-") //nolint:usetesting // it outlives the test that needs it first
		if err == nil {
			err = current.fill(Place{Dir: made})
		}
		if err != nil {
			t.Fatalf("databasetest: %v", err)
		}
		current.dir = made
	})
	if current.dir == "" {
		t.Fatal("databasetest: the template was not made")
	}
	if err := os.CopyFS(dir, os.DirFS(current.dir)); err != nil {
		t.Fatalf("databasetest: %v", err)
	}
}

// forget removes the template of SQLite.
func forget() {
	if current.dir != "" {
		_ = os.RemoveAll(current.dir)
	}
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
