package gateway

import (
	"runtime"
	"sync"
)

// writers write what waits in outboxes, as many goroutines as there are processors, while there is something. They wait for no
// reader: what a socket does not take at once is left to a goroutine of its conn.
type writers struct {
	tasks *sync.WaitGroup

	mu      sync.Mutex
	waiting []*conn
	working int
}

// add has a connection's outbox written.
func (w *writers) add(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = append(w.waiting, c)
	if w.working < runtime.GOMAXPROCS(0) {
		w.working++
		w.tasks.Go(w.work)
	}
}

// writersTake is how many connections a goroutine takes at a time.
const writersTake = 16

func (w *writers) work() {
	var batch [writersTake]*conn
	for {
		n := w.take(batch[:])
		if n == 0 {
			return
		}
		for _, c := range batch[:n] {
			c.write()
		}
	}
}

// take moves some of those who wait into batch.
func (w *writers) take(batch []*conn) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := copy(batch, w.waiting)
	clear(w.waiting[:n])
	w.waiting = w.waiting[n:]
	if n == 0 {
		w.waiting = nil
		w.working--
	}
	return n
}
