package gateway_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"
	"usher/presence"
	"usher/presence/presencemem"
	"usher/seats/seatsmem"

	"github.com/coder/websocket"
	"golang.org/x/sys/unix"
)

// What a server costs is measured in a process of its own, in which there are no clients: this test's program, started anew.

// childEnv names what the process is to serve: "ours", "bare" or "raw"; "": it is not a child.
const childEnv = "USHER_TEST_SERVE"

// childSpec is told to a child when it starts.
type childSpec struct {
	Agents int // of each license
}

// order is something that a child is told to do. It answers with its cost so far.
type order struct {
	HeapTo string // a file that the heap's profile is written to
	Change int    // how many teammates of the first license change their status, all at once
	Write  int    // how many messages are written to each connection
	Bytes  int    // of each message
	Memory bool   // the cost is to have the memory, too
}

// cost is what a child used until now.
type cost struct {
	CPU  time.Duration
	RSS  int // bytes, with all that is not needed given back
	Heap int // bytes in use
}

// served is what a child serves.
type served struct {
	http.Handler
	change func(n int)
	write  func(n, bytes int)
	stop   func()
}

// serveAsChild serves until standard input ends.
func serveAsChild(what string) int {
	in := json.NewDecoder(os.Stdin)
	var spec childSpec
	if err := in.Decode(&spec); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s := childServer(what, spec)
	defer s.stop()
	web := httptest.NewServer(s)
	defer web.Close()
	fmt.Println("ws" + strings.TrimPrefix(web.URL, "http"))
	for {
		var o order
		if err := in.Decode(&o); err != nil {
			return 0
		}
		if o.HeapTo != "" {
			if err := writeHeap(o.HeapTo); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
		if o.Change > 0 {
			s.change(o.Change)
		}
		if o.Write > 0 {
			s.write(o.Write, o.Bytes)
		}
		b, _ := json.Marshal(costNow(o.Memory))
		fmt.Println(string(b))
	}
}

func childServer(what string, spec childSpec) served {
	switch what {
	case "bare":
		return newBare()
	case "raw":
		return newRaw()
	}
	records := gateway.NewCrowdRecords(spec.Agents)
	roster := presencemem.New(presencemem.Options{})
	s, err := gateway.New(gateway.Options{
		Store: seatsmem.New(seatsmem.Options{}), Presence: presence.NewAttendance(roster, records, 0),
		Records: records, Tokens: gateway.NewPlainTokens(),
		PingInterval: time.Hour, // the clients do not answer
	})
	if err != nil {
		panic(err)
	}
	number := int64(0)
	change := func(n int) {
		number++
		b := presence.Batch{License: "lic_0000"}
		for i := range n {
			b.Commands = append(b.Commands, presence.Choose{
				Teammate: presence.TeammateID(gateway.Hired(n)[i]),
				Choice:   presence.Choice{Number: number, Status: []presence.Status{presence.Busy, presence.Away}[number%2]},
			})
		}
		if _, err := roster.Do(context.Background(), b); err != nil {
			panic(err)
		}
	}
	return served{Handler: s, change: change, stop: func() { _ = s.Close(context.Background()) }}
}

func writeHeap(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	runtime.GC()
	return pprof.Lookup("heap").WriteTo(f, 0)
}

func costNow(memory bool) (c cost) {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	c.CPU = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	if !memory {
		return c
	}
	c.Heap = int(usedBytes())
	debug.FreeOSMemory()
	b, _ := os.ReadFile("/proc/self/statm")
	if fields := strings.Fields(string(b)); len(fields) > 1 {
		pages, _ := strconv.Atoi(fields[1])
		c.RSS = pages * os.Getpagesize()
	}
	return c
}

// child is a server in a process of its own.
type child struct {
	b   testing.TB
	url string
	in  *json.Encoder
	out *bufio.Scanner
}

func newChild(b testing.TB, what string, spec childSpec) *child {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childEnv+"="+what)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill() // nothing is left that anybody asks it
		_ = cmd.Wait()
	})
	c := &child{b: b, in: json.NewEncoder(in), out: bufio.NewScanner(out)}
	c.url = string(c.ask(spec))
	return c
}

func (c *child) ask(what any) []byte {
	c.b.Helper()
	if err := c.in.Encode(what); err != nil {
		c.b.Fatal(err)
	}
	if !c.out.Scan() {
		c.b.Fatalf("the child ended: %v", c.out.Err())
	}
	return c.out.Bytes()
}

// tell has the child do something.
func (c *child) tell(o order) (now cost) {
	c.b.Helper()
	if err := json.Unmarshal(c.ask(o), &now); err != nil {
		c.b.Fatal(err)
	}
	return now
}

// bare is a server of WebSockets as its library's documents show it: a handler that reads. It answers as much as who logs in may need
// to be sure of it.
type bare struct {
	handlers sync.WaitGroup

	mu    sync.Mutex
	conns []*websocket.Conn
}

func newBare() served {
	s := &bare{}
	return served{Handler: http.HandlerFunc(s.serve), write: s.write, stop: s.handlers.Wait}
}

func (s *bare) serve(w http.ResponseWriter, r *http.Request) {
	s.handlers.Add(1)
	defer s.handlers.Done()
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Subprotocol}})
	if err != nil {
		return
	}
	defer func() { _ = ws.CloseNow() }()
	s.mu.Lock()
	s.conns = append(s.conns, ws)
	s.mu.Unlock()
	for {
		if _, _, err := ws.Read(r.Context()); err != nil {
			return
		}
		if err := ws.Write(r.Context(), websocket.MessageText, []byte(`{"type":"welcome"}`)); err != nil {
			return
		}
	}
}

// write writes messages to all.
func (s *bare) write(n, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	message := make([]byte, bytes)
	for _, ws := range s.conns {
		for range n {
			if err := ws.Write(context.Background(), websocket.MessageText, message); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}
}

// newRaw is a server that writes bytes to sockets, of WebSockets that it has upgraded and knows nothing more of.
func newRaw() served {
	var (
		mu    sync.Mutex
		conns []net.Conn
		kept  []*websocket.Conn // which else would close them
	)
	serve := func(w http.ResponseWriter, r *http.Request) {
		tap := &tapped{ResponseWriter: w}
		ws, err := websocket.Accept(tap, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Subprotocol}})
		if err != nil {
			return
		}
		_ = ws.Write(r.Context(), websocket.MessageText, []byte(`{"type":"welcome"}`))
		mu.Lock()
		defer mu.Unlock()
		conns, kept = append(conns, tap.conn), append(kept, ws)
	}
	write := func(n, bytes int) {
		mu.Lock()
		defer mu.Unlock()
		frame := append([]byte{0x81, 126, byte((bytes - 4) >> 8), byte(bytes - 4)}, make([]byte, bytes-4)...)
		for _, conn := range conns {
			for range n {
				if _, err := conn.Write(frame); err != nil {
					fmt.Fprintln(os.Stderr, err)
				}
			}
		}
	}
	return served{Handler: http.HandlerFunc(serve), write: write, stop: func() {}}
}

// tapped keeps the connection that is taken over through it.
type tapped struct {
	http.ResponseWriter
	conn net.Conn
}

func (t *tapped) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	t.conn = c
	return c, rw, err
}
