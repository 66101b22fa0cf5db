package gateway

import (
	"context"
	"time"

	"usher/gateway/wire"

	"github.com/coder/websocket"
)

// outbox is what waits to be written to a client. It is bounded: a client that does not read is closed, and
// nobody waits for it.
type outbox struct {
	limit   int
	frames  [][]byte
	bytes   int // of frames, and of those being written, as cost has them
	writing bool
	code    wire.CloseCode // to close with once frames are written; 0: stays open
	closed  bool           // the close was begun
}

// cost is how much room a frame takes. No frame takes more than a quarter, whatever its size: a large board is no
// reason to close, and leaves room for what follows while it is written.
func (o *outbox) cost(frame []byte) int { return min(len(frame), o.limit/4) }

// put adds a frame; false: the outbox is full.
func (o *outbox) put(frame []byte) bool {
	if o.code != 0 {
		return true // nothing follows a close
	}
	if o.bytes >= o.limit {
		return false
	}
	o.frames = append(o.frames, frame)
	o.bytes += o.cost(frame)
	return true
}

// shut ends the outbox: the first code stands.
func (o *outbox) shut(code wire.CloseCode) {
	if o.code == 0 {
		o.code = code
	}
}

// discard ends the outbox without what waits.
func (o *outbox) discard(code wire.CloseCode) {
	o.frames = nil
	o.shut(code)
}

// closeTime bounds the closing handshake, and a write that is under way when a slow reader is given up.
const closeTime = 5 * time.Second

// startWriting sees to it that a goroutine writes while there is something to write. The caller holds mu.
func (c *conn) startWriting() {
	if c.outbox.code != 0 && !c.outbox.closed {
		_ = c.raw.SetDeadline(time.Now().Add(closeTime))
	}
	if c.outbox.writing || c.outbox.closed || len(c.outbox.frames) == 0 && c.outbox.code == 0 {
		return
	}
	c.outbox.writing = true
	c.server.tasks.Go(c.write)
}

// write empties the outbox, then ends; the last one closes the connection.
func (c *conn) write() {
	for {
		c.mu.Lock()
		frames, code := c.outbox.frames, c.outbox.code
		c.outbox.frames = nil
		if len(frames) == 0 {
			c.outbox.writing = false
			c.outbox.closed = code != 0
			c.mu.Unlock()
			if code != 0 {
				c.close(code)
			}
			return
		}
		c.mu.Unlock()
		for _, frame := range frames {
			if !c.writeFrame(frame) {
				return
			}
		}
	}
}

func (c *conn) writeFrame(frame []byte) bool {
	ctx, cancel := context.WithTimeout(c.ctx, c.server.settings.FrameTimeout)
	err := c.ws.Write(ctx, websocket.MessageText, frame)
	cancel()
	c.mu.Lock()
	c.outbox.bytes -= c.outbox.cost(frame)
	c.mu.Unlock()
	if err == nil {
		return true
	}
	// The reader notices too, and ends the session; outbox.writing stays set, so nobody writes again.
	_ = c.ws.CloseNow()
	return false
}

func (c *conn) close(code wire.CloseCode) {
	_ = c.ws.Close(websocket.StatusCode(code), code.Reason())
	c.cancel()
}
