package main

import (
	"database/sql"
	"testing"
	"time"

	"usher/gateway/wire"
	"usher/internal/database"
)

// What teammates chose, and when they were last here, is there when a process with its own engine is started again: after a
// clean end, and after kill -9 once it was written, which takes a second.
func TestPresenceOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, p *process, dir string, seen time.Time){
		"stopped": func(t *testing.T, p *process, _ string, _ time.Time) {
			if code := p.stop(); code != 0 {
				t.Fatalf("exit code %d", code)
			}
		},
		"killed": func(t *testing.T, p *process, dir string, seen time.Time) {
			until(t, "ann's last seen is written", func() bool { return savedSeen(t, dir, "tm_ann") == seen.UnixMilli() })
			p.kill()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			one := startDemo(t, dir, "--drain", "0s")
			ann, _ := login(t, "Ann", one)
			bob, _ := login(t, "Bob", one)
			over := time.Now().Add(time.Hour).Truncate(time.Millisecond)
			for _, c := range []struct {
				status, note string
				until        *time.Time
			}{{wire.StatusBusy, "report", nil}, {wire.StatusAway, "lunch", &over}} {
				if _, err := bob.SetStatus(t.Context(), c.status, c.until, c.note); err != nil {
					t.Fatal(err)
				}
			}
			ann.logout()
			meg, _ := login(t, "Meg", one)
			var seen *time.Time
			until(t, "ann was here", func() bool { seen = shownTo(meg, "tm_ann").LastSeen; return seen != nil })
			end(t, one, dir, *seen)

			two := startServe(t, dir, one.demo)
			ned, _ := login(t, "Ned", two)
			e := shownTo(ned, "tm_ann")
			if e.Status != wire.StatusOffline || e.LastSeen == nil || !e.LastSeen.Equal(*seen) {
				t.Errorf("ann shows as %+v, was last here %s", e, seen)
			}
			bob, _ = login(t, "Bob", two)
			until(t, "bob sees himself", func() bool { return shownTo(bob, "tm_bob").Status != wire.StatusOffline })
			e = shownTo(bob, "tm_bob")
			if e.Status != wire.StatusAway || e.Note != "lunch" || e.Until == nil || !e.Until.Equal(over) {
				t.Errorf("bob sees himself as %+v, chose to be away until %s", e, over)
			}
			// A choice that ends now, or was made for good, returns to what lasts.
			soon := time.Now().Add(time.Second)
			if _, err := bob.SetStatus(t.Context(), wire.StatusOnline, &soon, ""); err != nil {
				t.Fatal(err)
			}
			until(t, "bob is busy again", func() bool {
				e := shownTo(ned, "tm_bob")
				return e.Status == wire.StatusBusy && e.Note == "report"
			})
		})
	}
}

// shownTo is how an agent shows a colleague.
func shownTo(a *agent, teammate string) wire.Entry {
	roster, _ := a.Roster()
	for _, e := range roster {
		if e.Teammate == teammate {
			return e
		}
	}
	return wire.Entry{}
}

// savedSeen is when a teammate was last here, from the process's own file.
func savedSeen(t *testing.T, dir, teammate string) (ms int64) {
	t.Helper()
	db, err := database.Open(t.Context(), database.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRowContext(t.Context(), `SELECT COALESCE(seen_at, 0) FROM teammates WHERE license = $1 AND id = $2`, demoLicense, teammate).Scan(&ms)
	})
	if err != nil {
		t.Fatal(err)
	}
	return ms
}
