package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/guardian"
)

const (
	startTimeout  = 20 * time.Second
	startAttempts = 5 // a free port may be taken by somebody else before the server has it
)

// loopback is where servers listen that are not told otherwise.
const loopback = "127.0.0.1"

// Server is one redis-server process, on a loopback port unless it was started elsewhere.
type Server struct {
	program string
	args    []string
	dir     string
	host    string // the address that it listens on
	port    int

	mu      sync.Mutex
	process *guardian.Process // nil: not running
}

// Launch starts a server with further arguments as redis-server takes them ("--appendonly", "yes"). The caller
// has to [Server.Stop] it. Tests use [Start] instead.
func Launch(args ...string) (*Server, error) {
	return launch("redis-server", loopback, args)
}

// Start runs a server for this test alone, and stops it when the test is over. Arguments are as in [Launch].
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	need(t, "redis-server")
	s, err := Launch(args...)
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
	t.Cleanup(s.Stop)
	return s
}

func launch(program, host string, args []string) (*Server, error) {
	var errs []error
	for range startAttempts {
		s, err := launchOnce(program, host, args)
		if err == nil {
			return s, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func launchOnce(program, host string, args []string) (*Server, error) {
	dir, err := os.MkdirTemp("", "usher-redis-")
	if err != nil {
		return nil, err
	}
	port, err := freePort(host)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s := &Server{program: program, args: args, dir: dir, host: host, port: port}
	if err := s.run(); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// freePort finds a port of an address that nobody listens on now.
func freePort(host string) (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Addr is host:port.
func (s *Server) Addr() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

// URL is what a client connects to; it stays the same over a restart.
func (s *Server) URL() string { return "redis://" + s.Addr() }

// Kill ends the server at once, as a crash would. What it held in memory is lost.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kill()
}

func (s *Server) kill() {
	if s.process == nil {
		return
	}
	s.process.Kill()
	s.process = nil
}

// Restart starts the server again on the same port, killing it first if it runs, and returns when it answers.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Kill()
	if err := s.run(); err != nil {
		t.Fatalf("redistest: restart: %v", err)
	}
}

// Pause stops the process without ending it: connections stay open and nothing is answered.
func (s *Server) Pause(t testing.TB) { s.signal(t, syscall.SIGSTOP) }

// Resume lets a paused process go on.
func (s *Server) Resume(t testing.TB) { s.signal(t, syscall.SIGCONT) }

func (s *Server) signal(t testing.TB, sig syscall.Signal) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		t.Fatal("redistest: the server does not run")
	}
	if err := s.process.Signal(sig); err != nil {
		t.Fatalf("redistest: signal %s: %v", sig, err)
	}
}

// Stop ends the server and removes its data. Stopping twice does no harm.
func (s *Server) Stop() {
	s.Kill()
	_ = os.RemoveAll(s.dir)
}

// run starts the process and waits until it answers.
func (s *Server) run() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	process, err := guardian.Start(guardian.Options{Log: filepath.Join(s.dir, "server.log")}, s.command()...)
	if err != nil {
		return err
	}
	s.process = process
	if err := awaitPong(s.Addr(), process); err != nil {
		text := process.Output()
		s.kill()
		return fmt.Errorf("%s on port %d did not start: %w\n%s", s.program, s.port, err, text)
	}
	return nil
}

func (s *Server) command() []string {
	base := []string{s.program}
	if s.program == "redis-sentinel" { // takes its configuration from a file that it may write
		return append(base, append(s.args, "--port", strconv.Itoa(s.port), "--bind", s.host, "--dir", s.dir)...)
	}
	base = append(base, "--port", strconv.Itoa(s.port), "--bind", s.host, "--dir", s.dir,
		"--save", "", "--appendonly", "no", "--daemonize", "no")
	return append(base, s.args...)
}

// awaitPong waits until that process, and not some other server on the port, answers.
func awaitPong(addr string, process *guardian.Process) error {
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DisableIdentity: true})
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	want := fmt.Sprintf("process_id:%d\r", process.PID())
	return poll(ctx, func() error {
		info, err := client.Info(ctx, "server").Result()
		switch {
		case err != nil && process.Gone():
			return errGone
		case err != nil:
			return err
		case !strings.Contains(info, want):
			return errGone // another process has the port
		}
		return client.Ping(ctx).Err() // LOADING is an error here
	})
}

var errGone = errors.New("the process is gone, or another one has its port")

// poll tries until there is no error, the server is gone for good, or ctx is done.
func poll(ctx context.Context, try func() error) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil || errors.Is(err, errGone) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-tick.C:
		}
	}
}
