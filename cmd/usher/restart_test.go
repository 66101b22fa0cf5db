package main

import (
	"context"
	"database/sql"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"usher/gateway/client"
	"usher/gateway/wire"
	"usher/internal/database"
	"usher/internal/databasetest"
)

// place is where agents find the process that serves now.
type place struct{ now atomic.Pointer[process] }

func at(p *process) *place {
	var at place
	at.now.Store(p)
	return &at
}

func (at *place) dial(ctx context.Context, _ string, o *websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
	return websocket.Dial(ctx, at.now.Load().url+"/v1/agent", o)
}

// isBack waits until an agent is connected again, and checks that it has its seat, under a fence of a later generation.
func isBack(t *testing.T, a *agent, name string, had wire.Seat) {
	t.Helper()
	seat := await(a, func(client.Welcomed) bool { return true }).Welcome.Seat
	if seat.State != wire.SeatHeld || seat.Number != had.Number || seat.Fence/1_000_000_000 <= had.Fence/1_000_000_000 {
		t.Errorf("%s came back to %+v, had %+v", name, seat, had)
	}
}

// A process with its own engine, stopped and started again: holders have their seats and numbers, with new fences, and
// newcomers are let in at once.
func TestEmbeddedProcessRestarted(t *testing.T) {
	t.Parallel()
	eachDatabase(t, testEmbeddedProcessRestarted)
}

// eachDatabase runs a test on each kind of database, and gives it the flag that names it.
func eachDatabase(t *testing.T, test func(t *testing.T, dir string, args ...string)) {
	t.Helper()
	for _, kind := range []databasetest.Kind{databasetest.SQLite, databasetest.PostgreSQL} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			at := databasetest.On(t, kind)
			test(t, at.Dir, "--database-url", at.URL)
		})
	}
}

func testEmbeddedProcessRestarted(t *testing.T, dir string, args ...string) {
	t.Helper()
	one := startDemo(t, dir, append(args, "--drain", "0s")...) // so that Bob's seat is not saved yet when the end comes
	where := at(one)
	ann, w := loginBy(t, "Ann", one, where.dial)
	bob, w2 := loginBy(t, "Bob", one, where.dial)
	if code := one.stop(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	two := startServe(t, dir, one.demo, args...)
	if dan, w := login(t, "Dan", two); w.Seat.State != wire.SeatHeld || w.Seat.Number != 3 {
		t.Errorf("dan: %+v %+v", w.Seat, dan)
	}
	where.now.Store(two)
	isBack(t, ann, "ann", w.Seat)
	isBack(t, bob, "bob", w2.Seat)
}

// kill -9 of a process with its own engine: the same; but newcomers wait until the tickets of seats that were granted in
// the last moment, and not saved, are over.
func TestPromise3_EmbeddedProcessKilled(t *testing.T) {
	t.Parallel()
	eachDatabase(t, testEmbeddedProcessKilled)
}

func testEmbeddedProcessKilled(t *testing.T, dir string, args ...string) {
	t.Helper()
	const ticket = 2 * time.Second
	url := args[1]
	args = append(args, "--ticket-ttl", ticket.String())
	one := startDemo(t, dir, args...)
	where := at(one)
	ann, w := loginBy(t, "Ann", one, where.dial)
	bob, w2 := loginBy(t, "Bob", one, where.dial)
	until(t, "both are saved", func() bool { return strings.Count(savedHolders(t, url, dir), "tm_") == 2 })
	one.kill()

	two := startServe(t, dir, one.demo, args...)
	before := time.Now()
	dan, w3 := login(t, "Dan", two) // the first to ask, so that the license is opened by it
	if w3.Seat.State != wire.SeatRefused || w3.Seat.Code != wire.CodeUnavailable || w3.Seat.RetryAfterMS == nil {
		t.Fatalf("dan: %+v", w3.Seat)
	}
	where.now.Store(two)
	isBack(t, ann, "ann", w.Seat)
	isBack(t, bob, "bob", w2.Seat)
	seat := w3.Seat
	until(t, "dan has a seat", func() bool {
		time.Sleep(time.Duration(*seat.RetryAfterMS) * time.Millisecond) // as he was told
		seat = dan.take()
		return seat.State == wire.SeatHeld || seat.RetryAfterMS == nil
	})
	if waited := time.Since(before); waited < ticket || seat.Number != 3 {
		t.Errorf("dan has %+v after %s, want number 3 after %s at least", seat, waited, ticket)
	}
}

// savedHolders is what a restart would find.
func savedHolders(t *testing.T, url, dir string) (holders string) {
	t.Helper()
	db, err := database.Open(t.Context(), database.Options{URL: url, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRowContext(t.Context(), `SELECT holders FROM boards WHERE license = $1`, demoLicense).Scan(&holders)
	})
	if err != nil {
		t.Fatal(err)
	}
	return holders
}
