package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"
	"usher/gateway/wire/wiretest"
	"usher/presence"
	"usher/presence/presencemem"
	"usher/seats/seatsmem"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if what := os.Getenv(childEnv); what != "" {
		os.Exit(serveAsChild(what))
	}
	goleak.VerifyTestMain(m)
}

const license = gateway.TheLicense

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// house is one or more nodes on one engine and one directory.
type house struct {
	t       testing.TB
	store   *gateway.FaultyStore
	roster  presence.Store
	records *gateway.MemoryRecords
	tokens  *gateway.PlainTokens
	// narrow has the kernel keep little of what a peer does not read.
	narrow bool
}

func newHouse(t testing.TB, seatCap int) *house {
	return &house{
		t: t, store: gateway.NewFaultyStore(seatsmem.New(seatsmem.Options{})),
		roster: presencemem.New(presencemem.Options{}), records: gateway.NewMemoryRecords(seatCap),
		tokens: gateway.NewPlainTokens(),
	}
}

// node is a running gateway.
type node struct {
	*gateway.Server
	url string
	web *httptest.Server
}

func (h *house) node(change ...func(*gateway.Options)) *node {
	h.t.Helper()
	o := gateway.Options{
		Store: h.store, Presence: presence.NewAttendance(h.roster, h.records, 0), Records: h.records, Tokens: h.tokens,
		BoardTick: time.Millisecond,
	}
	for _, f := range change {
		f(&o)
	}
	s, err := gateway.New(o)
	if err != nil {
		h.t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(http.HandlerFunc(s.ServeHTTP))
	if h.narrow {
		web.Config.ConnState = func(c net.Conn, state http.ConnState) {
			if tcp, ok := c.(*net.TCPConn); ok && state == http.StateNew {
				_ = tcp.SetWriteBuffer(4096)
			}
		}
	}
	web.Start()
	h.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = s.Close(ctx) // an error says that a test left the engine cut off
		web.Close()
	})
	return &node{s, "ws" + strings.TrimPrefix(web.URL, "http"), web}
}

// agent is a bare WebSocket client: it knows frames, nothing else. Each that it gets has to be in the document of the wire.
type agent struct {
	t    *testing.T
	ws   *websocket.Conn
	talk wiretest.Conversation
	n    int
	kept []frame // pushes read while a reply was awaited
	view view
	gaps int // frames of the feed that did not follow
}

// view is the board as a client has it that follows the feed by the rules of the wire.
type view struct {
	wire.Position
	wire.Board
	holders map[string]wire.Holder
}

func (v *view) reset(p wire.Position, b wire.Board) {
	*v = view{Position: p, Board: b, holders: map[string]wire.Holder{}}
	for _, h := range b.Holders {
		v.holders[h.Teammate] = h
	}
}

// follow keeps the agent's view, and holds the feed to never going back.
func (a *agent) follow(f frame) {
	a.t.Helper()
	switch f.Type {
	case wire.TypeWelcome:
		w := data[wire.Welcome](a, f)
		a.view.reset(*w.Feeds.Board, w.Board)
	case wire.TypeSnapshot:
		s := data[wire.Snapshot](a, f)
		if s.Feeds.Board == nil {
			return
		}
		if p := *s.Feeds.Board; p.Epoch == a.view.Epoch && p.Version < a.view.Version {
			a.t.Errorf("snapshot of version %d after %d", p.Version, a.view.Version)
		}
		a.view.reset(*s.Feeds.Board, *s.Board)
	case wire.TypeBoardChanged:
		switch {
		case *f.From >= *f.Version:
			a.t.Errorf("from %d to %d", *f.From, *f.Version)
		case f.Epoch != a.view.Epoch || *f.From > a.view.Version:
			a.gaps++
		case *f.Version > a.view.Version:
			d := data[wire.BoardDelta](a, f)
			a.view.Position, a.view.Board = wire.Position{Epoch: f.Epoch, Version: *f.Version}, d.Board
			for _, h := range d.Holders {
				a.view.holders[h.Teammate] = h
			}
			for _, t := range d.Gone {
				delete(a.view.holders, t)
			}
		}
	}
}

// sees reads until the agent's board is such.
func (a *agent) sees(what string, is func(view) bool) {
	a.t.Helper()
	for !is(a.view) {
		if a.t.Failed() {
			a.t.FailNow()
		}
		f, err := a.tryRead()
		if err != nil {
			a.t.Fatalf("waiting for %s, the board being %+v: %v", what, a.view, err)
		}
		a.kept = append(a.kept, f)
	}
}

type frame struct {
	wire.ServerFrame
	raw string
}

func dial(t *testing.T, n *node) *agent {
	t.Helper()
	ws, res, err := websocket.Dial(t.Context(), n.url, &websocket.DialOptions{Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		t.Fatal(err)
	}
	if res.Body != nil {
		_ = res.Body.Close()
	}
	ws.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = ws.CloseNow() })
	return &agent{t: t, ws: ws}
}

// login says hello and returns the welcome.
func login(t *testing.T, n *node, token string, more ...string) (*agent, wire.Welcome) {
	t.Helper()
	a := dial(t, n)
	extra := strings.Join(append([]string{""}, more...), ",")
	a.send(fmt.Sprintf(`{"id":"hi","type":"hello","data":{"token":%q%s}}`, token, extra))
	return a, data[wire.Welcome](a, a.until("hi", wire.TypeWelcome))
}

func (a *agent) send(text string) {
	a.t.Helper()
	a.talk.Said([]byte(text))
	if err := a.ws.Write(a.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		a.t.Fatal(err)
	}
}

// ask sends a request and returns its reply.
func (a *agent) ask(typ, body string) frame {
	a.t.Helper()
	a.n++
	id := fmt.Sprint(a.n)
	a.send(fmt.Sprintf(`{"id":%q,"type":%q,"data":%s}`, id, typ, body))
	for {
		f := a.read()
		if f.ID == id {
			return f
		}
		a.kept = append(a.kept, f)
	}
}

func (a *agent) seat(typ string) wire.Seat {
	a.t.Helper()
	f := a.ask(typ, "{}")
	if f.Type != wire.TypeOK {
		a.t.Fatalf("%s: %s", typ, f.raw)
	}
	return data[wire.SeatReply](a, f).Seat
}

func (a *agent) read() frame {
	a.t.Helper()
	f, err := a.tryRead()
	if err != nil {
		a.t.Fatalf("read: %v", err)
	}
	return f
}

func (a *agent) tryRead() (frame, error) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), patience)
	defer cancel()
	_, b, err := a.ws.Read(ctx)
	if err != nil {
		return frame{}, err
	}
	f := a.heard(b)
	a.follow(f)
	return f, nil
}

func (a *agent) heard(b []byte) frame {
	a.t.Helper()
	if err := a.talk.Heard(b); err != nil {
		a.t.Error(err)
	}
	f := frame{raw: string(b)}
	if err := json.Unmarshal(b, &f.ServerFrame); err != nil {
		a.t.Fatalf("frame %s: %v", b, err)
	}
	return f
}

// until reads until a frame of a type comes, with an id or (id "") a push.
func (a *agent) until(id, typ string) frame {
	a.t.Helper()
	for i, f := range a.kept {
		if f.ID == id && f.Type == typ {
			a.kept = append(a.kept[:i:i], a.kept[i+1:]...)
			return f
		}
	}
	for {
		f := a.read()
		if f.ID == id && f.Type == typ {
			return f
		}
		if id != "" && f.ID == id {
			a.t.Fatalf("got %s, want %s", f.raw, typ)
		}
		a.kept = append(a.kept, f)
	}
}

// closed reads until the connection is closed and returns the code.
func (a *agent) closed() wire.CloseCode {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), patience)
	defer cancel()
	for {
		_, b, err := a.ws.Read(ctx)
		if err != nil {
			return wire.CloseCode(websocket.CloseStatus(err))
		}
		a.kept = append(a.kept, a.heard(b))
	}
}

func data[T any](a *agent, f frame) T {
	a.t.Helper()
	var v T
	if err := json.Unmarshal(f.Data, &v); err != nil {
		a.t.Fatalf("%s: %v", f.raw, err)
	}
	return v
}
