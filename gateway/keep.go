package gateway

import (
	"context"
	"time"

	"usher/presence"
	"usher/seats"
)

// keepEvery is how often floors are looked at.
const keepEvery = time.Second

// keep closes floors that nobody needs, and looks for changes in the database that never reached the engine: a
// node may have died between its commit and its Configure.
func (s *Server) keep() {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	polled := s.settings.Now()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		s.closeIdleFloors()
		if now := s.settings.Now(); now.Sub(polled) >= s.settings.Poll {
			polled = now
			s.poll()
		}
	}
}

func (s *Server) closeIdleFloors() {
	now := s.settings.Now()
	for _, f := range s.allFloors() {
		if !f.closeIfIdle(now) {
			continue
		}
		s.mu.Lock()
		if s.floors[f.id] == f {
			delete(s.floors, f.id)
		}
		s.mu.Unlock()
	}
}

// pollBatch is how many licenses are asked for at once.
const pollBatch = 500

func (s *Server) poll() {
	floors := map[seats.LicenseID]*floor{}
	var ids []seats.LicenseID
	for _, f := range s.allFloors() {
		floors[f.id] = f
		ids = append(ids, f.id)
	}
	for len(ids) > 0 && s.ctx.Err() == nil {
		some := ids[:min(len(ids), pollBatch)]
		ids = ids[len(some):]
		ctx, cancel := context.WithTimeout(s.ctx, s.settings.EngineTimeout)
		revisions, err := s.settings.Records.Revisions(ctx, some)
		cancel()
		if err != nil {
			s.settings.Logger.Warn("directory: revisions can't be read", "error", err)
			return
		}
		for _, id := range some {
			s.heal(floors[id], revisions)
		}
	}
}

// heal brings the engine to the database's revision of a license, if that is newer than what the floor knows.
func (s *Server) heal(f *floor, revisions map[seats.LicenseID]seats.Revision) {
	revision, exists := revisions[f.id]
	f.lock()
	behind := f.replica.loaded() && revision > f.replica.head.Revision ||
		f.roster.loaded() && presence.Revision(revision) > f.roster.head.Revision
	if !exists {
		f.gone()
	}
	f.unlock()
	if !behind {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.settings.EngineTimeout)
	defer cancel()
	if _, err := s.Configure(ctx, f.id); err != nil {
		s.settings.Logger.Warn("seats: license can't be configured", "license", f.id, "error", err)
	}
}
