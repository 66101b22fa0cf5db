package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usher/internal/guardian"
)

const (
	startTimeout  = 30 * time.Second
	startAttempts = 5 // a free port may be taken by somebody else before the server has it
	superuser     = "usher"
)

// Server is one PostgreSQL server.
type Server struct {
	programs string // the directory of initdb and postgres
	as       *syscall.Credential
	dir      string
	port     int

	mu      sync.Mutex
	process *guardian.Process // nil: not running
}

// Launch starts a server. The caller has to [Server.Stop] it. Tests use [URL] or [Start] instead.
func Launch() (*Server, error) {
	programs, err := programs()
	if err != nil {
		return nil, err
	}
	as, err := owner()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "usher-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{programs: programs, as: as, dir: dir}
	if err := s.initialise(); err != nil {
		s.Stop()
		return nil, err
	}
	var errs []error
	for range startAttempts {
		if s.port, err = freePort(); err == nil {
			err = s.run()
		}
		if err == nil {
			return s, nil
		}
		errs = append(errs, err)
	}
	s.Stop()
	return nil, errors.Join(errs...)
}

// Start runs a server for this test alone, and stops it when the test is over.
func Start(t testing.TB) *Server {
	t.Helper()
	need(t)
	s, err := Launch()
	if err != nil {
		t.Fatalf("postgrestest: %v", err)
	}
	t.Cleanup(s.Stop)
	return s
}

// programs finds the directory of PostgreSQL's programs: Debian keeps those of a server off the path.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		return "", errors.Join(errNotInstalled, err)
	}
	return slices.MaxFunc(found, func(a, b string) int { return major(a) - major(b) }), nil
}

func major(programs string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(programs)))
	if err != nil {
		return 0
	}
	return n
}

var errNotInstalled = errors.New("PostgreSQL is not installed")

// owner is whose the server's process is to be; nil: whoever starts it.
func owner() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil //nolint:nilnil // nobody else's
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run for root, and the user that its Debian package brings is missing: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// initialise makes the server's data directory.
func (s *Server) initialise() error {
	if s.as != nil {
		if err := os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return err
		}
	}
	cmd := exec.Command(filepath.Join(s.programs, "initdb"), "--pgdata", s.data(), "--username", superuser,
		"--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync")
	cmd.Dir = s.dir
	if s.as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// freePort finds a loopback port that nobody listens on now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// run starts the process and waits until it answers.
func (s *Server) run() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	process, err := guardian.Start(guardian.Options{Log: filepath.Join(s.dir, "server.log"), As: s.as, Dir: s.dir},
		filepath.Join(s.programs, "postgres"), "-D", s.data(), "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=500",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=64MB", "-c", "autovacuum_naptime=10s")
	if err != nil {
		return err
	}
	s.process = process
	if err := s.await(); err != nil {
		text := process.Output()
		s.kill()
		return fmt.Errorf("PostgreSQL on port %d did not start: %w\n%s", s.port, err, text)
	}
	return nil
}

// await waits until the server answers, and not another one that has its port: the data directory tells whose it is.
func (s *Server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.answers(ctx)
		switch {
		case err == nil:
			return nil
		case s.process.Gone():
			return errors.Join(errors.New("the process is gone"), err)
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-tick.C:
		}
	}
}

func (s *Server) answers(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var data string
	if err := conn.QueryRow(ctx, `SHOW data_directory`).Scan(&data); err != nil {
		return err
	}
	if data != s.data() {
		return errors.New("another server has the port")
	}
	return nil
}

// URL is the server's first database, which stays empty. It stays the same over a restart.
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/postgres?sslmode=disable", superuser, s.port)
}

// Kill ends the server at once, as a crash would.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kill()
}

// kill ends all processes of the server. The first one takes the others with it, which serve connections, and would outlive it for
// a while if it were killed outright; it listens until they are gone.
func (s *Server) kill() {
	if s.process == nil {
		return
	}
	_ = s.process.Signal(syscall.SIGQUIT)
	for over := time.Now().Add(startTimeout); s.listens() && time.Now().Before(over); {
		time.Sleep(5 * time.Millisecond)
	}
	s.process.Kill()
	s.process = nil
}

func (s *Server) listens() bool {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// Restart starts the server again on the same port, killing it first if it runs, and returns when it answers.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Kill()
	if err := s.run(); err != nil {
		t.Fatalf("postgrestest: restart: %v", err)
	}
}

// Stop ends the server and removes its data. Stopping twice does no harm.
func (s *Server) Stop() {
	s.Kill()
	_ = os.RemoveAll(s.dir)
}
