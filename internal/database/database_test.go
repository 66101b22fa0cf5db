package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, dir string) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{Dir: dir})
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

func TestOpenMakesDirectoryAndFilesForTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "data ?&#%dir")
	open(t, dir)
	for name, want := range map[string]os.FileMode{"": 0o700, FileName: 0o600, FileName + "-wal": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", filepath.Join(dir, name), got, want)
		}
	}
}

func TestEveryConnectionIsDurable(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"}
	for name, pool := range map[string]*sql.DB{"writer": db.writer, "reader": db.reader} {
		for pragma, value := range want {
			var got string
			if err := pool.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != value {
				t.Errorf("%s: %s is %q (%v), want %q", name, pragma, got, err, value)
			}
		}
	}
}

func TestReadersCantWrite(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
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

// Two handles stand for two processes: SQLite knows no difference, and so do its locks.
func TestWritersNeverCollide(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	handles := []*DB{open(t, dir), open(t, dir)}
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

func TestProcessesThatOpenANewDirectoryTogetherTakeTurns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			db, err := Open(t.Context(), Options{Dir: dir})
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
	db := open(t, t.TempDir())
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
	db := open(t, t.TempDir())
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
	db, err := Open(t.Context(), Options{Dir: t.TempDir()})
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
	dir := t.TempDir()
	db := open(t, dir)
	if _, err := db.writer.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if again, err := Open(t.Context(), Options{Dir: dir}); err == nil {
		_ = again.Close()
		t.Fatal("opened")
	}
}

func TestOpenTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("not a directory"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, FileName), []byte("this is no database, and long enough to be looked at as one"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"none": "", "a file": file, "no database": broken} {
		if db, err := Open(t.Context(), Options{Dir: dir}); err == nil {
			_ = db.Close()
			t.Errorf("%s: opened", name)
		} else {
			t.Logf("%s: %v", name, err)
		}
	}
}

func TestRow(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
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
