package gateway

import (
	"context"
	"errors"

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

// refresh reads the license, and those of its teammates who are here and changed after a revision.
func (f *floor) refresh(since seats.Revision) {
	ctx, cancel := context.WithTimeout(context.Background(), f.settings.EngineTimeout)
	defer cancel()
	license, profiles, removed, err := f.readChanges(ctx, since)

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
		f.took(license, profiles, removed)
	}
}

// readChanges asks the directory.
func (f *floor) readChanges(ctx context.Context, since seats.Revision) (
	license License, members []seats.Member, removed []seats.TeammateID, err error,
) {
	cfg, changed, err := f.records.Config(ctx, f.id, since)
	if err != nil {
		return License{}, nil, nil, err
	}
	license, err = f.records.License(ctx, f.id)
	if err != nil {
		return License{}, nil, nil, err
	}
	// What is newer than the list of the changed teammates is left for the next time.
	license.Config = cfg
	for _, m := range changed {
		if !f.hasTeammate(m.Teammate) {
			continue
		}
		switch now, _, err := f.records.Member(ctx, f.id, m.Teammate); {
		case errors.Is(err, seats.ErrNoTeammate):
			removed = append(removed, m.Teammate)
		case err != nil:
			return License{}, nil, nil, err
		default:
			members = append(members, now)
		}
	}
	return license, members, removed, nil
}

func (f *floor) hasTeammate(t seats.TeammateID) bool {
	f.lock()
	defer f.unlock()
	return len(f.byMate[t]) > 0
}

// took tells the sessions what the directory says now. The caller holds mu.
func (f *floor) took(license License, members []seats.Member, removed []seats.TeammateID) {
	if license.Config.Revision < f.license.Config.Revision {
		return
	}
	f.license = license
	changed := make(map[seats.TeammateID]seats.Member, len(members))
	for _, m := range members {
		changed[m.Teammate] = m
	}
	for t, sessions := range f.byMate {
		m, ok := changed[t]
		for _, s := range sessions {
			f.tell(s, func(s *session) {
				if !ok {
					m = s.profile.Member
				}
				s.profileChanged(Profile{License: license, Member: m})
			})
		}
	}
	for _, t := range removed {
		for _, s := range f.byMate[t] {
			f.tell(s, (*session).removed)
		}
	}
	f.checkRevision(f.replica.head.Revision)
}

// gone ends all sessions: the license is no more. The caller holds mu.
func (f *floor) gone() {
	for _, m := range f.sessions {
		f.tell(m, (*session).removed)
	}
}
