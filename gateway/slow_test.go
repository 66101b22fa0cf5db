package gateway_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"
)

// A peer that is gone without a word (its network is, not it) is found within a ping and the time for its answer, and dropped.
func TestAPeerThatVanishesIsDropped(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	n := h.node(func(o *gateway.Options) { o.PingInterval, o.PongTimeout = 200*time.Millisecond, 2*time.Second })
	line := newLine(t, n)
	ann, _ := login(t, h.node(), "tm_ann") // where nobody pings as often
	bob, _ := login(t, line.node, "tm_bob")
	cid, _ := login(t, line.node, "tm_cid")
	go bob.closed() // reads, and so answers pings, as long as they arrive
	go cid.closed()
	ann.sees("both seated", func(b view) bool { return b.Used == 3 })
	line.cut()
	ann.sees("both in grace", func(b view) bool {
		return b.holders["tm_bob"].State == wire.HolderGrace && b.holders["tm_cid"].State == wire.HolderGrace
	})
	await(t, "their sockets to be closed", func() bool { return gateway.Connections(n.Server) == 0 })
}

// line is a proxy in front of a node, which can stop to forward without closing anything.
type line struct {
	node *node // through the line
	mu   sync.Mutex
	dead bool
	work sync.WaitGroup
	ends []net.Conn
}

func newLine(t *testing.T, n *node) *line {
	t.Helper()
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{node: &node{Server: n.Server, url: "ws://" + door.Addr().String()}}
	l.work.Go(func() {
		for {
			near, err := door.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", strings.TrimPrefix(n.url, "ws://"))
			if err != nil {
				_ = near.Close()
				return
			}
			l.mu.Lock()
			l.ends = append(l.ends, near, far)
			l.mu.Unlock()
			l.work.Go(func() { l.forward(near, far) })
			l.work.Go(func() { l.forward(far, near) })
		}
	})
	t.Cleanup(func() {
		_ = door.Close()
		l.mu.Lock()
		for _, c := range l.ends {
			_ = c.Close()
		}
		l.mu.Unlock()
		l.work.Wait()
	})
	return l
}

// cut stops to forward, in both directions.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = true
}

func (l *line) forward(to io.Writer, from io.Reader) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		l.mu.Lock()
		dead := l.dead
		l.mu.Unlock()
		if err != nil {
			return // is not told on: nothing waits for it
		}
		if dead {
			continue
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}
