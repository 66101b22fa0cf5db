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

	"usher/internal/databasetest"
)

func TestClaim(t *testing.T) {
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
			at := databasetest.New(t)
			o := Options{URL: at.URL, Dir: at.Dir}
			first, err := NewClaim(t.Context(), o, tc.first)
			if err != nil {
				t.Fatal(err)
			}
			second, err := NewClaim(t.Context(), o, tc.second)
			if tc.refused {
				var inUse *InUseError
				if !errors.As(err, &inUse) || !strings.Contains(err.Error(), inUse.What) || !strings.Contains(err.Error(), "USHER_REDIS_URL") {
					t.Fatalf("got %v, want an InUseError that names the database and what to do", err)
				}
			} else if err != nil {
				t.Fatal(err)
			} else if err := second.Close(); err != nil {
				t.Fatal(err)
			}
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			again, err := NewClaim(t.Context(), o, Exclusive)
			if err != nil {
				t.Fatalf("after closing: %v", err)
			}
			_ = again.Close()
		})
	}
}

const (
	holdDir = "USHER_TEST_HOLD_DIR"
	holdURL = "USHER_TEST_HOLD_URL"
)

// TestHoldClaim is no test: it is the other process of TestAClaimEndsWithItsProcess.
func TestHoldClaim(t *testing.T) {
	dir := os.Getenv(holdDir)
	if dir == "" {
		t.Skip("run by TestAClaimEndsWithItsProcess, in a process of its own")
	}
	if _, err := NewClaim(t.Context(), Options{URL: os.Getenv(holdURL), Dir: dir}, Exclusive); err != nil {
		t.Fatal(err)
	}
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin) // until killed
}

func TestAClaimEndsWithItsProcess(t *testing.T) {
	t.Parallel()
	at := databasetest.New(t)
	o := Options{URL: at.URL, Dir: at.Dir}
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHoldClaim$", "-test.v")
	other.Env = append(os.Environ(), holdDir+"="+at.Dir, holdURL+"="+at.URL)
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
	if _, err := NewClaim(t.Context(), o, Exclusive); !errors.As(err, &inUse) || inUse.PID != other.Process.Pid {
		t.Errorf("got %v, want an InUseError of process %d", err, other.Process.Pid)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	lock, err := NewClaim(t.Context(), o, Exclusive)
	if err != nil {
		t.Fatalf("after kill -9: %v", err)
	}
	_ = lock.Close()
}
