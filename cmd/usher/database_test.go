package main

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"usher/internal/database"
	"usher/internal/databasetest"
	"usher/internal/postgrestest"
)

func TestMigrate(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, dir string, args ...string) {
		t.Helper()
		args = append([]string{"migrate", "--data-dir", dir}, args...)
		first, errs, code := usher(t, nil, args...)
		if code != 0 || !strings.HasPrefix(first, "the tables have version ") {
			t.Fatalf("exit code %d: %s%s", code, first, errs)
		}
		if again, errs, code := usher(t, nil, args...); code != 0 || again != first {
			t.Errorf("the second time: exit code %d: %s%s", code, again, errs)
		}
	})
}

// Two processes with engines of their own on one database would give each seat twice.
func TestTwoEnginesOnOneDatabase(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, dir string, args ...string) {
		t.Helper()
		startDemo(t, dir, args...)
		_, errs, code := usher(t, nil, append([]string{"serve", "--listen", "127.0.0.1:0", "--data-dir", dir}, args...)...)
		if code != 1 || !strings.Contains(errs, "is in use by another usher process (process id ") || !strings.Contains(errs, "USHER_REDIS_URL") {
			t.Errorf("exit code %d: %s", code, errs)
		}
	})
}

// A process whose claim was taken by another one, while the database's server was away, must not go on.
func TestAProcessThatLostTheDatabaseStops(t *testing.T) {
	t.Parallel()
	at := databasetest.On(t, databasetest.PostgreSQL)
	one := startDemo(t, at.Dir, "--database-url", at.URL, "--drain", "0s")
	conn, err := pgx.Connect(t.Context(), at.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var (
		class  int32
		object int32
		ended  bool
	)
	err = conn.QueryRow(t.Context(), `SELECT l.classid::bigint::int, l.objid::bigint - CASE WHEN l.objid::bigint > 2147483647 THEN 4294967296 ELSE 0 END, pg_terminate_backend(l.pid)
		FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND a.application_name LIKE 'usher claim %' AND l.objid = hashtext(current_schema())::oid`).
		Scan(&class, &object, &ended)
	if err != nil || !ended {
		t.Fatalf("the claim's connection was not ended: %v", err)
	}
	if _, err := conn.Exec(t.Context(), `SELECT pg_advisory_lock($1, $2)`, class, object); err != nil {
		t.Fatal(err)
	}
	<-one.ended
	if code := one.cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(one.stderr.String(), "another usher process has the database") {
		t.Errorf("exit code %d:\n%s", code, one.stderr.String())
	}
}

// The password is in no log and no message.
func TestTheDatabasesPasswordIsNotTold(t *testing.T) {
	t.Parallel()
	at := databasetest.On(t, databasetest.PostgreSQL)
	url := strings.Replace(at.URL, "usher@", "usher:hunter2@", 1) // the server trusts who comes from this machine
	one := startDemo(t, at.Dir, "--database-url", url, "--log-level", "debug")
	key, said, code := usher(t, nil, "apikey", "create", "--partner", "Example", "--email", "p@example.com", "--database-url", url)
	if code != 0 || !strings.Contains(said, "PostgreSQL at 127.0.0.1:") {
		t.Errorf("exit code %d: %s%s", code, key, said)
	}
	_, failed, code := usher(t, nil, "migrate", "--database-url", strings.Replace(postgrestest.URL(t), "usher@", "nobody:hunter2@", 1))
	if code != 1 {
		t.Errorf("a user who is not known: exit code %d", code)
	}
	for _, text := range []string{one.stderr.String(), said, failed} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("the password is told:\n%s", text)
		}
	}
}

func TestAuditVerify(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, dir string, args ...string) {
		t.Helper()
		args = append([]string{"--data-dir", dir}, args...)
		one := startDemo(t, dir, args[2:]...)
		one.stop()
		verify := append([]string{"audit", "verify"}, args...)
		out, errs, code := usher(t, nil, verify...)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if code != 0 || len(lines) != 2 || !strings.HasPrefix(lines[0], "license/lic_demo\t8\t") || !strings.HasPrefix(lines[1], "partner/par_") {
			t.Fatalf("exit code %d: %s%s", code, out, errs)
		}
		if out, errs, code := usher(t, nil, append(verify, "--license", demoLicense)...); code != 0 || out != lines[0]+"\n" {
			t.Errorf("of one license: exit code %d: %s%s", code, out, errs)
		}
		if _, errs, code := usher(t, nil, append(verify, "--license", "lic_nowhere")...); code != 1 || !strings.Contains(errs, "lic_nowhere") {
			t.Errorf("of no license: exit code %d: %s", code, errs)
		}
		db, err := database.Open(t.Context(), database.Options{URL: args[3], Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		err = db.Write(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE audit SET actor = 'nobody' WHERE chain = 'license/lic_demo' AND number = 3`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		out, errs, code = usher(t, nil, verify...)
		if code != 1 || !strings.Contains(errs, "license/lic_demo is broken at entry 3") || out != lines[1]+"\n" {
			t.Errorf("exit code %d: %s%s", code, out, errs)
		}
	})
}
