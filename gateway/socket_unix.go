//go:build unix

package gateway

import (
	"errors"
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// errWouldBlock says that nothing could be read or written without waiting.
var errWouldBlock error = unix.EAGAIN

// readNow reads what is there.
func readNow(c syscall.RawConn, p []byte) (n int, err error) {
	failed := c.Read(func(fd uintptr) bool {
		n, err = again(func() (int, error) { return unix.Read(int(fd), p) })
		return true
	})
	switch {
	case failed != nil:
		return 0, failed
	case err != nil:
		return 0, err
	case n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return n, nil
}

// writeNow writes what can be written at once. With errWouldBlock n says how much that was.
func writeNow(c syscall.RawConn, p []byte) (n int, err error) {
	failed := c.Write(func(fd uintptr) bool {
		for n < len(p) && err == nil {
			var m int
			m, err = again(func() (int, error) { return unix.Write(int(fd), p[n:]) })
			n += max(m, 0)
		}
		return true
	})
	if failed != nil {
		return n, failed
	}
	return n, err
}

// again makes a call anew that a signal has interrupted.
func again(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
