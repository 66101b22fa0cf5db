package lease

// Connections counts those that are not given up.
func (l *Listener) Connections() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns)
}

// Waiting counts the calls that wait to be sent.
func (e *Engine) Waiting() int {
	e.calls.mu.Lock()
	defer e.calls.mu.Unlock()
	n := 0
	for _, to := range e.calls.pipes {
		n += len(to.waiting)
	}
	return n
}

// Underway counts the pipelines that are under way.
func (e *Engine) Underway() int {
	e.calls.mu.Lock()
	defer e.calls.mu.Unlock()
	n := 0
	for _, to := range e.calls.pipes {
		n += to.pipelines
	}
	return n
}
