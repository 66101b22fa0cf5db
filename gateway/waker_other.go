//go:build !linux

package gateway

import "sync"

// newWaker returns the best waker of the system.
func newWaker(tasks *sync.WaitGroup) (waker, error) { return sleepers{tasks}, nil }
