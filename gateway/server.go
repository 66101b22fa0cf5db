package gateway

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"

	"usher/gateway/wire"
	"usher/seats"
)

// Server is the gateway of one node: an [http.Handler] for the agent socket. Close it when it is done.
type Server struct {
	settings  *settings
	admission *seats.Admission
	metrics   *metrics
	logins    slots
	waker     waker
	agenda    *agenda
	writers   writers
	ledger    *ledgerDesk
	tasks     sync.WaitGroup // every connection, goroutine and timer of the server
	ctx       context.Context
	cancel    context.CancelFunc

	mu       sync.Mutex
	floors   map[seats.LicenseID]*floor
	conns    map[*conn]struct{}
	draining bool
}

// New returns a running Server. Errors: an option that is needed is missing, a metric can't be
// registered, or no descriptor is left.
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
	if s.waker, err = newWaker(&s.tasks); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	s.writers.tasks, s.agenda = &s.tasks, newAgenda(set)
	s.tasks.Go(func() { s.agenda.run(s.ctx) })
	s.tasks.Go(s.keep)
	if set.Ledger != nil {
		s.ledger = newLedgerDesk(set, s.metrics)
		s.tasks.Go(func() { s.ledger.run(s.ctx) })
	}
	return s, nil
}

func randomFloat() float64 { return rand.Float64() } //nolint:gosec // jitter need not be unpredictable

// ServeHTTP upgrades the request to usher.v1, and returns: from then on the connection is served until it ends, or the server is closed.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if problem := s.refuses(); problem != "" {
		w.Header().Set("Retry-After", "1")
		http.Error(w, problem, http.StatusServiceUnavailable)
		return
	}
	var c *conn
	socket, err := upgrade(w, r, s.settings, func() bool { return c != nil && c.pinged() })
	if err != nil {
		return
	}
	if socket.ws.Subprotocol() != wire.Subprotocol {
		socket.turnAway(wire.CloseUnsupportedVersion)
		return
	}
	c = newConn(s, socket, bearer(r))
	if !s.add(c) {
		socket.turnAway(wire.CloseDraining)
		return
	}
	c.start()
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

// add counts a connection as one of the server's tasks, until remove.
func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining || len(s.conns) >= s.settings.Connections {
		return false
	}
	s.conns[c] = struct{}{}
	s.tasks.Add(1)
	return true
}

func (s *Server) remove(c *conn) {
	s.waker.forget(c)
	s.agenda.strike(c)
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.tasks.Done()
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
	f.users, f.ledger = 1, s.ledger
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
