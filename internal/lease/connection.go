package lease

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// The kinds of a request, as the server names them when it confirms one.
const (
	subscribe   = "ssubscribe"
	unsubscribe = "sunsubscribe"
)

type request struct {
	kind    string
	channel *channel
}

// connection is one pub/sub connection to a master. The client library would reconnect it by itself, and ask
// for all channels at once, which a Cluster refuses unseen; so any failure, and any confirmation that nobody
// waits for, ends it, and the listener makes another.
type connection struct {
	listener *Listener
	addr     string
	pubsub   *redis.PubSub
	channels map[string]*channel // under the listener's lock

	mu     sync.Mutex
	queue  []request // to be sent
	sent   []request // to be confirmed; the server answers in their order
	queued chan struct{}

	heard  atomic.Bool // anything, since the last look
	failed atomic.Bool
	once   sync.Once
	gone   chan struct{} // closed by close
}

func newConnection(l *Listener, addr string, master *redis.Client) *connection {
	return &connection{
		listener: l, addr: addr, pubsub: master.SSubscribe(l.ctx), channels: map[string]*channel{},
		queued: make(chan struct{}, 1), gone: make(chan struct{}),
	}
}

// send never waits.
func (c *connection) send(r request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, r)
	select {
	case c.queued <- struct{}{}:
	default:
	}
}

// run opens the connection, then writes and looks after its health until it ends.
func (c *connection) run() {
	if err := c.pubsub.Ping(c.listener.ctx); err != nil {
		c.fail(err)
		return
	}
	c.listener.tasks.Go(c.read)
	health := time.NewTicker(c.listener.health)
	defer health.Stop()
	silent := 0
	for {
		var err error
		select {
		case <-c.gone:
			return
		case <-c.queued:
			err = c.flush()
		case <-health.C:
			silent++
			if c.heard.Swap(false) {
				silent = 0
			}
			err = c.ask(silent)
		}
		if err != nil {
			c.fail(err)
			return
		}
	}
}

// ask wants a sign of life from a connection that was silent for a while, and gives up one that gave none.
func (c *connection) ask(silent int) error {
	switch silent {
	case 0:
		return nil
	case 1:
		return c.pubsub.Ping(c.listener.ctx)
	}
	return fmt.Errorf("no sign of life for %s", c.listener.health)
}

// flush sends what waits, one channel per command: channels of different slots can't be in one.
func (c *connection) flush() error {
	c.mu.Lock()
	queue := c.queue
	c.queue = nil
	c.sent = append(c.sent, queue...) // before the answer can come
	c.mu.Unlock()
	for _, r := range queue {
		var err error
		if r.kind == subscribe {
			err = c.pubsub.SSubscribe(c.listener.ctx, r.channel.name)
		} else {
			err = c.pubsub.SUnsubscribe(c.listener.ctx, r.channel.name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *connection) read() {
	for {
		message, err := c.pubsub.Receive(context.Background())
		c.heard.Store(true)
		if _, refusal := errors.AsType[redis.Error](err); refusal {
			err = c.refused(err)
		} else if err == nil {
			err = c.handle(message)
		}
		if err != nil {
			c.fail(err)
			return
		}
	}
}

func (c *connection) handle(message any) error {
	switch m := message.(type) {
	case *redis.Message:
		c.listener.mu.Lock()
		ch := c.channels[m.Channel]
		c.listener.mu.Unlock()
		if ch != nil {
			ch.tell(c, m.Payload)
		}
	case *redis.Subscription:
		return c.confirmed(m.Kind, m.Channel)
	}
	return nil
}

// confirmed holds a confirmation against the request that was sent first. Another one comes when the slot of a
// channel has moved, or when the library has reconnected.
func (c *connection) confirmed(kind, name string) error {
	r, ok := c.answered()
	if !ok || r.kind != kind || r.channel.name != name {
		return fmt.Errorf("%s of a channel was not asked for: its slot moved, or the connection was lost", kind)
	}
	if kind == unsubscribe {
		return nil
	}
	c.listener.mu.Lock() // so that the channel can't be evicted in between
	defer c.listener.mu.Unlock()
	if r.channel.home == c {
		r.channel.unmute(c)
	}
	return nil
}

func (c *connection) refused(refusal error) error {
	r, ok := c.answered()
	if !ok {
		return refusal
	}
	if r.kind == subscribe {
		c.listener.refuse(r.channel, c, refusal)
	}
	return nil
}

// answered takes the request that an answer belongs to off the list.
func (c *connection) answered() (request, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.sent) == 0 {
		return request{}, false
	}
	r := c.sent[0]
	c.sent = c.sent[1:]
	return r, true
}

// fail ends the connection, once.
func (c *connection) fail(cause error) {
	if !c.failed.Swap(true) {
		c.listener.abandon(c, cause)
	}
}

// close may be called by several; the goroutines of the connection end soon after.
func (c *connection) close() {
	c.once.Do(func() {
		close(c.gone)
		_ = c.pubsub.Close() // its only error is to be closed already
	})
}
