package gateway

import (
	"sync"
	"time"

	"usher/gateway/wire"
)

// outbox is what waits to be written to a client. It is bounded: a client that does not read is closed, and
// nobody waits for it.
type outbox struct {
	limit   int
	packets []outPacket
	bytes   int // of packets, and of those being written, as their costs have them
	writing bool
	code    wire.CloseCode // to close with once packets are written; 0: stays open
	closed  bool           // the close is being written, or was
}

// outPacket is one packet with the room that it takes.
type outPacket struct {
	packet
	cost int
}

// put adds packets that belong together; false: the outbox is full. Together they take no more than a quarter, whatever
// their size: a large board or roster is no reason to close, and leaves room for what follows while it is written.
func (o *outbox) put(packets ...packet) bool {
	if o.code != 0 {
		return true // nothing follows a close
	}
	if o.bytes >= o.limit {
		return false
	}
	room := o.limit / 4
	for _, p := range packets {
		cost := min(len(p), room)
		room -= cost
		o.packets = append(o.packets, outPacket{p, cost})
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
	o.packets = nil
	o.shut(code)
}

// empty tells whether there is nothing to write.
func (o *outbox) empty() bool { return len(o.packets) == 0 && (o.code == 0 || o.closed) }

// writeBytes is how much is written at a time, where packets have to be joined for it.
const writeBytes = 16 << 10

// batch is what leaves in one write.
type batch struct {
	bytes  []byte
	cost   int
	closes bool    // it ends with the close
	buffer *[]byte // that bytes are in; nil: they are a packet's
}

var buffers = sync.Pool{New: func() any { return new(make([]byte, 0, writeBytes)) }}

// next takes the next batch out; none: there is nothing to write.
func (o *outbox) next() (b batch) {
	n := 0
	for n < len(o.packets) && (n == 0 || len(b.bytes)+len(o.packets[n].packet) <= writeBytes) {
		p := o.packets[n]
		switch n {
		case 0:
			b.bytes = p.packet
		case 1:
			b.buffer = buffers.Get().(*[]byte) //nolint:forcetypeassert // it holds nothing else
			b.bytes = append(append((*b.buffer)[:0], b.bytes...), p.packet...)
		default:
			b.bytes = append(b.bytes, p.packet...)
		}
		b.cost += p.cost
		n++
	}
	if o.packets = o.packets[n:]; len(o.packets) == 0 {
		o.packets = nil
	}
	if n == 0 && o.code != 0 && !o.closed {
		o.closed = true
		return batch{bytes: closePacket(o.code), closes: true}
	}
	return b
}

// done takes that a batch was written.
func (o *outbox) done(b batch) {
	o.bytes -= b.cost
	if b.buffer != nil {
		buffers.Put(b.buffer)
	}
}

// closeTime bounds the closing handshake, and a write that is under way when a slow reader is given up.
const closeTime = 5 * time.Second

// put puts packets into the outbox, and gives up a reader that is too slow. The caller holds mu.
func (c *conn) put(packets ...packet) {
	if c.outbox.put(packets...) {
		return
	}
	c.sess.end(wire.CloseSlowConsumer)
	c.sess.takeEffects()
	c.outbox.discard(wire.CloseSlowConsumer)
	c.server.metrics.slowConsumer()
}

// startWriting sees to it that what waits is written. The caller holds mu.
func (c *conn) startWriting() {
	if c.outbox.code != 0 && c.clock.closeBy == 0 {
		c.clock.closeBy = c.server.settings.since() + closeTime
	}
	if c.outbox.writing || c.gone || c.outbox.empty() {
		return
	}
	c.outbox.writing = true
	c.server.writers.add(c)
}

// write writes what waits as far as the socket takes it at once; where it does not, a goroutine goes on.
func (c *conn) write() {
	for {
		b, some := c.nextBatch()
		if !some {
			return
		}
		if b.closes {
			c.socket.closing.Store(true)
		}
		rest, err := c.socket.tryWrite(b.bytes)
		if err == nil && len(rest) > 0 {
			c.server.tasks.Go(func() { c.writeOn(b, rest) })
			return
		}
		if !c.wrote(b, err) {
			return
		}
	}
}

// writeOn is write for a socket that has to be waited for.
func (c *conn) writeOn(b batch, rest []byte) {
	if c.wrote(b, c.socket.finish(rest, c.server.settings.FrameTimeout)) {
		c.write()
	}
}

// nextBatch takes what is to be written next.
func (c *conn) nextBatch() (b batch, some bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone || c.outbox.empty() {
		c.outbox.writing = false
		return b, false
	}
	return c.outbox.next(), true
}

// wrote takes that a batch was written, or could not be, upon which nothing is any more.
func (c *conn) wrote(b batch, err error) bool {
	c.mu.Lock()
	c.outbox.done(b)
	c.mu.Unlock()
	if err != nil {
		c.hangUp(err)
	}
	return err == nil
}
