package gateway

import (
	"context"

	"usher/presence"
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
		answer(*p, nil)
		return
	}
	f.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(f.ctx, f.settings.EngineTimeout)
		defer cancel()
		answer(f.records.Profile(ctx, f.id, e.to))
	})
}

// noteAdministrator notes whether a teammate who is here is an administrator. The caller holds mu.
func (f *floor) noteAdministrator(m seats.Member) {
	if m.Administrator {
		f.administrators[m.Teammate] = struct{}{}
	} else {
		delete(f.administrators, m.Teammate)
	}
}

// administratorsShown counts the sessions, of all nodes, that an ask to the administrators is shown to: all of theirs, but for
// those of who asks. The caller holds mu.
func (f *floor) administratorsShown(asker seats.TeammateID) int {
	sessions := 0
	for t, e := range f.roster.entries {
		if e.Administrator && t != presence.TeammateID(asker) && !e.InGrace() {
			sessions += len(e.Devices)
		}
	}
	return sessions
}

// delivered adds to an ask to the administrators how many are shown it: the engine does not know who is one. The
// caller holds mu.
func (f *floor) delivered(reply seats.Reply) seats.Reply {
	a, ok := reply.(seats.Asked)
	if !ok || a.Ask.Of != "" {
		return reply
	}
	if a.Delivered = f.administratorsShown(a.Ask.From); a.Delivered == 0 {
		from := a.Ask.From
		f.bookNotice(Notice{Kind: NoticeAskedInVain, Teammate: from, Name: a.Ask.Name, Detail: a.Ask.Note})
	}
	return a
}

// findAsk looks for an open ask.
func (f *floor) findAsk(m member, t seats.TeammateID, e findAsk) {
	f.lock()
	defer f.unlock()
	var found *seats.Ask
	if a, ok := f.replica.asks[e.ask]; ok {
		found = &a
	}
	r := f.resultFor(t, nil, nil)
	f.tell(m, func(s *session) { s.askFound(e.id, found, e.accept, r) })
}
