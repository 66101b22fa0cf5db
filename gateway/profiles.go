package gateway

import "usher/seats"

// profiles are the teammates who logged in on a floor, as they were when the directory was last heard. They are shared with the
// sessions, and never changed. They serve while the directory can't be asked, so that known teammates of known licenses go on being admitted.
type profiles map[seats.TeammateID]*Profile

// profilesMost bounds how many teammates a floor remembers.
const profilesMost = 10_000

func (ps profiles) remember(p *Profile) {
	if len(ps) >= profilesMost {
		for t := range ps { // any
			delete(ps, t)
			break
		}
	}
	ps[p.Member.Teammate] = p
}

// update takes a newer license, and forgets the teammates who changed with it.
func (ps profiles) update(license *License, changed []seats.Member) {
	for _, m := range changed {
		delete(ps, m.Teammate)
	}
	for t, p := range ps {
		ps[t] = &Profile{License: license, Member: p.Member, Choice: p.Choice}
	}
}

// remembered is a teammate as the license's floor knows them, if there is one and it does.
func (s *Server) remembered(license seats.LicenseID, t seats.TeammateID) (Profile, bool) {
	s.mu.Lock()
	f := s.floors[license]
	s.mu.Unlock()
	if f == nil {
		return Profile{}, false
	}
	f.lock()
	defer f.unlock()
	p, ok := f.profiles[t]
	if !ok || p.License.Config.Revision < f.license.Config.Revision {
		return Profile{}, false
	}
	return *p, true
}
