package main

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"usher/gateway/client"
	"usher/gateway/wire"
	"usher/internal/redistest"
)

// short makes leases and graces end within a test.
var short = []string{"--lease", "2s", "--ticket-ttl", "2s", "--grace", "4s"}

// kill -9 of one of two nodes: its agents reconnect to the other and keep their fences; who does not come back
// loses the seat when lease and grace are over.
func TestPromise7_KilledNodeKeepsSeatsForThoseWhoComeBack(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, redistest.Start(t).URL(), short...)
	ann, w := login(t, "Ann", one, two)
	bob, _ := login(t, "Bob", one)
	cid, _ := login(t, "Cid", two)
	dan, d := login(t, "Dan", two)
	if d.Seat.Code != "seats_full" {
		t.Fatalf("dan: %+v", d.Seat)
	}
	// Bob's app dies with the node, so nobody logs it out.
	one.kill()
	bob.leaveWithoutLogout()

	back := await(ann, func(client.Welcomed) bool { return true }).Welcome
	if !back.Resumed || back.Seat.State != wire.SeatHeld || back.Seat.Fence != w.Seat.Fence || back.Seat.Number != w.Seat.Number {
		t.Fatalf("ann came back to %+v", back.Seat)
	}
	until(t, "bob's seat is free", func() bool {
		board, _ := dan.Board()
		return board.Used == 2
	})
	if seat := dan.take(); seat.State != wire.SeatHeld {
		t.Fatalf("dan: %+v", seat)
	}
	if seat := cid.take(); seat.State != wire.SeatHeld {
		t.Fatalf("cid: %+v", seat)
	}
}

// kill -9 of a node and a new start under its name at once: the new process is not the dead one, and those who died
// with that lose their seats.
func TestNodeKilledAndStartedAgainWithItsNameKeepsNoGhosts(t *testing.T) {
	t.Parallel()
	dir, redis := t.TempDir(), redistest.Start(t).URL()
	args := append([]string{"--redis-url", redis, "--node", "east"}, short...)
	one := startDemo(t, dir, args...)
	bob, w := login(t, "Bob", one)
	one.kill()
	bob.leaveWithoutLogout()

	again := startServe(t, dir, one.demo, args...)
	ann, back := login(t, "Ann", again)
	if !strings.HasPrefix(w.Node, "east.") || !strings.HasPrefix(back.Node, "east.") || back.Node == w.Node {
		t.Fatalf("the nodes are %q and %q", w.Node, back.Node)
	}
	until(t, "bob's seat is free", func() bool {
		board, _ := ann.Board()
		return board.Used == 1
	})
}

// Redis gone: sockets stay up and takes are answered unavailable. Redis back, and empty: holders have the very seats
// that they had, and newcomers are told the truth.
func TestRedisGoneAndBackEmpty(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	p := startDemo(t, t.TempDir(), append([]string{"--redis-url", redis.URL()}, short...)...)
	agents := map[string]*agent{}
	fences := map[string]int64{}
	for _, name := range []string{"Ann", "Bob", "Cid"} {
		a, w := login(t, name, p)
		agents[name], fences[name] = a, w.Seat.Fence
	}
	dan, _ := login(t, "Dan", p)

	redis.Kill()
	if got, err := dan.Take(t.Context()); err == nil && got.Code != wire.CodeUnavailable || got.State == wire.SeatHeld {
		t.Fatalf("dan without Redis: %+v %v", got, err)
	}
	if status, answer := p.call(p.demo.token("Meg"), "POST", p.license("/seats/tm_ann/free"), map[string]any{"reason": "x"}); status != 503 || answer["code"] != "unavailable" {
		t.Fatalf("free without Redis: %d %v", status, answer)
	}

	redis.Restart(t)
	until(t, "dan is refused again", func() bool { seat, err := dan.Take(t.Context()); return err == nil && seat.Code == "seats_full" })
	for name, a := range agents {
		if seat := a.take(); seat.State != wire.SeatHeld || seat.Fence != fences[name] {
			t.Errorf("%s had fence %d and has %+v", name, fences[name], seat)
		}
	}
}

// A freed holder does not come straight back, not even when Redis forgets: the cooldown is in the database.
func TestCooldownOutlivesRedis(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	p := startDemo(t, t.TempDir(), "--redis-url", redis.URL())
	ann, w := login(t, "Ann", p)
	status, answer := p.call(p.demo.token("Meg"), "POST", p.license("/seats/tm_ann/free"), map[string]any{"reason": "x", "cooldown_ms": 3_600_000})
	if status != 200 || answer["fence"] != float64(w.Seat.Fence) {
		t.Fatalf("%d %v", status, answer)
	}
	await(ann, func(e client.SeatLost) bool { return e.Lost.Reason == "freed" })
	redis.Kill()
	redis.Restart(t)
	var seat wire.Seat
	until(t, "ann is answered", func() bool {
		var err error
		seat, err = ann.Take(t.Context())
		return err == nil && seat.Code != wire.CodeUnavailable
	})
	if seat.State != wire.SeatRefused || seat.Code != "cooldown" || seat.RetryAfterMS == nil {
		t.Fatalf("ann: %+v", seat)
	}
}

// A client that sends its request a byte at a time is closed, and harms nobody.
func TestSlowlorisIsClosed(t *testing.T) {
	t.Parallel()
	p := startDemo(t, t.TempDir())
	slow, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := slow.Write([]byte("GET /v1/agent HTTP/1.1\r\nHost: x\r\nX-Slow: ")); err != nil {
		t.Fatal(err)
	}
	if _, w := login(t, "Ann", p); w.Seat.State != wire.SeatHeld {
		t.Fatalf("ann: %+v", w.Seat)
	}
	if err := slow.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, slow); err != nil {
		t.Fatalf("the connection was not closed: %v", err)
	}
}

// A Redis that does not answer for a while: takes are answered unavailable, never guessed; what was sent meanwhile
// and arrives late has its effect once, and sockets and seats are as before.
func TestRedisStallsAndGoesOn(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	p := startDemo(t, t.TempDir(), "--redis-url", redis.URL())
	ann, w := login(t, "Ann", p)
	bob, _ := login(t, "Bob", p)
	if err := bob.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}

	redis.Pause(t)
	if got, err := bob.Take(t.Context()); err == nil {
		t.Fatalf("bob took a seat of a Redis that stands still: %+v", got)
	} else if e, ok := errors.AsType[*client.Error](err); !ok || e.Code != wire.CodeUnavailable || !e.Retryable || e.RetryAfter <= 0 {
		t.Fatalf("bob: %v", err)
	}
	redis.Resume(t)

	until(t, "bob has a seat", func() bool { seat, err := bob.Take(t.Context()); return err == nil && seat.State == wire.SeatHeld })
	if seat := ann.take(); seat.Fence != w.Seat.Fence {
		t.Fatalf("ann had %+v, has %+v", w.Seat, seat)
	}
	board, _ := ann.Board()
	until(t, "the board has two holders", func() bool { board, _ = ann.Board(); return board.Used == 2 && len(board.Holders) == 2 })
}

// Promise 7's other half, on one node: a graceful stop sends agents away without loss of a seat.
func TestRollingDeployLosesNoSeat(t *testing.T) {
	t.Parallel()
	one, two := startTwo(t, redistest.Start(t).URL(), "--drain", "500ms")
	ann, w := login(t, "Ann", one, two)
	if code := one.stop(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, one.stderr.String())
	}
	await(ann, func(client.Draining) bool { return true })
	back := await(ann, func(client.Welcomed) bool { return true }).Welcome
	if back.Seat.Fence != w.Seat.Fence || back.Seat.State != wire.SeatHeld {
		t.Fatalf("ann came back to %+v, had %+v", back.Seat, w.Seat)
	}
}
