package leasetest

import (
	"testing"
	"time"
)

// Await waits for what another process has to bring about.
func Await(t testing.TB, what func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !what(); {
		if time.Now().After(deadline) {
			t.Fatal("it did not come about")
		}
		time.Sleep(5 * time.Millisecond)
	}
}
