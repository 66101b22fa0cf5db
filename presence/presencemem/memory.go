package presencemem

import "usher/presence"

// memory is of the sessions that were ended.
type memory struct {
	ended map[presence.SessionID]ended
	order []presence.SessionID // in which they ended, and are forgotten
}

// ended is how a session ended.
type ended struct {
	presence.Ending
	forget int64              // when
	heir   presence.SessionID // the arrival that is told that it resumed it; or ""
}

func (m *memory) has(id presence.SessionID) bool {
	_, ok := m.ended[id]
	return ok
}

// put remembers a session from now on. What was later than now before is not to come.
func (m *memory) put(e ended, now int64) {
	e.forget = now + presence.EndedMemory.Milliseconds()
	m.ended[e.Session] = e
	m.order = append(m.order, e.Session)
}

// forgetOld forgets what was remembered for long enough.
func (m *memory) forgetOld(now int64) {
	for len(m.order) > 0 && m.ended[m.order[0]].forget <= now {
		delete(m.ended, m.order[0])
		m.order = m.order[1:]
	}
}
