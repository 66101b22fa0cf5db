package gateway

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"usher/gateway/wire"
	"usher/seats"

	"github.com/coder/websocket"
)

// conn is one socket with its session. The handler's goroutine reads; a goroutine that lives while something is
// to be written writes; timers feed the rest. conn_read.go, conn_write.go and conn_enter.go have these three.
type conn struct {
	server *Server
	ws     *websocket.Conn
	raw    net.Conn // below ws: its deadline ends what ws itself would wait for
	ctx    context.Context
	cancel context.CancelFunc
	timers timerSet

	mu      sync.Mutex
	sess    *session
	outbox  outbox
	wake    *timer    // for the session's deadline
	wakeAt  time.Time // when it fires; zero: not set
	entered chan struct{}
	isIn    bool // entered is closed

	floor    *floor // set once, by the reading goroutine, before the session is admitted
	teammate seats.TeammateID
	parting  sync.Once
}

func newConn(ctx context.Context, s *Server, ws *websocket.Conn, raw net.Conn, header string) *conn {
	now := s.settings.Now()
	c := &conn{
		server: s, ws: ws, raw: raw,
		sess:    newSession(seats.SessionID("ses_"+s.settings.NewID()), s.settings, header, now),
		entered: make(chan struct{}),
	}
	c.timers.tasks = &s.tasks
	c.ctx, c.cancel = context.WithCancel(ctx)
	c.outbox.limit = s.settings.OutboxBytes
	return c
}

// session is the id; it never changes.
func (c *conn) session() seats.SessionID { return c.sess.id }

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
			c.put(e.frame)
		case sendAll:
			c.put(e.frames...)
		case shut:
			c.outbox.shut(e.code)
		default:
			rest = append(rest, e)
		}
	}
	c.startWriting()
	c.arm()
	if !c.isIn && (c.sess.phase == serving || c.sess.phase == ended) {
		c.isIn = true
		close(c.entered)
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

// put puts frames into the outbox, and gives up a reader that is too slow. The caller holds mu.
func (c *conn) put(frames ...[]byte) {
	if c.outbox.put(frames...) {
		return
	}
	c.sess.end(wire.CloseSlowConsumer)
	c.sess.takeEffects()
	c.outbox.discard(wire.CloseSlowConsumer)
	c.server.metrics.slowConsumer()
}

// arm sets the timer for the session's deadline. It may fire too early, when the deadline moved on; then it is set anew.
func (c *conn) arm() {
	at := c.sess.deadline()
	if at.IsZero() || !c.wakeAt.IsZero() && !at.Before(c.wakeAt) {
		return
	}
	c.timers.cancel(c.wake)
	c.wakeAt = at
	c.wake = c.timers.after(max(at.Sub(c.server.settings.Now()), 0), func() {
		c.feed(func(s *session) {
			c.wakeAt = time.Time{}
			s.passed(c.server.settings.Now())
		})
	})
}

func (c *conn) carryOut(e effect) {
	switch e := e.(type) {
	case enter:
		c.enter(e.hello)
	case verify:
		claims, err := c.server.settings.Tokens.Verify(c.ctx, e.token)
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

// serve reads until the connection is gone, and then parts from the floor.
func (c *conn) serve() {
	c.server.tasks.Add(1)
	defer c.server.tasks.Done()
	c.feed(func(*session) {}) // arms the hello timeout
	c.pingLater()
	err := c.read()
	if _, closed := errors.AsType[websocket.CloseError](err); !closed && c.ctx.Err() == nil {
		c.server.settings.Logger.Debug("connection lost", "session", c.session(), "error", err)
	}
	c.feed(func(s *session) { s.phase = ended })
	c.part()
	c.timers.stop()
	c.cancel()
	_ = c.ws.CloseNow()
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

// pingLater sends a ping after a while, and again. A peer that does not answer is dropped.
func (c *conn) pingLater() {
	c.timers.after(c.server.settings.PingInterval, func() {
		ctx, cancel := context.WithTimeout(c.ctx, c.server.settings.PongTimeout)
		defer cancel()
		if err := c.ws.Ping(ctx); err != nil {
			c.feed(func(s *session) { s.end(wire.CloseConnectionTimeout) })
			return
		}
		c.pingLater()
	})
}
