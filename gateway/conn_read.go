package gateway

import (
	"io"

	"usher/gateway/wire"

	"github.com/coder/websocket"
)

// overlong is how many times its limit a frame may have to be read to its end and answered with an error;
// a larger one closes the connection.
const overlong = 16

// read feeds the session with the client's frames until the connection ends. While hello is being answered no
// more is read: what the client sends meanwhile waits in the socket.
func (c *conn) read() error {
	for {
		typ, r, err := c.ws.Reader(c.ctx)
		if err != nil {
			return err
		}
		if err := c.message(typ, r); err != nil {
			return err
		}
		if c.isEntering() {
			select {
			case <-c.entered:
			case <-c.ctx.Done():
				return c.ctx.Err()
			}
		}
	}
}

func (c *conn) isEntering() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sess.phase == entering
}

// message reads one frame, which has to arrive within its time: a peer may not keep one open with a trickle of
// bytes, or with continuations that have none.
func (c *conn) message(typ websocket.MessageType, r io.Reader) error {
	late := c.timers.after(c.server.settings.FrameTimeout, func() {
		c.feed(func(s *session) { s.end(wire.CloseProtocolViolation) })
	})
	defer c.timers.cancel(late)
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
