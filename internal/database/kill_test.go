package database

import (
	"bufio"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"usher/internal/databasetest"
)

const (
	writeDir = "USHER_TEST_WRITE_DIR"
	writeURL = "USHER_TEST_WRITE_URL"
)

// TestWriteUntilKilled is no test: it is the other process of TestCommitsSurviveKill9.
func TestWriteUntilKilled(t *testing.T) {
	dir := os.Getenv(writeDir)
	if dir == "" {
		t.Skip("run by TestCommitsSurviveKill9, in a process of its own")
	}
	db := open(t, databasetest.Place{Dir: dir, URL: os.Getenv(writeURL)})
	for i := 0; ; i++ {
		id := fmt.Sprintf("row-%d", i)
		if err := insertPartner(t.Context(), db, id); err != nil {
			t.Fatal(err)
		}
		fmt.Println("committed", id)
	}
}

func TestCommitsSurviveKill9(t *testing.T) {
	t.Parallel()
	at := databasetest.New(t)
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWriteUntilKilled$", "-test.v")
	other.Env = append(os.Environ(), writeDir+"="+at.Dir, writeURL+"="+at.URL)
	stdout, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	var committed []string
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if id, ok := strings.CutPrefix(lines.Text(), "committed "); ok {
			committed = append(committed, id)
		}
		if len(committed) == 100 {
			if err := other.Process.Kill(); err != nil { // in the midst of the next writes
				t.Fatal(err)
			}
		}
	}
	_ = other.Wait()
	if len(committed) < 100 {
		t.Fatalf("the other process wrote %d rows only", len(committed))
	}
	db := open(t, at)
	err = db.Read(t.Context(), func(tx *sql.Tx) error {
		for _, id := range committed {
			var found string
			if err := tx.QueryRow(`SELECT id FROM partners WHERE id = $1`, id).Scan(&found); err != nil {
				return fmt.Errorf("%s: %w", id, err)
			}
		}
		if databasetest.Current() != databasetest.SQLite {
			return nil
		}
		var check string
		if err := tx.QueryRow(`PRAGMA integrity_check`).Scan(&check); err != nil || check != "ok" {
			return fmt.Errorf("integrity check: %s, %w", check, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
