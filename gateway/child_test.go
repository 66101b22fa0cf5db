package gateway_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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

// childEnv names what the process is to serve: "ours" or "bare"; "": it is not a child.
const childEnv = "USHER_TEST_SERVE"

// childSpec is told to a child.
type childSpec struct {
	Agents int // of each license
}

// cost is what a child used until now.
type cost struct {
	CPU  time.Duration
	RSS  int // bytes, with all that is not needed given back
	Heap int // bytes in use
}

// serveAsChild serves until standard input ends. A line there is answered with a cost; one that names a file has the heap's
// profile written there.
func serveAsChild(what string) int {
	var spec childSpec
	in := bufio.NewScanner(os.Stdin)
	in.Scan()
	if err := json.Unmarshal(in.Bytes(), &spec); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	handler, stop := childHandler(what, spec)
	defer stop()
	web := httptest.NewServer(handler)
	defer web.Close()
	fmt.Println("ws" + strings.TrimPrefix(web.URL, "http"))
	for in.Scan() {
		if path := in.Text(); path != "" {
			if err := writeHeap(path); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
		b, _ := json.Marshal(costNow())
		fmt.Println(string(b))
	}
	return 0
}

func childHandler(what string, spec childSpec) (h http.Handler, stop func()) {
	if what == "bare" {
		var handlers sync.WaitGroup
		return bareHandler(&handlers), handlers.Wait
	}
	records := gateway.NewCrowdRecords(spec.Agents)
	s, err := gateway.New(gateway.Options{
		Store: seatsmem.New(seatsmem.Options{}), Presence: presence.NewAttendance(presencemem.New(presencemem.Options{}), records, 0),
		Records: records, Tokens: gateway.NewPlainTokens(),
		PingInterval: time.Hour, // the clients do not answer
	})
	if err != nil {
		panic(err)
	}
	return s, func() {}
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

func costNow() (c cost) {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	c.CPU = time.Duration(u.Utime.Nano() + u.Stime.Nano())
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
	in  io.Writer
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
	c := &child{b: b, in: in, out: bufio.NewScanner(out)}
	line, _ := json.Marshal(spec)
	c.url = string(c.ask(string(line)))
	return c
}

func (c *child) ask(line string) []byte {
	c.b.Helper()
	if _, err := io.WriteString(c.in, line+"\n"); err != nil {
		c.b.Fatal(err)
	}
	if !c.out.Scan() {
		c.b.Fatalf("the child ended: %v", c.out.Err())
	}
	return bytes.Clone(c.out.Bytes())
}

func (c *child) cost() (now cost) {
	c.b.Helper()
	if err := json.Unmarshal(c.ask(os.Getenv("USHER_TEST_HEAP")), &now); err != nil {
		c.b.Fatal(err)
	}
	return now
}

// bareHandler is a server of WebSockets that reads, and answers as much as a child may need to be sure of it.
func bareHandler(handlers *sync.WaitGroup) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
	})
}
