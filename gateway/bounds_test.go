package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"

	"github.com/coder/websocket"
)

// tight are limits that tests come up against soon.
func tight(o *gateway.Options) {
	o.FrameBytes, o.FrameBurst, o.FramesPerSecond = 1024, 30, 0.5
	o.HelloTimeout = 500 * time.Millisecond
}

// witnessed runs a misbehaviour beside an agent who must feel nothing of it: no frame but of the board, no close,
// and an answer when it asks.
func witnessed(t *testing.T, change func(*gateway.Options), misbehave func(t *testing.T, h *house, n *node)) {
	t.Helper()
	h := newHouse(t, 3)
	n := h.node(tight, change)
	ann, _ := login(t, n, "tm_ann")
	misbehave(t, h, n)
	if f := ann.ask(wire.TypeSeatExplain, "{}"); f.Type != wire.TypeOK {
		t.Fatalf("the witness got %s", f.raw)
	}
	for _, f := range ann.kept {
		if f.Type != wire.TypeBoardChanged && f.Type != wire.TypeSnapshot && f.Type != wire.TypeRosterChanged {
			t.Errorf("the witness got %s", f.raw)
		}
	}
}

func asIs(*gateway.Options) {}

// errorCode reads an error frame with that id.
func (a *agent) errorCode(id string) string {
	a.t.Helper()
	return data[wire.Error](a, a.until(id, wire.TypeError)).Code
}

func TestBadFramesCostAnErrorEach(t *testing.T) {
	t.Parallel()
	witnessed(t, asIs, func(t *testing.T, _ *house, n *node) {
		bob, _ := login(t, n, "tm_bob")
		for _, tc := range []struct {
			name, text, id, code string
		}{
			{"no JSON", "seat.take", "", "bad_request"},
			{"half a frame", `{"id":"1","type":"seat.take"`, "1", "bad_request"},
			{"two frames", `{"id":"1","type":"sync"}{"id":"2","type":"sync"}`, "1", "bad_request"},
			{"an array", "[]", "", "bad_request"},
			{"no id", `{"type":"seat.take"}`, "", "bad_request"},
			{"number for id", `{"id":7,"type":"seat.take"}`, "", "bad_request"},
			{"long id", `{"id":"` + strings.Repeat("i", 65) + `","type":"seat.take"}`, "", "bad_request"},
			{"no type", `{"id":"1"}`, "1", "bad_request"},
			{"data is text", `{"id":"1","type":"seat.take","data":"x"}`, "1", "bad_request"},
			{"deep", `{"id":"1","type":"sync","data":{"x":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `}}`, "", "bad_request"},
			{"unknown type", `{"id":"1","type":"seat.levitate"}`, "1", "unknown_type"},
			{"second hello", `{"id":"1","type":"hello","data":{"token":"tm_bob"}}`, "1", "bad_request"},
			{"no token", `{"id":"1","type":"token.refresh","data":{}}`, "1", "bad_request"},
			{"just too long", `{"id":"1","type":"sync","x":"` + strings.Repeat("x", 1000) + `"}`, "", "bad_request"},
		} {
			bob.send(tc.text)
			if code := bob.errorCode(tc.id); code != tc.code {
				t.Errorf("%s: %s, want %s", tc.name, code, tc.code)
			}
		}
		if err := bob.ws.Write(t.Context(), websocket.MessageBinary, []byte(`{"id":"1","type":"sync"}`)); err != nil {
			t.Fatal(err)
		}
		if code := bob.errorCode(""); code != "bad_request" {
			t.Errorf("binary: %s", code)
		}
		if seat := bob.seat(wire.TypeSeatTake); seat.State != wire.SeatHeld {
			t.Errorf("after all of this: %+v", seat)
		}
	})
}

func TestFramesOfExactlyTheLimit(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	bob, w := login(t, h.node(tight), "tm_bob")
	fill := func(n int) string {
		head, tail := `{"id":"9","type":"sync","x":"`, `"}`
		return head + strings.Repeat("x", n-len(head)-len(tail)) + tail
	}
	bob.send(fill(w.Limits.FrameBytes))
	bob.until("9", wire.TypeOK)
	bob.send(fill(w.Limits.FrameBytes + 1))
	if code := bob.errorCode(""); code != "bad_request" {
		t.Error(code)
	}
}

func TestAFarTooLargeFrameEndsTheConnection(t *testing.T) {
	t.Parallel()
	witnessed(t, asIs, func(t *testing.T, _ *house, n *node) {
		for range 5 { // the code has to come through although the client is still sending
			bob := dial(t, n)
			bob.send(`{"id":"hi","type":"hello","data":{"token":"tm_bob"}}`)
			bob.until("hi", wire.TypeWelcome)
			_ = bob.ws.Write(t.Context(), websocket.MessageText, make([]byte, 1<<20))
			if code := bob.closed(); code != wire.CloseProtocolViolation {
				t.Fatalf("closed with %d", code)
			}
		}
	})
}

func TestTheFirstFrameMustBeHello(t *testing.T) {
	t.Parallel()
	witnessed(t, asIs, func(t *testing.T, _ *house, n *node) {
		bob := dial(t, n)
		bob.send(`{"id":"1","type":"seat.take"}`)
		if code := bob.errorCode("1"); code != "bad_request" {
			t.Error(code)
		}
		if code := bob.closed(); code != wire.CloseHelloTimeout {
			t.Errorf("closed with %d", code)
		}
	})
}

func TestAFirstMistakeDoesNotForbidHello(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	bob := dial(t, h.node())
	bob.send(`{"id":"1","type":"hello","data":{"seat":"throne"}}`)
	if code := bob.errorCode("1"); code != "bad_request" {
		t.Error(code)
	}
	bob.send(`{"id":"hi","type":"hello","data":{"token":"tm_bob"}}`)
	bob.until("hi", wire.TypeWelcome)
}

func TestSilenceIsEndedByTheHelloTimeout(t *testing.T) {
	t.Parallel()
	witnessed(t, asIs, func(t *testing.T, _ *house, n *node) {
		if code := dial(t, n).closed(); code != wire.CloseHelloTimeout {
			t.Errorf("closed with %d", code)
		}
		if code := rudely(t, n).closed(); code != wire.CloseHelloTimeout {
			t.Errorf("closed with %d", code)
		}
	})
}

func TestPendingRequestsAreBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	slow := gateway.NewFaultyStore(h.store)
	n := h.node(func(o *gateway.Options) { o.Store, o.EngineTimeout = slow, patience })
	bob, w := login(t, n, "tm_bob")
	slow.Set(gateway.Hang)
	for i := range w.Limits.Pending {
		bob.send(fmt.Sprintf(`{"id":"p%d","type":"seat.take"}`, i))
	}
	bob.send(`{"id":"p0","type":"seat.take"}`)
	if code := bob.errorCode(""); code != "bad_request" { // under p0 another answer is awaited
		t.Error(code)
	}
	bob.send(`{"id":"more","type":"seat.take"}`)
	e := data[wire.Error](bob, bob.until("more", wire.TypeError))
	if e.Code != "rate_limited" || !e.Retryable || e.RetryAfterMS == nil {
		t.Errorf("%+v", e)
	}
	slow.Set(gateway.None)
	for i := range w.Limits.Pending {
		bob.until(fmt.Sprintf("p%d", i), wire.TypeOK)
	}
	if seat := bob.seat(wire.TypeSeatTake); seat.State != wire.SeatHeld {
		t.Errorf("%+v", seat)
	}
}

func TestAFloodOfFramesIsSlowedThenEnded(t *testing.T) {
	t.Parallel()
	witnessed(t, asIs, func(t *testing.T, _ *house, n *node) {
		bob, _ := login(t, n, "tm_bob")
		go untilCut(func() error {
			const sync = `{"id":"x","type":"sync"}`
			bob.talk.Said([]byte(sync))
			return bob.ws.Write(context.Background(), websocket.MessageText, []byte(sync))
		})
		if code := bob.closed(); code != wire.CloseRateLimited {
			t.Errorf("closed with %d", code)
		}
		limited := 0
		for _, f := range bob.kept {
			if f.Type == wire.TypeError && data[wire.Error](bob, f).Code == "rate_limited" {
				limited++
			}
		}
		if limited == 0 {
			t.Error("closed without a word before")
		}
	})
}

func TestAFloodOfPingsEndsTheConnection(t *testing.T) {
	t.Parallel()
	witnessed(t, asIs, func(t *testing.T, _ *house, n *node) {
		r := rudely(t, n)
		r.login()
		go untilCut(func() error { return r.frame(opPing, true, nil) })
		if code := r.closed(); code != wire.CloseRateLimited {
			t.Errorf("closed with %d", code)
		}
	})
}

// A pong that nobody asked for costs its reader as much as a ping.
func TestAFloodOfPongsEndsTheConnection(t *testing.T) {
	t.Parallel()
	witnessed(t, asIs, func(t *testing.T, _ *house, n *node) {
		r := rudely(t, n)
		r.login()
		go untilCut(func() error { return r.frame(opPong, true, []byte("x")) })
		if code := r.closed(); code != wire.CloseRateLimited {
			t.Errorf("closed with %d", code)
		}
	})
}

func TestFramesThatNeverEnd(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(r *rude) error{
		"a trickle": func(r *rude) error {
			time.Sleep(10 * time.Millisecond) // the pace of the trickle
			_, err := r.conn.Write([]byte("x"))
			return err
		},
		"empty continuations": func(r *rude) error { return r.frame(opContinuation, false, nil) },
		"silence":             func(*rude) error { return context.Canceled },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			quick := func(o *gateway.Options) { o.FrameTimeout = 200 * time.Millisecond }
			witnessed(t, quick, func(t *testing.T, _ *house, n *node) {
				r := rudely(t, n)
				r.login()
				size := uint64(1 << 40)
				if name == "empty continuations" {
					size = 0
				}
				if err := r.head(opText, false, size); err != nil {
					t.Fatal(err)
				}
				go untilCut(func() error { return send(r) })
				if code := r.closed(); code != wire.CloseProtocolViolation {
					t.Errorf("closed with %d", code)
				}
			})
		})
	}
}

func TestADeadPeerIsDropped(t *testing.T) {
	t.Parallel()
	impatient := func(o *gateway.Options) { o.PingInterval, o.PongTimeout = 200*time.Millisecond, 500*time.Millisecond }
	h := newHouse(t, 3)
	n := h.node(impatient)
	ann, _ := login(t, n, "tm_ann")
	r := rudely(t, n)
	r.login()
	// Its agent reads no more, so nothing is ponged; ann's library pongs while she reads.
	ann.sees("bob in grace", func(b view) bool { return b.holders["tm_bob"].State == wire.HolderGrace })
	if code := r.closed(); code != wire.CloseConnectionTimeout {
		t.Errorf("closed with %d", code)
	}
	if h := ann.view.holders["tm_bob"]; h.Sessions != 0 {
		t.Errorf("%+v", h)
	}
}

func TestASlowReaderHarmsNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node(func(o *gateway.Options) {
		o.OutboxBytes, o.FrameTimeout = 32<<10, time.Hour
		o.FrameBurst, o.FramesPerSecond = 1_000_000, 1_000_000
	})
	ann, _ := login(t, n, "tm_ann")
	r := rudely(t, n)
	_ = r.conn.(interface{ SetReadBuffer(bytes int) error }).SetReadBuffer(4096)
	r.login()
	go func() { // asks for snapshots, and reads none
		for i := 0; ; i++ {
			if r.frame(opText, true, fmt.Appendf(nil, `{"id":"%d","type":"sync","data":{"feeds":["board"]}}`, i)) != nil {
				return
			}
		}
	}()
	ann.sees("bob in grace", func(b view) bool { return b.holders["tm_bob"].State == wire.HolderGrace })
	if f := ann.ask(wire.TypeSeatExplain, "{}"); f.Type != wire.TypeOK {
		t.Fatal(f.raw)
	}
	if code := r.closed(); code != wire.CloseSlowConsumer && code != wire.CloseAbnormal {
		t.Errorf("closed with %d", code)
	}
}

func TestTheSubprotocolIsNeeded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	n := h.node()
	for _, offered := range [][]string{nil, {"usher.v0", "chat"}} {
		ws, res, err := websocket.Dial(t.Context(), n.url, &websocket.DialOptions{Subprotocols: offered})
		if err != nil {
			t.Fatal(err)
		}
		if res.Body != nil {
			_ = res.Body.Close()
		}
		a := &agent{t: t, ws: ws}
		if code := a.closed(); code != wire.CloseUnsupportedVersion {
			t.Errorf("closed with %d", code)
		}
	}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	anywhere, narrow := h.node(), h.node(func(o *gateway.Options) { o.Origins = []string{"app.example.com"} })
	for _, tc := range []struct {
		n      *node
		origin string
		open   bool
	}{
		{anywhere, "https://elsewhere.example.com", true},
		{narrow, "https://app.example.com", true},
		{narrow, "https://elsewhere.example.com", false},
		{narrow, "", true}, // not a browser
	} {
		o := &websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}, HTTPHeader: http.Header{}}
		if tc.origin != "" {
			o.HTTPHeader.Set("Origin", tc.origin)
		}
		ws, res, err := websocket.Dial(t.Context(), tc.n.url, o)
		if res != nil && res.Body != nil {
			_ = res.Body.Close()
		}
		if (err == nil) != tc.open {
			t.Errorf("%s: %v", tc.origin, err)
		}
		if err == nil {
			_ = ws.CloseNow()
		} else if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", tc.origin, res.StatusCode)
		}
	}
}

func TestLoginsThatFail(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, token string
		down        bool
		code        string
		closed      wire.CloseCode
	}{
		{"bad token", "nonsense", false, "unauthorized", wire.CloseUnauthorized},
		{"no token", "", false, "unauthorized", wire.CloseUnauthorized},
		{"unknown teammate", "tm_zoe", false, "not_found", wire.CloseTeammateRemoved},
		{"unknown license", "tm_ann@lic_other", false, "not_found", wire.CloseTeammateRemoved},
		{"directory down", "tm_bob", true, "unavailable", wire.CloseTryAgainLater},
		{"keys out of reach", "later", false, "unavailable", wire.CloseTryAgainLater},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			witnessed(t, asIs, func(t *testing.T, h *house, n *node) {
				h.records.SetDown(tc.down)
				defer h.records.SetDown(false)
				bob := dial(t, n)
				bob.send(fmt.Sprintf(`{"id":"hi","type":"hello","data":{"token":%q}}`, tc.token))
				e := data[wire.Error](bob, bob.until("hi", wire.TypeError))
				retry := tc.closed.Reconnect()
				if e.Code != tc.code || e.Retryable != retry || (e.RetryAfterMS != nil) != retry || e.Message == "" {
					t.Errorf("%+v", e)
				}
				if code := bob.closed(); code != tc.closed {
					t.Errorf("closed with %d", code)
				}
			})
		})
	}
}

func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node(func(o *gateway.Options) { o.Connections = 1 })
	ann, _ := login(t, n, "tm_ann")
	_, res, err := websocket.Dial(t.Context(), n.url, &websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	if err == nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Fatalf("%v %v", res, err)
	}
	if f := ann.ask(wire.TypeSeatExplain, "{}"); f.Type != wire.TypeOK {
		t.Fatal(f.raw)
	}
}

// A peer that announces a large frame and says no more can't keep the server from closing.
func TestCloseDoesNotWaitForAStalledPeer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node()
	r := rudely(t, n)
	r.login()
	if err := r.head(opText, true, 1<<40); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	began := time.Now()
	if err := n.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > patience/2 {
		t.Errorf("closing took %s", took)
	}
}

// The same while a closing handshake is under way, which such a peer does not finish.
func TestDrainingEndsAStalledPeer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node()
	r := rudely(t, n)
	r.login()
	if err := r.head(opText, true, 1<<40); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := n.Drain(ctx, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if code := r.closed(); code != wire.CloseDraining {
		t.Errorf("closed with %d", code)
	}
}

// Nobody reads from one who is turned away at the door: it can't hold the door open either.
func TestWhoIsTurnedAwayCanNotStall(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	r := rudelySpeaking(t, h.node(), "usher.v0")
	if err := r.head(opText, true, 1<<40); err != nil {
		t.Fatal(err)
	}
	if code := r.closed(); code != wire.CloseUnsupportedVersion {
		t.Errorf("closed with %d", code)
	}
	_ = r.conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := r.in.ReadByte(); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the connection is still there: %v", err)
	}
}
