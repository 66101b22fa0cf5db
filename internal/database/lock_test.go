package database

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestLockDir(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name          string
		first, second Sharing
		refused       bool
	}{
		{"two engines", Exclusive, Exclusive, true},
		{"one engine in Redis", Shared, Shared, false},
		{"Redis beside an engine", Exclusive, Shared, true},
		{"an engine beside Redis", Shared, Exclusive, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			first, err := LockDir(dir, tc.first)
			if err != nil {
				t.Fatal(err)
			}
			second, err := LockDir(dir, tc.second)
			if tc.refused {
				var inUse *InUseError
				if !errors.As(err, &inUse) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "USHER_REDIS_URL") {
					t.Fatalf("got %v, want an InUseError that names %s and what to do", err, dir)
				}
			} else if err != nil {
				t.Fatal(err)
			} else if err := second.Close(); err != nil {
				t.Fatal(err)
			}
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			again, err := LockDir(dir, Exclusive)
			if err != nil {
				t.Fatalf("after closing: %v", err)
			}
			_ = again.Close()
		})
	}
}

const holdDir = "USHER_TEST_HOLD_DIR"

// TestHoldLock is no test: it is the other process of TestLockEndsWithItsProcess.
func TestHoldLock(t *testing.T) {
	dir := os.Getenv(holdDir)
	if dir == "" {
		t.Skip("run by TestLockEndsWithItsProcess, in a process of its own")
	}
	if _, err := LockDir(dir, Exclusive); err != nil {
		t.Fatal(err)
	}
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin) // until killed
}

func TestLockEndsWithItsProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHoldLock$", "-test.v")
	other.Env = append(os.Environ(), holdDir+"="+dir)
	stdin, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if lines.Text() == "locked" {
			break
		}
	}
	var inUse *InUseError
	if _, err := LockDir(dir, Exclusive); !errors.As(err, &inUse) || inUse.PID != other.Process.Pid {
		t.Errorf("got %v, want an InUseError of process %d", err, other.Process.Pid)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	lock, err := LockDir(dir, Exclusive)
	if err != nil {
		t.Fatalf("after kill -9: %v", err)
	}
	_ = lock.Close()
}
