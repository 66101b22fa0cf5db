package database

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	lockName = "usher.lock"      // held while a process serves
	turnName = "usher.open.lock" // held while a process opens the database
)

// errHeld is what tryLock answers when another process holds the lock.
var errHeld = errors.New("lock is held")

// claimDir claims a data directory, which is made when it is missing, until the file is closed or the process ends, however
// it ends: nothing else takes it away.
func claimDir(dir string, sharing Sharing) (io.Closer, error) {
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data directory %s can't be locked: %w", dir, err)
	}
	if err := tryLock(f, sharing); err != nil {
		defer f.Close()
		if errors.Is(err, errHeld) {
			return nil, &InUseError{What: "data directory " + dir, Setting: "USHER_DATA_DIR", PID: readPID(f)}
		}
		return nil, fmt.Errorf("data directory %s can't be locked: %w", dir, err)
	}
	if sharing == Exclusive {
		writePID(f)
	}
	return f, nil
}

// waitForTurn holds the directory while its database is being opened.
func waitForTurn(ctx context.Context, dir string) (io.Closer, error) {
	f, err := os.OpenFile(filepath.Join(dir, turnName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data directory %s can't be written to: %w", dir, err)
	}
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := tryLock(f, Exclusive)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, errHeld) {
			return nil, errors.Join(fmt.Errorf("data directory %s can't be locked: %w", dir, err), f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("data directory %s is being opened by another process: %w", dir, ctx.Err()), f.Close())
		case <-again.C:
		}
	}
}

// writePID leaves the process id for the message of whoever comes second. It is a help, not a promise.
func writePID(f *os.File) {
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
}

func readPID(f *os.File) int {
	b := make([]byte, 20)
	n, _ := f.ReadAt(b, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil {
		return 0
	}
	return pid
}
