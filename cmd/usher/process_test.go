package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"usher/internal/netnstest"
	"usher/internal/postgrestest"
	"usher/internal/redistest"

	"go.uber.org/goleak"
)

// asUsher makes the test binary be usher: the tests start real processes, and kill them.
const asUsher = "USHER_TEST_AS_USHER"

// profileOf names files that an usher of a benchmark writes the profile of its processor to: one from each second SIGUSR1 to the next.
const profileOf = "USHER_TEST_PROFILE"

func TestMain(m *testing.M) {
	if redis := os.Getenv(asPlain); redis != "" {
		fmt.Fprintln(os.Stderr, servePlain(context.Background(), redis))
		os.Exit(1)
	}
	if os.Getenv(asUsher) != "" {
		_ = os.Unsetenv(asUsher)
		os.Exit(runUsher())
	}
	// The proxy leaves links behind that wait for ends which were cut.
	var proxys []goleak.Option
	for _, name := range []string{"toxics.(*ToxicStub).Run", "(*ToxicLink).read", "(*ToxicLink).write"} {
		proxys = append(proxys, goleak.IgnoreAnyFunction(strings.Replace("github.com/Shopify/toxiproxy/v2."+name, "v2.toxics", "v2/toxics", 1)))
	}
	redistest.Main(postgrestest.Stopping(m), proxys...)
}

func runUsher() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if name := os.Getenv(profileOf); name != "" {
		go profile(name)
	}
	return run(ctx, os.Args[1:], streams{os.Stdout, os.Stderr})
}

// profile ends with the process.
func profile(name string) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	for i := 0; ; i++ {
		<-asked
		f, err := os.Create(fmt.Sprintf("%s.%d.%d", name, os.Getpid(), i))
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		<-asked
		pprof.StopCPUProfile()
		_ = f.Close()
	}
}

// patience is how long anything may take on a loaded machine. No test measures with it.
const patience = 30 * time.Second

// web asks the servers under test.
var web = &http.Client{Timeout: patience}

// process is a running usher.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	url    string
	demo   demo
	plain  bool      // it is a plain server; see asPlain
	left   time.Time // when those who logged in last began to log out; of benchmarks
	stderr safeBuffer
	ended  chan struct{}
	err    error // of Wait, once ended is closed
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// command prepares usher with arguments and further environment variables, and nothing of the tester's own.
func command(t testing.TB, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append([]string{asUsher + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), profileOf + "=" + os.Getenv(profileOf)}, env...)
	cmd.Dir = t.TempDir()
	return cmd
}

// usher runs a command to its end.
func usher(t testing.TB, env []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := command(t, env, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// startDemo starts usher demo and waits until it is ready.
func startDemo(t testing.TB, dataDir string, args ...string) *process {
	t.Helper()
	return startDemoOn(t, nil, dataDir, args...)
}

// startDemoOn is startDemo on a machine of a network of tests; nil: this one.
func startDemoOn(t testing.TB, m *netnstest.Machine, dataDir string, args ...string) *process {
	t.Helper()
	return startDemoOf(t, commandOn(t, m, append([]string{"demo", "--json", "--listen", listenOn(m, "127.0.0.1:0"), "--data-dir", dataDir}, args...)...))
}

// startDemoOf starts a demo that has been prepared, and waits until it is ready.
func startDemoOf(t testing.TB, demo *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: demo, ended: make(chan struct{})}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.start()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		p.kill()
		t.Fatalf("demo said nothing: %v\n%s", err, p.stderr.String())
	}
	if err := json.Unmarshal(line, &p.demo); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	p.url = p.demo.URL
	return p
}

// startServe starts usher serve on a data directory that a demo has filled, and waits until it is ready.
func startServe(t testing.TB, dataDir string, d demo, args ...string) *process {
	t.Helper()
	return startServeOn(t, nil, dataDir, d, args...)
}

// startServeOn is startServe on a machine of a network of tests; nil: this one.
func startServeOn(t testing.TB, m *netnstest.Machine, dataDir string, d demo, args ...string) *process {
	t.Helper()
	p := &process{t: t, ended: make(chan struct{}), demo: d}
	addr := listenOn(m, freeAddr(t))
	p.url, p.demo.URL = "http://"+addr, "http://"+addr
	p.cmd = commandOn(t, m, append([]string{"serve", "--listen", addr, "--data-dir", dataDir}, args...)...)
	p.start()
	p.awaitReady()
	return p
}

func commandOn(t testing.TB, m *netnstest.Machine, args ...string) *exec.Cmd {
	t.Helper()
	cmd := command(t, nil, args...)
	if m != nil {
		m.Enter(cmd)
	}
	return cmd
}

// listenOn is where a process may listen on a machine, or here.
func listenOn(m *netnstest.Machine, here string) string {
	if m == nil {
		return here
	}
	return net.JoinHostPort(m.Addr(), "8080") // nobody else is there
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (p *process) start() {
	p.t.Helper()
	p.cmd.Stderr = &p.stderr
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	p.t.Cleanup(func() {
		p.kill()
		if p.t.Failed() {
			p.t.Logf("%s\n%s", p.url, p.stderr.String())
		}
	})
}

func (p *process) awaitReady() {
	p.t.Helper()
	until(p.t, "the server is ready", func() bool {
		select {
		case <-p.ended:
			p.t.Fatalf("ended: %v\n%s", p.err, p.stderr.String())
		default:
		}
		res, err := web.Get(p.url + "/readyz")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// stop asks the process to end and returns its exit code.
func (p *process) stop() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("did not stop\n%s", p.stderr.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

// until waits for a condition.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// token is a teammate's, by name.
func (d demo) token(name string) string {
	for _, t := range d.Teammates {
		if t.Name == name {
			return t.Token
		}
	}
	return ""
}

// call sends an HTTP request and returns the status and the decoded answer.
func (p *process) call(token, method, path string, body any) (int, map[string]any) {
	p.t.Helper()
	var b bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&b).Encode(body); err != nil {
			p.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, &b)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := web.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var answer map[string]any
	if res.ContentLength != 0 {
		if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
			p.t.Fatalf("%s %s: %d: %v", method, path, res.StatusCode, err)
		}
	}
	return res.StatusCode, answer
}

func (p *process) license(path string) string {
	return fmt.Sprintf("/v1/licenses/%s%s", p.demo.License, path)
}
