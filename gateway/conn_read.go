package gateway

import (
	"errors"
	"io"
	"os"

	"usher/gateway/wire"

	"github.com/coder/websocket"
)

// overlong is how many times its limit a frame may have to be read to its end and answered with an error;
// a larger one closes the connection.
const overlong = 16

// readOn has the socket read when there is something. Nobody reads from it now. The caller holds mu.
func (c *conn) readOn() {
	switch {
	case c.gone:
	case c.socket.drained():
		c.server.waker.rest(c)
	default:
		c.server.tasks.Go(c.read)
	}
}

// read feeds the session with the client's frames as long as there are any. While hello is being answered no
// more is read: what the client sends meanwhile waits in the socket.
func (c *conn) read() {
	for {
		if err := c.message(); err != nil && !errors.Is(err, errAtRest) {
			c.hangUp(err)
			return
		}
		if c.pause() {
			return
		}
	}
}

// pause tells whether there is nothing more to be read now. It sees to it that somebody reads again.
func (c *conn) pause() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.sess.phase == entering:
		c.paused = true
	case c.socket.drained():
		c.readOn()
	default:
		return false
	}
	return true
}

// message reads one frame.
func (c *conn) message() error {
	typ, r, err := c.socket.next()
	if err == nil {
		err = c.take(typ, r)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.feed(func(s *session) { s.end(wire.CloseProtocolViolation) })
		c.socket.discard() // a close comes through only where nothing is left unread
	}
	return err
}

// take feeds the session with a message.
func (c *conn) take(typ websocket.MessageType, r io.Reader) error {
	limit := int64(c.server.settings.FrameBytes)
	frame, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return err
	}
	now := c.server.settings.Now()
	switch {
	case int64(len(frame)) > limit:
		return c.tooLong(r, limit)
	case typ != websocket.MessageText:
		c.feed(func(s *session) { s.binary(now) })
	default:
		c.feed(func(s *session) { s.frame(now, frame) })
	}
	return nil
}

// tooLong skips the rest of a frame.
func (c *conn) tooLong(r io.Reader, limit int64) error {
	skipped, err := io.Copy(io.Discard, io.LimitReader(r, limit*overlong))
	if err != nil {
		return err
	}
	now := c.server.settings.Now()
	far := skipped == limit*overlong
	c.feed(func(s *session) { s.tooLong(now, far) })
	if far { // closing needs the rest out of its way, which takes no longer than closing may
		_, err = io.Copy(io.Discard, r)
	}
	return err
}

// pinged counts the client's pings as frames, and its pongs too, most of which nobody asked for when there are
// many. It tells whether to answer.
func (c *conn) pinged() bool {
	now := c.server.settings.Now()
	answer := false
	c.feed(func(s *session) { answer = s.pinged(now) })
	return answer
}
