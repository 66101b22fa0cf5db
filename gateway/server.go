package gateway

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"usher/gateway/wire"
	"usher/seats"

	"github.com/coder/websocket"
)

// Server is the gateway of one node: an [http.Handler] for the agent socket. Close it when it is done.
type Server struct {
	settings  *settings
	admission *seats.Admission
	metrics   *metrics
	logins    slots
	tasks     sync.WaitGroup // every goroutine and timer of the server
	ctx       context.Context
	cancel    context.CancelFunc

	mu       sync.Mutex
	floors   map[seats.LicenseID]*floor
	conns    map[*conn]struct{}
	draining bool
}

// New returns a running Server. Errors: an option that is needed is missing, or a metric can't be registered.
func New(o Options) (*Server, error) {
	if o.Store == nil || o.Presence == nil || o.Records == nil || o.Tokens == nil {
		return nil, errors.New("gateway: Options need a Store, Presence, Records and Tokens")
	}
	set := o.withDefaults()
	s := &Server{
		settings:  set,
		admission: seats.NewAdmission(set.Store, set.Records, set.Lease),
		logins:    make(slots, set.Logins),
		floors:    map[seats.LicenseID]*floor{},
		conns:     map[*conn]struct{}{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	var err error
	if s.metrics, err = newMetrics(set.Meters, s.gauges); err != nil {
		return nil, fmt.Errorf("gateway: metrics: %w", err)
	}
	s.tasks.Go(s.keep)
	return s, nil
}

func randomFloat() float64 { return rand.Float64() } //nolint:gosec // jitter need not be unpredictable

// ServeHTTP upgrades the request to usher.v1 and serves it until it ends.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if problem := s.refuses(); problem != "" {
		w.Header().Set("Retry-After", "1")
		http.Error(w, problem, http.StatusServiceUnavailable)
		return
	}
	var c *conn
	tap := &hijackTap{ResponseWriter: w}
	ws, err := websocket.Accept(tap, r, &websocket.AcceptOptions{
		Subprotocols:       []string{wire.Subprotocol},
		InsecureSkipVerify: len(s.settings.Origins) == 0,
		OriginPatterns:     s.settings.Origins,
		OnPingReceived:     func(context.Context, []byte) bool { return c.pinged() },
		OnPongReceived:     func(context.Context, []byte) { c.pinged() },
	})
	if err != nil {
		return // Accept answered
	}
	ws.SetReadLimit(-1) // conn.message has its own, which can answer
	if ws.Subprotocol() != wire.Subprotocol {
		turnAway(ws, tap.conn, wire.CloseUnsupportedVersion)
		return
	}
	c = newConn(s.ctx, s, ws, tap.conn, bearer(r))
	if !s.add(c) {
		c.cancel()
		turnAway(ws, tap.conn, wire.CloseDraining)
		return
	}
	defer s.remove(c)
	c.serve()
}

// turnAway closes a connection that was not served yet.
func turnAway(ws *websocket.Conn, raw net.Conn, code wire.CloseCode) {
	_ = raw.SetDeadline(time.Now().Add(closeTime))
	_ = ws.Close(websocket.StatusCode(code), code.Reason())
}

// bearer is the token of the Authorization header, or "".
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// refuses tells why no connection is taken now, or "".
func (s *Server) refuses() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.draining:
		return "This node is going away. Connect to another one."
	case len(s.conns) >= s.settings.Connections:
		return "This node has as many connections as it may have. Connect to another one."
	}
	return ""
}

func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining || len(s.conns) >= s.settings.Connections {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *Server) remove(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// floor returns the license's floor, loaded and held; the caller releases it.
func (s *Server) floor(ctx context.Context, id seats.LicenseID) (*floor, error) {
	f := s.heldFloor(id)
	if f == nil {
		return nil, fmt.Errorf("%w: the server is closed", seats.ErrUnavailable)
	}
	if err := f.load(ctx); err != nil {
		f.release()
		return nil, err
	}
	return f, nil
}

func (s *Server) heldFloor(id seats.LicenseID) *floor {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return nil
	}
	if f := s.floors[id]; f != nil && f.hold() {
		return f
	}
	f := newFloor(id, s.admission, s.settings, s.metrics, &s.tasks)
	f.users = 1
	s.floors[id] = f
	return f
}

// allFloors is a list of the floors of now.
func (s *Server) allFloors() []*floor {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*floor, 0, len(s.floors))
	for _, f := range s.floors {
		all = append(all, f)
	}
	return all
}

func (s *Server) gauges() gaugeValues {
	s.mu.Lock()
	v := gaugeValues{sessions: int64(len(s.conns)), floors: int64(len(s.floors))}
	s.mu.Unlock()
	for _, f := range s.allFloors() {
		f.lock()
		v.used += int64(f.replica.head.Used)
		v.waiting += int64(f.replica.head.Waiting)
		v.total += int64(max(f.replica.head.Total, 0))
		f.unlock()
	}
	return v
}

// hijackTap keeps the connection that is taken over through it.
type hijackTap struct {
	http.ResponseWriter
	conn net.Conn
}

func (t *hijackTap) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	t.conn = c
	return c, rw, err
}
