package database

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock locks an open file for this process, or returns errHeld. The lock ends with the file. It lies far
// beyond the file's text, which others may then read.
func tryLock(f *os.File, sharing Sharing) error {
	flags := uint32(windows.LOCKFILE_FAIL_IMMEDIATELY)
	if sharing == Exclusive {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errHeld
	}
	return err
}
