package database

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"usher/internal/databasetest"
)

func TestOpenMakesDirectoryAndFilesForTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "data ?&#%dir")
	open(t, databasetest.Place{Dir: dir})
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
	db := open(t, databasetest.Place{Dir: t.TempDir()})
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
