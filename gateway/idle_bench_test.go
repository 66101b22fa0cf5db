package gateway_test

import (
	"bufio"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/gateway"

	"golang.org/x/sys/unix"
)

// idleLicenses is how many licenses of a hundred agents each are idle, but for USHER_TEST_LICENSES: 190 need as many open files
// as many systems allow.
const idleLicenses = 20

// What an agent costs who is logged in, holds a seat and is idle, in bytes of resident memory, beside one of a handler that does nothing
// but read. Everything that the server keeps for them is in it, engines and all. The clients have neither goroutines nor buffers.
func BenchmarkIdleConnection(b *testing.B) {
	const agents = 100
	licenses := idleLicenses
	if n, err := strconv.Atoi(os.Getenv("USHER_TEST_LICENSES")); err == nil {
		licenses = n
	}
	tokens := gateway.NewCrowdRecords(agents).CrowdTokens(licenses)
	for b.Loop() {
		bare := idleCost(b, "bare", agents, tokens)
		ours := idleCost(b, "ours", agents, tokens)
		n := float64(len(tokens))
		b.ReportMetric(float64(bare.RSS)/n, "bare-RSS-B/agent")
		b.ReportMetric(float64(ours.RSS)/n, "RSS-B/agent")
		b.ReportMetric(float64(ours.RSS)/float64(bare.RSS), "x-bare")
		b.ReportMetric(float64(ours.Heap)/n, "heap-B/agent")
	}
	b.ReportMetric(0, "ns/op")
}

// idleCost is by how much a server's cost grows with them.
func idleCost(b *testing.B, what string, agents int, tokens []string) cost {
	b.Helper()
	c := newChild(b, what, childSpec{Agents: agents})
	before := c.tell(order{Memory: true})
	conns := logInAll(b, c.url, tokens)
	drain(conns)
	after := c.tell(order{Memory: true, HeapTo: os.Getenv("USHER_TEST_HEAP")})
	for _, c := range conns {
		_ = c.Close()
	}
	return cost{CPU: after.CPU - before.CPU, RSS: after.RSS - before.RSS, Heap: after.Heap - before.Heap}
}

// logInAll logs in one after the other, several at once.
func logInAll(b *testing.B, url string, tokens []string) []net.Conn {
	b.Helper()
	conns := make([]net.Conn, len(tokens))
	var wg sync.WaitGroup
	const atOnce = 8
	for w := range atOnce {
		wg.Go(func() {
			in := bufio.NewReader(nil)
			for i := w; i < len(tokens); i += atOnce {
				conn, err := net.Dial("tcp", strings.TrimPrefix(url, "ws://"))
				if err != nil {
					b.Error(err)
					return
				}
				conns[i] = conn
				in.Reset(conn)
				if err := enter(&rude{conn: conn, in: in}, tokens[i]); err != nil {
					b.Errorf("%s: %v", tokens[i], err)
					return
				}
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return conns
}

// enter says hello and reads until the welcome.
func enter(r *rude, token string) error {
	if _, err := r.sayHello(token, ""); err != nil {
		return err
	}
	for {
		_, frame, err := r.read()
		if err != nil {
			return err
		}
		if strings.Contains(string(frame[:min(len(frame), 64)]), `"welcome"`) {
			return nil
		}
	}
}

// drain reads what came until nothing comes any more.
func drain(conns []net.Conn) {
	into := make([]byte, 64<<10)
	for quiet := 0; quiet < 2; {
		quiet++
		time.Sleep(300 * time.Millisecond) // longer than a tick
		for _, c := range conns {
			if readWaiting(c, into) {
				quiet = 0
			}
		}
	}
}

// readWaiting reads what has come already, and tells whether there was any.
func readWaiting(conn net.Conn, into []byte) (some bool) {
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return false
	}
	_ = raw.Read(func(fd uintptr) bool {
		for {
			n, err := unix.Read(int(fd), into)
			if n <= 0 || err != nil {
				return true
			}
			some = true
		}
	})
	return some
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
