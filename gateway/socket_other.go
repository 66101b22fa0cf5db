//go:build !unix

package gateway

import (
	"errors"
	"syscall"
)

// errWouldBlock says that nothing could be read or written without waiting.
var errWouldBlock = errors.New("would block")

// readNow leaves it to who waits.
func readNow(syscall.RawConn, []byte) (int, error) { return 0, errWouldBlock }

// writeNow leaves it to who waits.
func writeNow(syscall.RawConn, []byte) (int, error) { return 0, errWouldBlock }
