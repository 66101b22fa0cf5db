package gateway

import "sync"

// waker waits for what comes to connections at rest.
type waker interface {
	// rest has c.read called once, on a goroutine of its own, when there is something to read, or the connection has ended. Nobody
	// reads from c meanwhile.
	rest(c *conn)
	// forget gives up a connection that was closed.
	forget(c *conn)
	// close ends the waker. Nothing rests any more.
	close()
}

// sleepers are a waker in which a goroutine waits for each connection. It works for every connection on every system.
type sleepers struct{ tasks *sync.WaitGroup }

func (s sleepers) rest(c *conn) {
	s.tasks.Go(func() {
		c.socket.wait()
		c.read()
	})
}

func (sleepers) forget(*conn) {}
func (sleepers) close()       {}
