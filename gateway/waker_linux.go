package gateway

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// epoll is a waker in which one goroutine waits for all connections: one at rest costs an entry in a table. What is no plain socket is
// left to sleepers.
type epoll struct {
	sleepers
	file *os.File        // of the epoll; Go waits for it as for a socket, so that no thread has to
	sys  syscall.RawConn // of file

	mu      sync.Mutex
	resters map[int32]rester // by the descriptor of the socket
	serial  int32
}

// rester is a connection that has rested. The serial tells it from an earlier one with the same descriptor, whose event may come late.
type rester struct {
	conn   *conn
	serial int32
}

// newWaker returns the best waker of the system. Errors: no descriptor is left for it.
func newWaker(tasks *sync.WaitGroup) (waker, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(fmt.Errorf("epoll: %w", err), unix.Close(fd))
	}
	e := &epoll{sleepers: sleepers{tasks}, file: os.NewFile(uintptr(fd), "epoll"), resters: map[int32]rester{}}
	if e.sys, err = e.file.SyscallConn(); err != nil {
		return nil, errors.Join(fmt.Errorf("epoll: %w", err), e.file.Close())
	}
	tasks.Go(e.run)
	return e, nil
}

// rest arms the socket for one event. What came since it was read last is one.
func (e *epoll) rest(c *conn) {
	if c.socket.sys == nil {
		e.sleepers.rest(c)
		return
	}
	// Errors: one of the two was closed, and who did that sees to the connection.
	_ = c.socket.sys.Control(func(fd uintptr) {
		op, event := e.enter(int32(fd), c)
		_ = e.sys.Control(func(epfd uintptr) { _ = unix.EpollCtl(int(epfd), op, int(fd), &event) })
	})
}

// enter puts a connection into the table, and returns what the kernel is to be told.
func (e *epoll) enter(fd int32, c *conn) (op int, event unix.EpollEvent) {
	e.mu.Lock()
	defer e.mu.Unlock()
	op = unix.EPOLL_CTL_MOD
	r, known := e.resters[fd]
	if !known || r.conn != c { // the kernel forgets a socket when it is closed
		e.serial++
		r = rester{c, e.serial}
		e.resters[fd], c.fd = r, fd
		op = unix.EPOLL_CTL_ADD
	}
	return op, unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLONESHOT, Fd: fd, Pad: r.serial}
}

func (e *epoll) forget(c *conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.resters[c.fd].conn == c {
		delete(e.resters, c.fd)
	}
}

func (e *epoll) close() { _ = e.file.Close() }

// run has those read to whom something came, until the epoll is closed.
func (e *epoll) run() {
	events := make([]unix.EpollEvent, 128)
	for {
		n := 0
		err := e.sys.Read(func(epfd uintptr) bool {
			n, _ = again(func() (int, error) { return unix.EpollWait(int(epfd), events, 0) })
			return n != 0
		})
		if err != nil {
			return
		}
		for _, event := range events[:max(n, 0)] {
			if c := e.awoken(event); c != nil {
				e.tasks.Go(c.read)
			}
		}
	}
}

// awoken is whom an event is for, or nil.
func (e *epoll) awoken(event unix.EpollEvent) *conn {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r := e.resters[event.Fd]; r.serial == event.Pad {
		return r.conn
	}
	return nil
}
