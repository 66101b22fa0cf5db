package gateway_test

import (
	"bufio"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/gateway"
)

// Two thousand come and go, in every way there is, and leave nothing behind: no floor, no connection, no goroutine, no heap. It does
// not run beside other tests, whose goroutines and heap it would count.
func TestNothingIsLeftOfThoseWhoWent(t *testing.T) { //nolint:paralleltest // see above
	h := newHouse(t, 20)
	h.records.HireAll(100)
	h.grace(50 * time.Millisecond)
	idle := runtime.NumGoroutine()
	n := h.node(func(o *gateway.Options) { o.Linger, o.Lease = 10*time.Millisecond, 100*time.Millisecond })
	visit(t, n, 200) // what is made once is made
	goroutines, heap := runtime.NumGoroutine(), usedBytes()
	for range 2 {
		visit(t, n, 1000)
	}
	await(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= goroutines })
	if now := usedBytes(); now > heap*1.5+(1<<20) {
		t.Errorf("%.1f MB are in use after 2,000 connections, %.1f MB after 200", now/(1<<20), heap/(1<<20))
	}
	if err := n.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	n.web.Close()
	await(t, "goroutines of the server to end", func() bool { return runtime.NumGoroutine() <= idle })
}

// visit lets so many come and go, and waits until the node is as if they had never been there.
func visit(t *testing.T, n *node, count int) {
	t.Helper()
	var wg sync.WaitGroup
	const workers = 50
	for w := range workers {
		wg.Go(func() {
			for i := w; i < count; i += workers {
				if err := comeAndGo(n, i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	await(t, "the floor to be closed", func() bool { return gateway.Floors(n.Server) == 0 && gateway.Connections(n.Server) == 0 })
}

// comeAndGo is one visit, of the kind that the number says.
func comeAndGo(n *node, i int) error {
	conn, err := net.Dial("tcp", strings.TrimPrefix(n.url, "ws://"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	r := &rude{conn: conn, in: bufio.NewReader(conn)}
	token := gateway.Hired(100)[i%100]
	if i%7 == 0 { // nobody
		token = "nonsense"
	}
	if _, err := r.sayHello(token, []string{"", `,"seat":"none"`, `,"seat":"wait","roster":"none"`}[i%3]); err != nil {
		return err
	}
	if i%5 == 0 { // is cut while it is let in
		return nil
	}
	if err := r.hears("hi"); err != nil {
		return err
	}
	switch i % 4 {
	case 0: // drops
		return nil
	case 1:
		err = r.frame(opText, true, []byte(`{"id":"bye","type":"logout"}`))
	case 2:
		err = r.frame(opText, true, []byte(`{"id":"bye","type":"activity","data":{"idle":true}}`))
	case 3:
		err = r.frame(opClose, true, []byte{1000 >> 8, 1000 & 0xff})
	}
	if err != nil || token == "nonsense" || i%4 == 3 { // the server may have been faster
		return nil
	}
	return r.hears("bye")
}

// hears reads until a reply comes.
func (r *rude) hears(id string) error {
	for {
		op, b, err := r.read()
		switch {
		case err != nil:
			return fmt.Errorf("waiting for the reply to %s: %w", id, err)
		case op == opText && strings.Contains(string(b[:min(len(b), 32)]), fmt.Sprintf(`"id":%q`, id)):
			return nil
		}
	}
}
