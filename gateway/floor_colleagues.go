package gateway

import (
	"context"

	"usher/seats"
)

// introduce finds out who a colleague is: from those who logged in here, or else from the directory, for which
// nobody else waits.
func (f *floor) introduce(m member, t seats.TeammateID, e introduce) {
	f.lock()
	p, known := f.profiles[e.to]
	known = known && p.License.Config.Revision >= f.license.Config.Revision
	f.unlock()
	answer := func(p Profile, err error) {
		f.lock()
		defer f.unlock()
		r := f.resultFor(t, nil, nil)
		f.tell(m, func(s *session) { s.introduced(e.id, p, err, r) })
	}
	if known {
		answer(p, nil)
		return
	}
	f.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(f.ctx, f.settings.EngineTimeout)
		defer cancel()
		answer(f.records.Profile(ctx, f.id, e.to))
	})
}

// findAsk looks for an open ask of a teammate's seat.
func (f *floor) findAsk(m member, t seats.TeammateID, e findAsk) {
	f.lock()
	defer f.unlock()
	var found *seats.Ask
	if a, ok := f.replica.asks[e.ask]; ok && a.Of == t {
		found = &a
	}
	r := f.resultFor(t, nil, nil)
	f.tell(m, func(s *session) { s.askFound(e.id, found, e.accept, r) })
}
