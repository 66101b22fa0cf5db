package gateway_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"

	"github.com/coder/websocket"
)

// generous are limits that no test comes up against.
func generous(o *gateway.Options) {
	o.FrameBurst, o.FramesPerSecond, o.Pending, o.OutboxBytes = 1_000_000, 1_000_000, 1000, 64<<20
	o.FrameTimeout, o.PingInterval = time.Hour, time.Hour
}

// Agents who are logged in and say nothing cost no goroutine each.
func TestIdleConnectionsHaveNoGoroutine(t *testing.T) { //nolint:paralleltest // it counts goroutines
	h := newHouse(t, 3)
	h.records.HireAll(100)
	n := h.node(generous)
	before := runtime.NumGoroutine()
	for _, token := range gateway.Hired(100) {
		rudely(t, n).enters(token)
	}
	await(t, "goroutines to end", func() bool { return runtime.NumGoroutine() < before+50 })
}

// enters logs in as somebody.
func (r *rude) enters(token string) {
	r.t.Helper()
	r.text(fmt.Sprintf(`{"id":"hi","type":"hello","data":{"token":%q}}`, token))
	if err := r.hears("hi"); err != nil {
		r.t.Fatal(err)
	}
}

// However the bytes of requests come, in pieces or many at once, each is answered: no wake-up is lost.
func TestEveryRequestIsAnswered(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node(generous)
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			r := rudely(t, n)
			r.enters([]string{"tm_ann", "tm_bob", "tm_cid", "tm_dan"}[i%4])
			dice := rand.New(rand.NewPCG(uint64(i), 7))
			var bytes []byte
			const requests = 500
			for id := range requests {
				bytes = append(bytes, masked(opText, fmt.Sprintf(`{"id":"%d","type":"activity","data":{"idle":%t}}`, id, id%2 == 0))...)
			}
			go func() {
				for len(bytes) > 0 {
					piece := min(1+dice.IntN(1<<dice.IntN(12)), len(bytes))
					if _, err := r.conn.Write(bytes[:piece]); err != nil {
						return
					}
					bytes = bytes[piece:]
					if dice.IntN(3) == 0 {
						time.Sleep(time.Duration(dice.IntN(int(time.Millisecond)))) // a pause between pieces
					}
				}
			}()
			for id := range requests {
				if err := r.hears(fmt.Sprint(id)); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// masked is a frame of a client, with a mask of zeroes.
func masked(op byte, payload string) []byte {
	b := []byte{0x80 | op, 0x80 | byte(len(payload)), 0, 0, 0, 0}
	return append(b, payload...)
}

// Answers to pings come between frames, never within one, however slowly the frames are read.
func TestPongsComeBetweenFrames(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	h.records.HireAll(2000)
	h.narrow = true
	n := h.node(generous)
	r := rudely(t, n)
	r.enters("tm_ann")
	const rounds = 40
	go func() {
		for i := range rounds {
			if r.frame(opText, true, fmt.Appendf(nil, `{"id":"%d","type":"sync"}`, i)) != nil {
				return
			}
			for j := range 20 {
				if r.frame(opPing, true, fmt.Appendf(nil, "%d", i*20+j)) != nil {
					return
				}
			}
		}
	}()
	pong, last := 0, 0
	for pong < rounds*20 || last < rounds {
		op, b, err := r.read()
		if err != nil {
			t.Fatal(err)
		}
		switch op {
		case opPong:
			if string(b) != fmt.Sprint(pong) {
				t.Fatalf("pong %q, want %d", b, pong)
			}
			pong++
		case opText:
			if _, err := wire.DecodeServer(b); err != nil {
				t.Fatalf("%v: %.100s", err, b)
			}
			if bytes.Contains(b, []byte(`"last":true`)) {
				last++
			}
		default:
			t.Fatalf("a frame of kind %d", op)
		}
	}
}

// What can't tell whether it would block, as TLS, is served by a goroutine.
func TestServingOverTLS(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 1)
	n := h.node(generous)
	web := httptest.NewTLSServer(n)
	defer web.Close()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	ws, _, err := websocket.Dial(t.Context(), "wss"+strings.TrimPrefix(web.URL, "https"),
		&websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}, HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	a := &agent{t: t, ws: ws}
	a.send(`{"id":"hi","type":"hello","data":{"token":"tm_ann"}}`)
	a.until("hi", wire.TypeWelcome)
	for range 100 {
		if f := a.ask(wire.TypeSeatExplain, "{}"); f.Type != wire.TypeOK {
			t.Fatal(f.raw)
		}
	}
	if f := a.ask(wire.TypeLogout, "{}"); f.Type != wire.TypeOK {
		t.Fatal(f.raw)
	}
	if code := a.closed(); code != wire.CloseLoggedOut {
		t.Errorf("closed with %d", code)
	}
}
