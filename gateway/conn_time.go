package gateway

import (
	"errors"
	"time"

	"usher/gateway/wire"
)

// connClock is what the agenda has to know of a connection, as settings.since has it. Guarded by the conn's mu.
type connClock struct {
	set     time.Duration // when it is looked at next; 0: never
	pinged  time.Duration // when a ping was sent last, or the connection began
	asked   bool          // the ping was not answered yet
	closeBy time.Duration // when a close has to be answered; 0: none was sent
}

// arm sets the agenda to what is due next. It may come too early, when that moved on; then it is set anew.
func (c *conn) arm() {
	if c.gone {
		return
	}
	at := c.due()
	if c.clock.set == 0 || at < c.clock.set {
		c.clock.set = at
		c.server.agenda.set(c, at)
	}
}

// due is when the connection has to be looked at next.
func (c *conn) due() time.Duration {
	set := c.server.settings
	if c.clock.closeBy != 0 {
		return c.clock.closeBy
	}
	at := c.clock.pinged + set.PingInterval
	if c.clock.asked {
		at = c.clock.pinged + set.PongTimeout
	}
	if deadline := c.sess.deadline(); !deadline.IsZero() {
		at = min(at, deadline.Sub(set.began))
	}
	return max(at, 1)
}

// lookAt does what is due by now.
func (c *conn) lookAt() {
	set := c.server.settings
	now := set.Now()
	late := false
	c.feed(func(s *session) {
		c.clock.set = 0
		s.passed(now)
		if late = c.clock.closeBy != 0 && now.Sub(set.began) >= c.clock.closeBy; !late && s.phase != ended {
			c.ping(now.Sub(set.began))
		}
	})
	if late {
		c.hangUp(errUnanswered)
	}
}

var errUnanswered = errors.New("the close was not answered")

// ping sends a ping after a while, and again. A peer of whom nothing is heard after one is dropped.
func (c *conn) ping(now time.Duration) {
	set := c.server.settings
	if c.clock.asked && time.Duration(c.socket.heard.Load()) >= c.clock.pinged {
		c.clock.asked = false
	}
	switch since := now - c.clock.pinged; {
	case c.clock.asked && since >= set.PongTimeout:
		c.sess.end(wire.CloseConnectionTimeout)
	case !c.clock.asked && since >= set.PingInterval:
		c.clock.pinged, c.clock.asked = now, true
		c.outbox.put(pingPacket)
	}
}
