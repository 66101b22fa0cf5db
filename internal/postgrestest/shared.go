package postgrestest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	envURL     = "USHER_TEST_POSTGRES_URL"
	envRequire = "USHER_TEST_REQUIRE_POSTGRES"
)

// shared is the server that the tests of this binary have in common: started at first use, stopped by Stop.
var shared struct {
	mu     sync.Mutex
	server *Server
}

// Stopping runs tests, and then ends the server that they shared; for TestMain.
func Stopping(m interface{ Run() int }) interface{ Run() int } { return runner{m} }

type runner struct{ m interface{ Run() int } }

func (r runner) Run() int {
	defer stop()
	return r.m.Run()
}

// stop ends the server that this binary's tests shared.
func stop() {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server != nil {
		shared.server.Stop()
		shared.server = nil
	}
}

// Available tells whether tests can have PostgreSQL here.
func Available() bool {
	_, err := programs()
	return err == nil || os.Getenv(envURL) != ""
}

// Required tells whether a test that can't have PostgreSQL fails, rather than being left out.
func Required() bool { return os.Getenv(envRequire) == "1" }

// need skips the test when PostgreSQL isn't installed, or fails it where a skip would go unseen.
func need(t testing.TB) {
	t.Helper()
	if Available() {
		return
	}
	const text = "PostgreSQL is not installed, so nothing of this test ran on it; install PostgreSQL 14 or newer (Debian: postgresql, macOS: brew install postgresql)"
	if Required() {
		t.Fatal(text)
	}
	t.Skip(text)
}

// URL is a database of the test's own, empty, and gone with the test: a schema on the server that USHER_TEST_POSTGRES_URL names, or
// on one that this test binary runs: then it needs [Stopping].
func URL(t testing.TB) string {
	t.Helper()
	server := os.Getenv(envURL)
	if server == "" {
		need(t)
		server = launched(t)
	}
	schema := "test_" + strings.ToLower(rand.Text())
	run(t, server, `CREATE SCHEMA `+schema)
	t.Cleanup(func() { run(t, server, `DROP SCHEMA `+schema+` CASCADE`) })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	return u.String()
}

// Template is a database that others are copies of.
type Template struct {
	make func(url string) error
	once sync.Once
	name string
}

// NewTemplate returns one that make fills, when the first copy is asked for, on the server that tests share.
func NewTemplate(fill func(url string) error) *Template { return &Template{make: fill} }

// Copy is a database of the test's own that begins as the template is, and is gone with the test. It is as [URL] else.
func (m *Template) Copy(t testing.TB) string {
	t.Helper()
	server := os.Getenv(envURL)
	if server == "" {
		need(t)
		server = launched(t)
	}
	m.once.Do(func() {
		name := "template_" + strings.ToLower(rand.Text())
		run(t, server, `CREATE DATABASE `+name)
		if err := m.make(named(t, server, name)); err != nil {
			t.Fatalf("postgrestest: %v", err)
		}
		m.name = name
	})
	if m.name == "" {
		t.Fatal("postgrestest: the template was not made")
	}
	name := "test_" + strings.ToLower(rand.Text())
	run(t, server, `CREATE DATABASE `+name+` TEMPLATE `+m.name+` STRATEGY file_copy`)
	t.Cleanup(func() { run(t, server, `DROP DATABASE `+name+` WITH (FORCE)`) })
	return named(t, server, name)
}

// named is the URL of another database of a server.
func named(t testing.TB, server, name string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func launched(t testing.TB) string {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil {
		s, err := Launch()
		if err != nil {
			t.Fatalf("postgrestest: %v", err)
		}
		shared.server = s
	}
	return shared.server.URL()
}

func run(t testing.TB, server, statement string) {
	t.Helper()
	with(t, server, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, statement)
		return err
	})
}

// Dump is all that the tables of a database of [URL] hold, a line for each row.
func Dump(t testing.TB, database string) (all string) {
	t.Helper()
	with(t, database, func(ctx context.Context, conn *pgx.Conn) error {
		tables, err := texts(ctx, conn, `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name`)
		for _, table := range tables {
			var lines []string
			if lines, err = texts(ctx, conn, `SELECT row::text FROM `+pgx.Identifier{table}.Sanitize()+` AS row`); err != nil {
				return err
			}
			all += table + "\n\t" + strings.Join(lines, "\n\t") + "\n"
		}
		return err
	})
	return all
}

func texts(ctx context.Context, conn *pgx.Conn, query string) ([]string, error) {
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// with does something on a connection of its own.
func with(t testing.TB, url string, do func(context.Context, *pgx.Conn) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatalf("postgrestest: %v", err)
	}
	defer conn.Close(ctx)
	if err := do(ctx, conn); err != nil {
		t.Fatalf("postgrestest: %v", err)
	}
}
