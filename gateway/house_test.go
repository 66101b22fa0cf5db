package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"
	"usher/seats"
	"usher/seats/seatsmem"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// records is a directory in memory: the gateway's own interface, so that its tests need no database.
type records struct {
	mu         sync.Mutex
	down       bool
	generation seats.Generation
	license    gateway.License
	gone       bool
	members    map[seats.TeammateID]seats.Member
	changedAt  map[seats.TeammateID]seats.Revision
	removed    map[seats.TeammateID]bool
}

const license seats.LicenseID = "lic_test"

func newRecords(seatCap int) *records {
	r := &records{
		license: gateway.License{ID: license, Name: "Test", Config: seats.Config{
			Revision: 1, Status: seats.Active, Cap: seatCap, Grace: 30 * time.Second,
		}},
		members: map[seats.TeammateID]seats.Member{}, changedAt: map[seats.TeammateID]seats.Revision{},
		removed: map[seats.TeammateID]bool{},
	}
	for _, name := range []string{"ann", "bob", "cid", "dan", "eve"} {
		r.members[seats.TeammateID("tm_"+name)] = seats.Member{
			Teammate: seats.TeammateID("tm_" + name), Name: name, Operator: true, Administrator: name == "eve",
		}
	}
	r.members["tm_meg"] = seats.Member{Teammate: "tm_meg", Name: "meg", Administrator: true}
	r.members["tm_ned"] = seats.Member{Teammate: "tm_ned", Name: "ned"}
	return r
}

var errDown = errors.New("database is down")

// change commits a change with the next revision.
func (r *records) change(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.license.Config.Revision++
	f()
}

func (r *records) set(m seats.Member) {
	r.change(func() {
		r.members[m.Teammate] = m
		r.changedAt[m.Teammate] = r.license.Config.Revision
	})
}

func (r *records) remove(t seats.TeammateID) {
	r.change(func() {
		r.removed[t] = true
		r.changedAt[t] = r.license.Config.Revision
	})
}

func (r *records) look(id seats.LicenseID) (unlock func(), err error) {
	r.mu.Lock()
	switch {
	case r.down:
		err = errDown
	case id != license || r.gone:
		err = seats.ErrNoLicense
	}
	return r.mu.Unlock, err
}

func (r *records) Config(_ context.Context, id seats.LicenseID, since seats.Revision) (seats.Config, []seats.Member, error) {
	unlock, err := r.look(id)
	defer unlock()
	var changed []seats.Member
	for t, at := range r.changedAt {
		if at > since {
			m := r.members[t]
			m.Operator = m.Operator && !r.removed[t]
			changed = append(changed, m)
		}
	}
	return r.license.Config, changed, err
}

func (r *records) Member(_ context.Context, id seats.LicenseID, t seats.TeammateID) (seats.Member, seats.Revision, error) {
	unlock, err := r.look(id)
	defer unlock()
	if err == nil && (r.removed[t] || r.members[t].Teammate == "") {
		err = seats.ErrNoTeammate
	}
	return r.members[t], r.license.Config.Revision, err
}

func (r *records) NextGeneration(_ context.Context, id seats.LicenseID, after seats.Generation) (seats.Generation, []seats.Cooldown, error) {
	unlock, err := r.look(id)
	defer unlock()
	r.generation = max(r.generation, after) + 1
	return r.generation, nil, err
}

func (r *records) Profile(ctx context.Context, id seats.LicenseID, t seats.TeammateID) (gateway.Profile, error) {
	m, _, err := r.Member(ctx, id, t)
	if err != nil {
		return gateway.Profile{}, err
	}
	l, err := r.License(ctx, id)
	return gateway.Profile{License: l, Member: m}, err
}

func (r *records) License(_ context.Context, id seats.LicenseID) (gateway.License, error) {
	unlock, err := r.look(id)
	defer unlock()
	return r.license, err
}

func (r *records) Revisions(_ context.Context, ids []seats.LicenseID) (map[seats.LicenseID]seats.Revision, error) {
	unlock, err := r.look(license)
	defer unlock()
	if errors.Is(err, seats.ErrNoLicense) {
		return nil, nil
	}
	return map[seats.LicenseID]seats.Revision{license: r.license.Config.Revision}, err
}

// tokens are "teammate" or "teammate@license", with the time they last where a test sets one.
type tokens struct {
	mu      sync.Mutex
	expires map[string]time.Time
}

func (k *tokens) Verify(_ context.Context, token string) (gateway.Claims, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t, id, found := strings.Cut(token, "@")
	if !found {
		id = string(license)
	}
	if !strings.HasPrefix(t, "tm_") {
		return gateway.Claims{}, gateway.ErrUnauthorized
	}
	expires, ok := k.expires[token]
	if !ok {
		expires = time.Now().Add(time.Hour)
	}
	return gateway.Claims{License: seats.LicenseID(id), Teammate: seats.TeammateID(strings.TrimRight(t, "+")), Expires: expires}, nil
}

func (k *tokens) SealResume(r gateway.Resume) string {
	b, _ := json.Marshal(r)
	return string(b)
}

func (k *tokens) OpenResume(key string) (r gateway.Resume, err error) {
	return r, json.Unmarshal([]byte(key), &r)
}

// house is one or more nodes on one engine and one directory.
type house struct {
	t       *testing.T
	store   seats.Store
	records *records
	tokens  *tokens
}

func newHouse(t *testing.T, seatCap int) *house {
	return &house{
		t: t, store: seatsmem.New(seatsmem.Options{}), records: newRecords(seatCap),
		tokens: &tokens{expires: map[string]time.Time{}},
	}
}

// node is a running gateway.
type node struct {
	*gateway.Server
	url string
}

func (h *house) node(change ...func(*gateway.Options)) *node {
	h.t.Helper()
	o := gateway.Options{Store: h.store, Records: h.records, Tokens: h.tokens, BoardTick: time.Millisecond}
	for _, f := range change {
		f(&o)
	}
	s, err := gateway.New(o)
	if err != nil {
		h.t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(s.ServeHTTP))
	h.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Close(ctx)
		web.Close()
	})
	return &node{s, "ws" + strings.TrimPrefix(web.URL, "http")}
}

// agent is a bare WebSocket client: it knows frames, nothing else.
type agent struct {
	t    *testing.T
	ws   *websocket.Conn
	n    int
	kept []frame // pushes read while a reply was awaited
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
	ctx, cancel := context.WithTimeout(a.t.Context(), 5*time.Second)
	defer cancel()
	_, b, err := a.ws.Read(ctx)
	if err != nil {
		a.t.Fatalf("read: %v", err)
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
	ctx, cancel := context.WithTimeout(a.t.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, _, err := a.ws.Read(ctx); err != nil {
			return wire.CloseCode(websocket.CloseStatus(err))
		}
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
