package gateway

import (
	"iter"
	"strconv"
	"time"

	"usher/seats"
)

// claimMargin is how much earlier than the engine would a node gives up what its sessions held.
const claimMargin = time.Second

// forgot says that the engine lost its memory of the license: b is its first board of a new generation, and the
// replica still has what was before. The node claims what its sessions held, and what was in grace, so that all of it
// is there before newcomers are let in. The caller holds mu.
func (f *floor) forgot(b seats.Board) {
	n, err := strconv.ParseInt(b.Epoch, 10, 64)
	if err != nil {
		f.settings.Logger.Error("seats: an epoch that is no generation", "license", f.id, "epoch", b.Epoch)
		return
	}
	g, mayClaim := seats.Generation(n), b.Window && f.mayClaim()
	f.settings.Logger.Warn("seats: the engine forgot the license", "license", f.id, "generation", g, "claims", mayClaim)
	before := f.replica.board()
	claim := func(t seats.TeammateID, c seats.Claim) {
		for _, m := range f.byMate[t] {
			f.tell(m, func(s *session) { s.forgotWholly(g, mayClaim) })
		}
		if !mayClaim || !c.Holder.InGrace() && !c.Waiter.InGrace() {
			return
		}
		c.Generation = g
		f.after = append(f.after, func() { f.submit(item{command: c, sticky: true}) })
	}
	known := map[seats.TeammateID]struct{}{}
	for _, h := range before.Holders {
		known[h.Teammate] = struct{}{}
		c := f.claimFor(h.Teammate, h.Name, h.Administrator)
		c.Holder = h
		claim(h.Teammate, c)
	}
	for _, w := range before.Waiters {
		known[w.Teammate] = struct{}{}
		c := f.claimFor(w.Teammate, w.Name, w.Administrator)
		c.Waiter = w
		claim(w.Teammate, c)
	}
	for t := range f.byMate {
		if _, ok := known[t]; !ok {
			claim(t, seats.Claim{})
		}
	}
}

// mayClaim tells whether what the replica shows can still be so: the node had its lease renewed lately enough for
// nothing to have run out. The caller holds mu.
func (f *floor) mayClaim() bool {
	sent := f.lease.epochs[f.replica.head.Epoch]
	return !sent.IsZero() && f.settings.Now().Sub(sent) < f.settings.Lease+f.license.Config.Grace-claimMargin
}

// claimFor is a claim without a session. The engine ends what a switch turned off, so that who was on the board was an
// operator at its revision.
func (f *floor) claimFor(t seats.TeammateID, name string, administrator bool) seats.Claim {
	if p, ok := f.profiles[t]; ok {
		return seats.Claim{Member: p.Member, Revision: p.License.Config.Revision}
	}
	return seats.Claim{
		Member:   seats.Member{Teammate: t, Name: name, Operator: true, Administrator: administrator},
		Revision: f.replica.head.Revision,
	}
}

// inOrder are the sessions here: holders' by number, then waiters' by turn, then all others.
func (f *floor) inOrder() iter.Seq[member] {
	return func(yield func(member) bool) {
		seen := map[seats.TeammateID]struct{}{}
		of := func(t seats.TeammateID) bool {
			if _, twice := seen[t]; twice {
				return true
			}
			seen[t] = struct{}{}
			for _, m := range f.byMate[t] {
				if !yield(m) {
					return false
				}
			}
			return true
		}
		b := f.replica.board()
		for _, h := range b.Holders {
			if !of(h.Teammate) {
				return
			}
		}
		for _, w := range b.Waiters {
			if !of(w.Teammate) {
				return
			}
		}
		for t := range f.byMate {
			if !of(t) {
				return
			}
		}
	}
}
