package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/databasetest"
	"usher/internal/postgrestest"
)

// onPostgres keeps what is about PostgreSQL alone out of the run on SQLite.
func onPostgres(t *testing.T) databasetest.Place {
	t.Helper()
	if databasetest.Current() != databasetest.PostgreSQL {
		t.Skip("is about PostgreSQL: the next run has it")
	}
	return databasetest.New(t)
}

func do(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

// Two transactions take two rows in opposite orders: the server undoes one of them, which runs again.
func TestADeadlockIsRunAgain(t *testing.T) {
	t.Parallel()
	db := open(t, onPostgres(t))
	for _, id := range []string{"a", "b"} {
		if err := insertPartner(t.Context(), db, id); err != nil {
			t.Fatal(err)
		}
	}
	var (
		both, done sync.WaitGroup
		runs       = make([]int, 2)
	)
	both.Add(2)
	for i, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		done.Go(func() {
			err := db.Write(t.Context(), func(tx *sql.Tx) error {
				runs[i]++
				if err := do(t.Context(), tx, `UPDATE partners SET created_at = created_at + 1 WHERE id = $1`, order[0]); err != nil {
					return err
				}
				if runs[i] == 1 {
					both.Done()
					both.Wait()
				}
				return do(t.Context(), tx, `UPDATE partners SET created_at = created_at + 1 WHERE id = $1`, order[1])
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	slices.Sort(runs)
	if runs[1] < 2 { // once more, or oftener: it may be the one that is undone again
		t.Errorf("the transactions ran %v times, want one of them again", runs)
	}
	err := db.Read(t.Context(), func(tx *sql.Tx) error {
		var counts string
		err := tx.QueryRow(`SELECT string_agg(created_at::text, ' ') FROM partners`).Scan(&counts)
		if counts != "2 2" {
			t.Errorf("the rows were changed %s times, want 2 each", counts)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTextIsSortedByItsBytes(t *testing.T) {
	t.Parallel()
	db := open(t, onPostgres(t))
	err := db.Read(t.Context(), func(tx *sql.Tx) error {
		var all, others int
		err := tx.QueryRow(`SELECT count(*), count(*) FILTER (WHERE collation_name IS DISTINCT FROM 'C') FROM information_schema.columns
			WHERE table_schema = current_schema() AND data_type = 'text'`).Scan(&all, &others)
		if all == 0 || others != 0 {
			t.Errorf("%d of %d columns of text are sorted otherwise", others, all)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCommitsAreDurableWhateverTheServerWasTold(t *testing.T) {
	t.Parallel()
	at := onPostgres(t)
	u, err := url.Parse(at.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("synchronous_commit", "off")
	u.RawQuery = q.Encode()
	db := open(t, databasetest.Place{URL: u.String()})
	var got string
	if err := db.writer.QueryRowContext(t.Context(), `SHOW synchronous_commit`).Scan(&got); err != nil || got != "on" {
		t.Errorf("synchronous_commit is %q (%v), want on", got, err)
	}
}

func TestAServerThatDiesIsAnOutageAndNoMore(t *testing.T) {
	t.Parallel()
	onPostgres(t)
	server := postgrestest.Start(t)
	db := open(t, databasetest.Place{URL: server.URL()})
	if err := insertPartner(t.Context(), db, "before"); err != nil {
		t.Fatal(err)
	}
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		if err := do(t.Context(), tx, `INSERT INTO partners (id, name, email, created_at) VALUES ('lost', 'lost', 'lost', 0)`); err != nil {
			return err
		}
		server.Kill()
		return nil
	})
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("a commit to a server that died: %v, want ErrUnavailable", err)
	}
	for name, ask := range map[string]func() error{
		"write": func() error { return insertPartner(t.Context(), db, "during") },
		"read":  func() error { return db.Read(t.Context(), func(*sql.Tx) error { return nil }) },
		"ping":  func() error { return db.Ping(t.Context()) },
		"row": func() error {
			return db.Row(t.Context(), `SELECT name FROM partners WHERE id = $1`, []any{"before"}, []any{new(string)})
		},
	} {
		if err := ask(); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s while the server is gone: %v, want ErrUnavailable", name, err)
		}
	}
	server.Restart(t)
	if err := insertPartner(t.Context(), db, "after"); err != nil {
		t.Errorf("the server is back: %v", err)
	}
	var name string
	if err := db.Row(t.Context(), `SELECT name FROM partners WHERE id = $1`, []any{"before"}, []any{&name}); err != nil || name != "before" {
		t.Errorf("the server is back: read %q, %v", name, err)
	}
	if n := countPartners(t, db); n != 2 {
		t.Errorf("%d rows, want those that were committed", n)
	}
}

func TestWhoWaitsForARowWaitsNoLongerThanToldTo(t *testing.T) {
	t.Parallel()
	db := open(t, onPostgres(t))
	if err := insertPartner(t.Context(), db, "p"); err != nil {
		t.Fatal(err)
	}
	const touch = `UPDATE partners SET created_at = created_at + 1 WHERE id = 'p'`
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		if err := do(t.Context(), tx, touch); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := db.Write(ctx, func(tx *sql.Tx) error { return do(ctx, tx, touch) }); !errors.Is(err, ErrUnavailable) {
			t.Errorf("got %v, want ErrUnavailable", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOpenTellsWhatIsWrongWithTheServer(t *testing.T) {
	t.Parallel()
	onPostgres(t)
	server := postgrestest.Start(t)
	address := strings.TrimPrefix(server.URL(), "postgres://usher@")
	for name, tc := range map[string]struct{ url, want string }{
		"no such database": {"postgres://usher:hunter2@" + strings.Replace(address, "/postgres?", "/nowhere?", 1), "nowhere"},
		"no such user":     {"postgres://nobody:hunter2@" + address, "nobody"},
		"no server":        {"postgres://usher:hunter2@127.0.0.1:1/usher", "127.0.0.1:1"},
		"no URL":           {"postgres://usher:hunter2@127.0.0.1:port/usher", "URL"},
		"another scheme":   {"mysql://usher:hunter2@127.0.0.1/usher", "URL"},
	} {
		db, err := Open(t.Context(), Options{URL: tc.url})
		if err == nil {
			_ = db.Close()
			t.Errorf("%s: opened", name)
			continue
		}
		if text := err.Error(); !strings.Contains(text, tc.want) || strings.Contains(text, "hunter2") {
			t.Errorf("%s: %q, want it to name %s and no password", name, text, tc.want)
		}
	}
}

// Two schemas of one server are two databases: their tables are made at the same time.
func TestSchemasDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	onPostgres(t)
	var wg sync.WaitGroup
	for i := range 4 {
		at := databasetest.New(t)
		wg.Go(func() {
			db, err := Open(t.Context(), Options{URL: at.URL})
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(insertPartner(t.Context(), db, fmt.Sprint(i)), db.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// A claim whose connection breaks is taken anew, unless somebody else was faster.
func TestAClaimOutlivesItsServer(t *testing.T) {
	t.Parallel()
	onPostgres(t)
	server := postgrestest.Start(t)
	o := Options{URL: server.URL()}
	claim, err := NewClaim(t.Context(), o, Exclusive)
	if err != nil {
		t.Fatal(err)
	}
	defer claim.Close()
	server.Restart(t)
	db := open(t, databasetest.Place{URL: server.URL()})
	for held := false; !held; {
		select {
		case <-claim.Lost():
			t.Fatal("the claim is lost, and nobody else wanted it")
		case <-t.Context().Done():
			t.Fatal("the claim was not taken anew")
		case <-time.After(20 * time.Millisecond):
		}
		if held, err = claimHeld(t, db); err != nil {
			t.Fatal(err)
		}
	}
	var inUse *InUseError
	if _, err := NewClaim(t.Context(), o, Exclusive); !errors.As(err, &inUse) {
		t.Errorf("a second claim: %v, want an InUseError", err)
	}
}

// claimHeld tells whether somebody has claimed the database.
func claimHeld(t *testing.T, db *DB) (held bool, err error) {
	t.Helper()
	err = db.reader.QueryRowContext(t.Context(), `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted
		AND classid = $1::int::oid AND objid = hashtext(current_schema())::oid)`, servingTurn).Scan(&held)
	return held, err
}

func TestAClaimIsLostToWhoWasFaster(t *testing.T) {
	t.Parallel()
	at := onPostgres(t)
	claim, err := NewClaim(t.Context(), Options{URL: at.URL}, Exclusive)
	if err != nil {
		t.Fatal(err)
	}
	defer claim.Close()
	db := open(t, at)
	conn, err := db.writer.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const key = `$1::int, hashtext(current_schema())`
	var ended bool
	err = conn.QueryRowContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
		AND classid = $1::int::oid AND objid = hashtext(current_schema())::oid`, servingTurn).Scan(&ended)
	if err != nil || !ended {
		t.Fatalf("the claim's connection was not ended (%v)", err)
	}
	if _, err := conn.ExecContext(t.Context(), `SELECT pg_advisory_lock(`+key+`)`, servingTurn); err != nil {
		t.Fatal(err)
	}
	select {
	case <-claim.Lost():
	case <-time.After(20 * time.Second):
		t.Error("the claim does not know that another process has the database")
	}
}
