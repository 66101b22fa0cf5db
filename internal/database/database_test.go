package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"

	"usher/internal/databasetest"
)

func TestMain(m *testing.M) { databasetest.Main(m, nil) }

func open(t *testing.T, at databasetest.Place) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{URL: at.URL, Dir: at.Dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestReadersCantWrite(t *testing.T) {
	t.Parallel()
	db := open(t, databasetest.New(t))
	err := db.Read(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM partners`)
		return err
	})
	if err == nil {
		t.Fatal("a reader changed the database")
	}
}

func insertPartner(ctx context.Context, db *DB, id string) error {
	return db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO partners (id, name, email, created_at) VALUES ($1, $1, $1, 0)`, id)
		return err
	})
}

func countPartners(t *testing.T, db *DB) (n int) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow(`SELECT count(*) FROM partners`).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Two handles stand for two processes: no database knows a difference, and no lock.
func TestWritersNeverCollide(t *testing.T) {
	t.Parallel()
	at := databasetest.New(t)
	handles := []*DB{open(t, at), open(t, at)}
	const writers, each = 64, 5
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := insertPartner(t.Context(), handles[w%len(handles)], fmt.Sprintf("p%d-%d", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := countPartners(t, handles[0]); got != writers*each {
		t.Errorf("%d rows, want %d", got, writers*each)
	}
}

func TestProcessesThatOpenANewDatabaseTogetherTakeTurns(t *testing.T) {
	t.Parallel()
	at := databasetest.New(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			db, err := Open(t.Context(), Options{URL: at.URL, Dir: at.Dir})
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(db.Ping(t.Context()), db.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestWriteIsUndoneWhenItFails(t *testing.T) {
	t.Parallel()
	db := open(t, databasetest.New(t))
	mine := errors.New("mine")
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec(`INSERT INTO partners (id, name, email, created_at) VALUES ('p', 'p', 'p', 0)`); err != nil {
			return err
		}
		return mine
	})
	if !errors.Is(err, mine) || errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want the function's own error", err)
	}
	if n := countPartners(t, db); n != 0 {
		t.Errorf("%d rows are left of a failed write", n)
	}
	if err := insertPartner(t.Context(), db, "p"); err != nil {
		t.Errorf("the writer is not free after a failed write: %v", err)
	}
}

func TestWriteSurvivesAPanic(t *testing.T) {
	t.Parallel()
	db := open(t, databasetest.New(t))
	func() {
		defer func() { _ = recover() }()
		_ = db.Write(t.Context(), func(*sql.Tx) error { panic("bug") })
	}()
	if err := insertPartner(t.Context(), db, "p"); err != nil {
		t.Errorf("the writer is not free after a panic: %v", err)
	}
}

func TestOutagesAreTold(t *testing.T) {
	t.Parallel()
	at := databasetest.New(t)
	db, err := Open(t.Context(), Options{URL: at.URL, Dir: at.Dir})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := insertPartner(ctx, db, "p"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("cancelled: got %v, want ErrUnavailable", err)
	}
	wrong := func(tx *sql.Tx) error { _, err := tx.Exec(`SELECT wrong FROM nowhere`); return err }
	if err := db.Read(t.Context(), wrong); err == nil || errors.Is(err, ErrUnavailable) {
		t.Errorf("wrong statement: got %v, want an error that is no outage", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Ping(t.Context()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("closed: got %v, want ErrUnavailable", err)
	}
}

func TestDatabaseOfANewerProgramIsRefused(t *testing.T) {
	t.Parallel()
	at := databasetest.New(t)
	db := open(t, at)
	if _, err := db.writer.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`); err != nil {
		t.Fatal(err)
	}
	if again, err := Open(t.Context(), Options{URL: at.URL, Dir: at.Dir}); err == nil {
		_ = again.Close()
		t.Fatal("opened")
	}
}

func TestRow(t *testing.T) {
	t.Parallel()
	db := open(t, databasetest.New(t))
	const query = `SELECT name FROM partners WHERE id = $1`
	var name string
	if err := db.Row(t.Context(), query, []any{"p1"}, []any{&name}); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("of nothing: %v", err)
	}
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO partners (id, name, email, created_at) VALUES ('p1', 'One', 'one@example.com', 0)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 { // more than there are readers
		wg.Go(func() {
			var name string
			if err := db.Row(t.Context(), query, []any{"p1"}, []any{&name}); err != nil || name != "One" {
				t.Errorf("read %q, %v", name, err)
			}
		})
	}
	wg.Wait()
	if len(db.kept.by) != 1 {
		t.Errorf("%d queries are kept", len(db.kept.by))
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Row(over, query, []any{"p1"}, []any{&name}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("after its time: %v", err)
	}
}
