package client_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"usher/gateway/client"
	"usher/gateway/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

// tester is a test, or one of the many that rapid draws.
type tester interface {
	Helper()
	Cleanup(do func())
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// server accepts real WebSockets and hands each to the test, which plays the other side of the protocol.
type server struct {
	*httptest.Server
	conns chan *peer
}

// peer is the server's end of one connection.
type peer struct {
	t    tester
	conn *websocket.Conn
}

func newServer(t tester) *server {
	t.Helper()
	s := &server{conns: make(chan *peer, 16)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Subprotocol}})
		if err != nil {
			t.Error(err)
			return
		}
		s.conns <- &peer{t, conn}
	}))
	t.Cleanup(s.Close)
	return s
}

// accept waits for the next connection.
func (s *server) accept(t tester) *peer {
	t.Helper()
	select {
	case p := <-s.conns:
		t.Cleanup(func() { _ = p.conn.CloseNow() })
		return p
	case <-time.After(patience):
		t.Fatal("nobody connects")
		return nil
	}
}

// welcomed accepts, and answers hello with a welcome. It returns what hello said.
func (s *server) welcomed(t tester, change func(*wire.Welcome)) (*peer, wire.Hello) {
	t.Helper()
	p := s.accept(t)
	f := p.expect(wire.TypeHello)
	h, err := wire.Decode[wire.Hello](f)
	if err != nil {
		t.Fatal(err)
	}
	w := wire.Welcome{
		Session: "ses_1", Resume: "resume-1", Node: "a", Seat: held(17), Board: wire.Board{Cap: 3, Total: new(3), Used: 1,
			Holders: wire.Holders{holder("tm_ann", 1)}},
		Feeds: wire.Feeds{Board: &wire.Position{Epoch: "1", Version: 42}}, Limits: wire.Limits{PingMS: 25000},
		Access: wire.Access{Inbox: wire.InboxOpen},
	}
	if change != nil {
		change(&w)
	}
	p.send(wire.Reply(f.ID, wire.TypeWelcome, w))
	return p, h
}

func (p *peer) send(frame []byte) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.conn.Write(ctx, websocket.MessageText, frame); err != nil {
		p.t.Fatal(err)
	}
}

// next reads the next frame.
func (p *peer) next() wire.ClientFrame {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, data, err := p.conn.Read(ctx)
	if err != nil {
		p.t.Fatalf("waiting for a frame: %v", err)
	}
	f, err := wire.DecodeClient(data)
	if err != nil {
		p.t.Fatalf("%s, %v", data, err)
	}
	return f
}

// expect reads the next frame and holds it to its type.
func (p *peer) expect(typ string) wire.ClientFrame {
	p.t.Helper()
	f := p.next()
	if f.Type != typ {
		p.t.Fatalf("%+v, want %s", f, typ)
	}
	return f
}

func (p *peer) answer(typ string, data any) {
	p.t.Helper()
	p.send(wire.Reply(p.expect(typ).ID, wire.TypeOK, data))
}

func (p *peer) fail(typ string, e wire.Error) {
	p.t.Helper()
	p.send(wire.Reply(p.expect(typ).ID, wire.TypeError, e))
}

func (p *peer) close(code wire.CloseCode) {
	_ = p.conn.Close(websocket.StatusCode(code), code.Reason())
}

// gone waits for the client to close, and returns its code.
func (p *peer) gone() websocket.StatusCode {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, data, err := p.conn.Read(ctx)
	if err == nil {
		p.t.Fatalf("%s, want a close frame", data)
	}
	return websocket.CloseStatus(err)
}

// agent is a client that runs, with what happened to it.
type agent struct {
	*client.Client
	t      tester
	events chan client.Event
	cancel context.CancelFunc
	done   chan struct{}
	err    error

	mu     sync.Mutex
	sleeps []time.Duration
}

// run starts a client against s. Its back-off takes no time and is noted.
func run(t tester, s *server, change func(*client.Options)) *agent {
	t.Helper()
	a := &agent{t: t, events: make(chan client.Event, 256), done: make(chan struct{})}
	o := client.Options{
		URL:     "ws" + strings.TrimPrefix(s.URL, "http") + "/v1/agent",
		Token:   func(context.Context) (string, error) { return "token-1", nil },
		Device:  "test",
		OnEvent: func(e client.Event) { a.events <- e },
		Rand:    func() float64 { return 0.5 },
		Sleep: func(ctx context.Context, d time.Duration) error {
			a.mu.Lock()
			a.sleeps = append(a.sleeps, d)
			a.mu.Unlock()
			return ctx.Err()
		},
	}
	if change != nil {
		change(&o)
	}
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	a.Client = c
	ctx, cancel := context.WithCancel(context.Background())
	a.cancel = cancel
	go func() {
		defer close(a.done)
		a.err = c.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); _ = a.ended() })
	return a
}

// ended waits for Run to return, and returns its error.
func (a *agent) ended() error {
	a.t.Helper()
	select {
	case <-a.done:
		return a.err
	case <-time.After(patience):
		a.t.Fatal("Run does not end")
		return nil
	}
}

func (a *agent) slept() []time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]time.Duration(nil), a.sleeps...)
}

// until waits for an event of one type and returns it; others before it are passed over.
func until[E client.Event](a *agent) E {
	a.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case e := <-a.events:
			if is, ok := e.(E); ok {
				return is
			}
		case <-deadline:
			var want E
			a.t.Fatalf("no %T", want)
		}
	}
}

func held(n int64) wire.Seat {
	return wire.Seat{
		State: wire.SeatHeld, Number: 1, Fence: 1_000_000_000 + n, Since: new(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)),
		Overage: new(false),
	}
}

func holder(teammate string, number int) wire.Holder {
	return wire.Holder{Teammate: teammate, Name: teammate, Number: number, Fence: int64(number), State: wire.HolderHeld, Sessions: 1}
}

func raw(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
