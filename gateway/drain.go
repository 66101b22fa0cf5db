package gateway

import (
	"context"
	"time"
)

// Drain takes no more connections and asks those that are here to go to another node, each at its own moment
// within spread. It returns when they are gone, or with ctx's error.
func (s *Server) Drain(ctx context.Context, spread time.Duration) error {
	for _, c := range s.startDraining() {
		delay := time.Duration(s.settings.Rand() * float64(spread))
		now := s.settings.Now()
		c.feed(func(sess *session) { sess.drain(now, delay) })
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		s.mu.Lock()
		left := len(s.conns)
		s.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (s *Server) startDraining() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
	all := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		all = append(all, c)
	}
	return all
}

// Close ends the server at once: connections are cut, their drops are sent to the engine while ctx lasts, and
// every goroutine of the server has ended when it returns. To be kind to clients, Drain first.
func (s *Server) Close(ctx context.Context) error {
	for _, c := range s.startDraining() {
		c.hangUp(nil)
	}
	err := s.flush(ctx)
	s.cancel()
	s.waker.close()
	for _, f := range s.allFloors() {
		f.close()
	}
	s.tasks.Wait()
	return err
}

// flush waits until nothing waits to be sent to the engine.
func (s *Server) flush(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if s.flushed() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (s *Server) flushed() bool {
	s.mu.Lock()
	left := len(s.conns)
	s.mu.Unlock()
	if left > 0 {
		return false
	}
	for _, f := range s.allFloors() {
		f.lock()
		if f.queue.empty() && f.attendance.empty() {
			f.attendance.seen.hurry()
		}
		empty := f.closed || f.sent()
		f.unlock()
		if !empty {
			return false
		}
	}
	return s.ledger == nil || s.ledger.empty()
}
