package gateway

import (
	"errors"
	"sync"

	"usher/seats"

	"github.com/coder/websocket"
)

// conn is one socket with its session. While nothing happens it has no goroutine: the server's waker has it read, its writers have it
// write, and its agenda has it look at the time. conn_read.go, conn_write.go, conn_time.go and conn_enter.go have these, and how it is let in.
type conn struct {
	server *Server
	socket *socket

	mu     sync.Mutex
	sess   *session
	outbox outbox
	clock  connClock
	paused bool // nobody reads until hello was answered
	gone   bool // the socket was closed

	floor    *floor // set once, by who reads, before the session is admitted
	teammate seats.TeammateID
	parting  sync.Once

	fd    int32 // of the socket; the waker's
	place int   // in the agenda; the agenda's
}

func newConn(s *Server, socket *socket, header string) *conn {
	now := s.settings.Now()
	c := &conn{
		server: s, socket: socket,
		sess: newSession(seats.SessionID("ses_"+s.settings.NewID()), s.settings, header, now),
	}
	c.clock.pinged = s.settings.since()
	c.outbox.limit = s.settings.OutboxBytes
	return c
}

// session is the id; it never changes.
func (c *conn) session() seats.SessionID { return c.sess.id }

// start serves the connection, which the server has counted as a task.
func (c *conn) start() {
	c.feed(func(*session) {}) // the time for hello runs
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readOn()
}

// feed runs an event and carries out what the session wants done. The caller holds no lock.
func (c *conn) feed(event func(*session)) {
	if carryOut := c.step(event); carryOut != nil {
		carryOut()
	}
}

// step runs an event. Frames go into the outbox at once, so they keep the order of the events; what needs other
// locks is returned.
func (c *conn) step(event func(*session)) (carryOut func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	event(c.sess)
	var rest []effect
	for _, e := range c.sess.takeEffects() {
		switch e := e.(type) {
		case send:
			c.put(e.packet)
		case sendAll:
			c.put(e.packets...)
		case shut:
			c.outbox.shut(e.code)
		default:
			rest = append(rest, e)
		}
	}
	c.startWriting()
	c.arm()
	if c.paused && c.sess.phase != entering {
		c.paused = false
		c.readOn()
	}
	over := c.sess.phase == ended
	if len(rest) == 0 && !over {
		return nil
	}
	return func() {
		for _, e := range rest {
			c.carryOut(e)
		}
		if over {
			c.part()
		}
	}
}

func (c *conn) carryOut(e effect) {
	switch e := e.(type) {
	case enter:
		c.enter(e.hello)
	case verify:
		claims, err := c.server.settings.Tokens.Verify(c.server.ctx, e.token)
		c.feed(func(s *session) { s.refreshed(e.id, claims, err) })
	case order:
		c.floor.order(c, c.teammate, e.call)
	case show:
		c.floor.show(c, e)
	case arrive:
		c.floor.enterRoster(c)
	case tellPresence:
		c.floor.tellPresence(e.command)
	case choose:
		c.floor.choose(c, e)
	case introduce:
		c.floor.introduce(c, c.teammate, e)
	case findAsk:
		c.floor.findAsk(c, c.teammate, e)
	case supersede:
		c.floor.supersede(e.session)
	}
}

// hangUp closes the socket and parts from the floor. Whoever finds that the connection is over calls it, holding no lock.
func (c *conn) hangUp(cause error) {
	c.mu.Lock()
	over := c.gone
	c.gone = true
	c.mu.Unlock()
	if over {
		return
	}
	if _, closed := errors.AsType[websocket.CloseError](cause); !closed && cause != nil {
		c.server.settings.Logger.Debug("connection lost", "session", c.session(), "error", cause)
	}
	_ = c.socket.Close()
	c.feed(func(s *session) { s.phase = ended })
	c.part()
	c.server.remove(c)
}

// part tells the engine that the session is gone, unless it logged out, and leaves the floor. It comes after
// what the session ordered before.
func (c *conn) part() {
	c.parting.Do(func() {
		c.mu.Lock()
		had, continued := c.sess.seat, c.sess.here.continued
		drop, gone := c.sess.closed()
		f := c.floor
		c.mu.Unlock()
		if f == nil {
			return
		}
		switch {
		case drop != nil && continued:
			f.dropLater(drop)
		case drop != nil:
			f.drop(drop, c.teammate, had)
		}
		if gone != nil {
			f.tellPresence(gone)
		}
		f.part(c, c.teammate)
		f.release()
	})
}
