//go:build unix

package database

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks an open file for this process, or returns errHeld. The lock ends with the file.
func tryLock(f *os.File, sharing Sharing) error {
	how := syscall.LOCK_EX
	if sharing == Shared {
		how = syscall.LOCK_SH
	}
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errHeld
		default:
			return err
		}
	}
}
