package gateway

import (
	"context"
	"errors"
	"maps"
	"slices"

	"usher/seats"
)

// checkRevision reads the license's record anew when the engine has a newer one than the floor. The caller holds mu.
func (f *floor) checkRevision(engine seats.Revision) {
	if engine <= f.license.Config.Revision || f.closed || f.timers.refreshing {
		return
	}
	f.timers.refreshing = true
	since := f.license.Config.Revision
	f.after = append(f.after, func() { f.tasks.Go(func() { f.refresh(since) }) })
}

// news is what the directory says of a license that changed.
type news struct {
	since   seats.Revision
	license *License
	changed []seats.Member                     // everybody who changed after since
	members map[seats.TeammateID]*seats.Member // of these, those who were here; nil: removed
}

// refresh reads the license, and its teammates who changed after a revision.
func (f *floor) refresh(since seats.Revision) {
	ctx, cancel := context.WithTimeout(f.ctx, f.settings.EngineTimeout)
	defer cancel()
	n, err := f.readNews(ctx, since)

	f.lock()
	defer f.unlock()
	f.timers.refreshing = false
	switch {
	case f.closed:
	case errors.Is(err, seats.ErrNoLicense):
		f.gone()
	case err != nil:
		f.settings.Logger.Warn("directory: license can't be read", "license", f.id, "error", err)
		f.timers.afterFunc(resendMost, func() {
			f.lock()
			defer f.unlock()
			f.checkRevision(f.replica.head.Revision)
		})
	default:
		f.took(n)
	}
}

// readNews asks the directory.
func (f *floor) readNews(ctx context.Context, since seats.Revision) (news, error) {
	n := news{since: since, members: map[seats.TeammateID]*seats.Member{}}
	cfg, changed, err := f.records.Config(ctx, f.id, since)
	if err != nil {
		return n, err
	}
	license, err := f.records.License(ctx, f.id)
	if err != nil {
		return n, err
	}
	// What is newer than the list of the changed teammates is left for the next time.
	license.Config, n.license, n.changed = cfg, &license, changed
	for _, m := range changed {
		if !f.hasTeammate(m.Teammate) {
			continue
		}
		switch now, _, err := f.records.Member(ctx, f.id, m.Teammate); {
		case errors.Is(err, seats.ErrNoTeammate):
			n.members[m.Teammate] = nil
		case err != nil:
			return n, err
		default:
			n.members[m.Teammate] = &now
		}
	}
	return n, nil
}

func (f *floor) hasTeammate(t seats.TeammateID) bool {
	f.lock()
	defer f.unlock()
	return len(f.byMate[t]) > 0
}

// took tells the sessions what the directory says now. The caller holds mu.
func (f *floor) took(n news) {
	if n.license.Config.Revision < f.license.Config.Revision {
		return
	}
	f.license = n.license
	defer f.checkRosterRevision()
	f.profiles.update(n.license, n.changed)
	missed := false
	changed := make(map[seats.TeammateID]struct{}, len(n.changed))
	for _, m := range n.changed {
		changed[m.Teammate] = struct{}{}
	}
	for t, sessions := range f.byMate {
		m, read := n.members[t]
		if _, ok := changed[t]; ok && !read {
			missed = true // came while the others were read, perhaps with a profile of before
			continue
		}
		if m != nil {
			f.noteAdministrator(*m)
		}
		for _, s := range sessions {
			f.tell(s, func(s *session) { s.newsCame(n.license, read, m) })
		}
	}
	f.touched(slices.Collect(maps.Keys(n.members)), false) // who is an administrator now is asked as one
	if missed && !f.timers.refreshing {
		f.timers.refreshing = true
		f.after = append(f.after, func() { f.tasks.Go(func() { f.refresh(n.since) }) })
		return
	}
	f.checkRevision(f.replica.head.Revision)
}

// gone ends all sessions: the license is no more. The caller holds mu.
func (f *floor) gone() {
	for _, m := range f.sessions {
		f.tell(m, (*session).removed)
	}
}
