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
	frames  []outFrame
	bytes   int // of frames, and of those being written, as their costs have them
	writing bool
	code    wire.CloseCode // to close with once frames are written; 0: stays open
	closed  bool           // the close was begun
}

// outFrame is one frame with the room that it takes.
type outFrame struct {
	bytes []byte
	cost  int
}

// put adds frames that belong together; false: the outbox is full. Together they take no more than a quarter, whatever
// their size: a large board or roster is no reason to close, and leaves room for what follows while it is written.
func (o *outbox) put(frames ...[]byte) bool {
	if o.code != 0 {
		return true // nothing follows a close
	}
	if o.bytes >= o.limit {
		return false
	}
	room := o.limit / 4
	for _, frame := range frames {
		cost := min(len(frame), room)
		room -= cost
		o.frames = append(o.frames, outFrame{frame, cost})
		o.bytes += cost
	}
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

func (c *conn) writeFrame(frame outFrame) bool {
	ctx, cancel := context.WithTimeout(c.ctx, c.server.settings.FrameTimeout)
	err := c.ws.Write(ctx, websocket.MessageText, frame.bytes)
	cancel()
	c.mu.Lock()
	c.outbox.bytes -= frame.cost
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
