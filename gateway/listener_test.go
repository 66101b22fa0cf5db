package gateway_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"
)

// audience is many listeners on one node, each an agent who does nothing but read.
type audience struct {
	t       testing.TB
	node    *node
	gallery *gateway.Gallery // nil: what they are shown is counted only
	readers sync.WaitGroup
	all     []*listener
	frames  countdown // of those that all hear together
}

// countdown tells when something has happened so many times.
type countdown struct {
	left atomic.Int64
	over chan struct{}
}

// start begins anew. What happened before counts not.
func (c *countdown) start(n int) <-chan struct{} {
	c.over = make(chan struct{})
	c.left.Store(int64(n))
	return c.over
}

func (c *countdown) happened() {
	if c.left.Add(-1) == 0 {
		close(c.over)
	}
}

// listener is a client with a bare socket.
type listener struct {
	*audience
	rude
	sent     int           // bytes, by the client
	welcomed chan struct{} // closed with the welcome, or the end
	ended    chan struct{} // closed with the connection

	mu     sync.Mutex
	glance *gateway.Glance
	heard  int            // bytes, from the socket
	length int            // bytes of the last frame
	at     time.Time      // when it was heard
	code   wire.CloseCode // of the end; 0: it lasts
}

func newAudience(t testing.TB, n *node, g *gateway.Gallery) *audience {
	a := &audience{t: t, node: n, gallery: g}
	t.Cleanup(a.leave)
	return a
}

// leave ends all connections, and waits for their readers.
func (a *audience) leave() {
	for _, l := range a.all {
		_ = l.conn.Close()
	}
	a.readers.Wait()
}

// join logs a teammate in, and reads from then on.
func (a *audience) join(token, hello string) (*listener, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(a.node.url, "ws://"))
	if err != nil {
		return nil, err
	}
	l := &listener{audience: a, welcomed: make(chan struct{}), ended: make(chan struct{})}
	l.rude = rude{conn: conn, in: bufio.NewReaderSize(&counted{conn, l}, 2048)}
	if a.gallery != nil {
		l.glance = gateway.NewGlance(a.gallery)
	}
	if l.sent, err = l.sayHello(token, hello); err != nil {
		return nil, err
	}
	a.readers.Go(l.listen)
	return l, nil
}

// sayHello upgrades the connection and asks to be let in, and returns how many bytes that took.
func (r *rude) sayHello(token, hello string) (int, error) {
	const upgrade = "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " + wire.Subprotocol + "\r\n\r\n"
	if _, err := io.WriteString(r.conn, upgrade); err != nil {
		return 0, err
	}
	res, err := http.ReadResponse(r.in, nil)
	if err != nil {
		return 0, err
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		return 0, errors.New(res.Status)
	}
	text := fmt.Sprintf(`{"id":"hi","type":"hello","data":{"token":%q%s}}`, token, hello)
	return len(upgrade) + 14 + len(text), r.frame(opText, true, []byte(text))
}

// counted counts what comes from a socket.
type counted struct {
	net.Conn
	l *listener
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.l.mu.Lock()
	c.l.heard += n
	c.l.mu.Unlock()
	return n, err
}

// joinAll logs all of them in, so many at a time, and waits for their welcomes.
func (a *audience) joinAll(tokens []string, hello string, atOnce int) {
	a.t.Helper()
	var (
		wg sync.WaitGroup
		mu sync.Mutex
	)
	next := make(chan string)
	for range atOnce {
		wg.Go(func() {
			for token := range next {
				l, err := a.join(token, hello)
				if err != nil {
					a.t.Errorf("%s: %v", token, err)
					continue
				}
				<-l.welcomed
				mu.Lock()
				a.all = append(a.all, l)
				mu.Unlock()
			}
		})
	}
	for _, token := range tokens {
		next <- token
	}
	close(next)
	wg.Wait()
	if a.t.Failed() {
		a.t.FailNow()
	}
}

func (l *listener) listen() {
	defer close(l.ended)
	for {
		op, b, err := l.read()
		switch {
		case err != nil:
			l.end(wire.CloseAbnormal)
			return
		case op == opClose && len(b) >= 2:
			l.end(wire.CloseCode(binary.BigEndian.Uint16(b)))
			return
		case op == opPing:
			_ = l.frame(opPong, true, b)
		case op == opText:
			l.hear(b)
		}
	}
}

func (l *listener) hear(b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.length, l.at = len(b), time.Now()
	if l.glance != nil {
		l.glance.See(b)
	}
	l.isIn()
	l.audience.frames.happened()
}

func (l *listener) end(code wire.CloseCode) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.code = code
	l.isIn()
}

// isIn notes that something came.
func (l *listener) isIn() {
	select {
	case <-l.welcomed:
	default:
		close(l.welcomed)
	}
}

// look is what the listener has now, by what is asked of it.
func look[T any](l *listener, ask func(*gateway.Glance) T) T {
	l.mu.Lock()
	defer l.mu.Unlock()
	return ask(l.glance)
}

// expectSound fails where somebody's connection ended, or the server broke a rule of the wire.
func (a *audience) expectSound() {
	a.t.Helper()
	for _, l := range a.all {
		l.mu.Lock()
		if l.code != 0 || l.glance != nil && len(l.glance.Wrong) > 0 {
			a.t.Errorf("closed with %d; %.5q", l.code, l.glance.Wrong)
		}
		l.mu.Unlock()
		if a.t.Failed() {
			return
		}
	}
}

// expectShown waits until each has the board that the server has, and the roster, where they asked for it.
func (a *audience) expectShown(roster bool) {
	a.t.Helper()
	await(a.t, "all to be shown the same", func() bool {
		a.expectSound()
		want := a.picture(roster) // anew each time: what is under way still changes it
		for _, l := range a.all {
			if !look(l, func(g *gateway.Glance) bool { return g.Has(want) }) {
				return false
			}
		}
		return true
	})
}

// picture is what the node shows now.
func (a *audience) picture(roster bool) gateway.Picture {
	a.t.Helper()
	b, err := a.node.Board(a.t.Context(), license)
	if err != nil {
		a.t.Fatal(err)
	}
	var r presence.Roster
	if roster {
		if r, err = a.node.Roster(a.t.Context(), presence.LicenseID(license)); err != nil {
			a.t.Fatal(err)
		}
	}
	return a.gallery.Picture(b, r, seats.Member{})
}
