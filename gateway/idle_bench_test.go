package gateway_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"

	"github.com/coder/websocket"
)

// What a connection costs that is logged in and idle, in bytes of heap and stacks, beside one of a handler that does nothing but
// read. The clients are the same, and have neither goroutines nor buffers.
func BenchmarkIdleConnection(b *testing.B) {
	const conns = 1000
	for _, roster := range []string{"full", "none"} {
		b.Run("roster="+roster, func(b *testing.B) {
			for b.Loop() {
				bare := idleBytes(b, conns, bareURL(b), "")
				h := newHouse(b, 1)
				h.records.HireAll(conns)
				n := h.node(merging, func(o *gateway.Options) { o.PingInterval = time.Hour })
				ours := idleBytes(b, conns, n.url, fmt.Sprintf(`,"seat":"none","roster":%q`, roster))
				b.ReportMetric(bare/conns, "bare-B/conn")
				b.ReportMetric(ours/conns, "B/conn")
				b.ReportMetric(ours/bare, "x-bare")
			}
		})
	}
}

// bareURL is a server of WebSockets that reads and answers hello with as much as we do.
func bareURL(b *testing.B) string {
	var handlers sync.WaitGroup
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handlers.Add(1)
		defer handlers.Done()
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Subprotocol}})
		if err != nil {
			return
		}
		defer func() { _ = ws.CloseNow() }()
		for {
			if _, _, err := ws.Read(r.Context()); err != nil {
				return
			}
			if err := ws.Write(r.Context(), websocket.MessageText, []byte(`{"type":"welcome"}`)); err != nil {
				return
			}
		}
	}))
	b.Cleanup(func() {
		web.Close()
		handlers.Wait()
	})
	return "ws" + strings.TrimPrefix(web.URL, "http")
}

// idleBytes is by how much heap and stacks grow with so many connections.
func idleBytes(b *testing.B, n int, url, hello string) float64 {
	b.Helper()
	before := usedBytes()
	conns := make([]net.Conn, n)
	in := bufio.NewReader(nil)
	for i, token := range gateway.Hired(n) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "ws://"))
		if err != nil {
			b.Fatal(err)
		}
		conns[i] = conn
		in.Reset(conn)
		r := rude{conn: conn, in: in}
		if _, err := r.sayHello(token, hello); err != nil {
			b.Fatal(err)
		}
		for {
			_, frame, err := r.read()
			if err != nil {
				b.Fatal(err)
			}
			if strings.Contains(string(frame[:min(len(frame), 64)]), `"welcome"`) {
				break
			}
		}
	}
	drain(conns)
	used := usedBytes() - before
	for _, c := range conns {
		_ = c.Close()
	}
	return used
}

// drain reads what came until nothing comes any more.
func drain(conns []net.Conn) {
	into := make([]byte, 64<<10)
	for quiet := 0; quiet < 2; {
		quiet++
		time.Sleep(300 * time.Millisecond) // longer than a tick
		for _, c := range conns {
			for {
				_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
				n, err := c.Read(into)
				if n > 0 {
					quiet = 0
				}
				if err != nil {
					break
				}
			}
		}
	}
}

// usedBytes are the bytes of heap and stacks in use.
func usedBytes() float64 {
	for range 5 {
		runtime.GC() // stacks are halved each time
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse + m.StackInuse)
}
