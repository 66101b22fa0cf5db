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
	known := map[seats.TeammateID]struct{}{}
	tell := func(t seats.TeammateID) {
		known[t] = struct{}{}
		for _, m := range f.byMate[t] {
			f.tell(m, func(s *session) { s.forgotWholly(g, mayClaim) })
		}
	}
	for _, h := range before.Holders {
		tell(h.Teammate)
		if is, ok := f.dropped[h.Teammate]; ok && is.fence() == h.Fence && !h.InGrace() {
			h.GraceUntil = is.graceUntil
		}
		if mayClaim && h.InGrace() {
			c := f.claimFor(g, h.Teammate, h.Name, h.Administrator)
			c.Holder = h
			f.after = append(f.after, func() { f.submit(item{command: c, sticky: true}) })
		}
	}
	for _, w := range before.Waiters {
		tell(w.Teammate)
		if is, ok := f.dropped[w.Teammate]; ok && is.turn() == w.Turn && !w.InGrace() {
			w.GraceUntil = is.graceUntil
		}
		if mayClaim && w.InGrace() {
			c := f.claimFor(g, w.Teammate, w.Name, w.Administrator)
			c.Waiter = w
			f.after = append(f.after, func() { f.submit(item{command: c, sticky: true}) })
		}
	}
	for t := range f.byMate {
		if _, ok := known[t]; !ok {
			tell(t)
		}
	}
}

// mostDrops bounds how many drops are remembered before those that came to something are forgotten.
const mostDrops = 1000

// droppedSeat is what a session held whose connection was lost.
type droppedSeat struct {
	heldSeat
	graceUntil time.Time
}

// noteDrop remembers what a session held whose connection was lost: the engine may forget it before it hears of the
// drop. Grace runs from now. The caller holds mu.
func (f *floor) noteDrop(t seats.TeammateID, had heldSeat) {
	if had.none() {
		return
	}
	if len(f.dropped) >= mostDrops || f.dropped == nil {
		f.dropped = map[seats.TeammateID]droppedSeat{}
	}
	f.dropped[t] = droppedSeat{had, f.timers.engineNow().Add(f.license.Config.Grace)}
	f.forgetDrop(t)
}

// forgetDrop forgets a drop that the board shows. The caller holds mu.
func (f *floor) forgetDrop(t seats.TeammateID) {
	had, ok := f.dropped[t]
	if !ok {
		return
	}
	h, w := f.replica.holder(t), f.replica.waiter(t)
	if had.fence() != h.Fence || had.turn() != w.Turn || h.InGrace() || w.InGrace() {
		delete(f.dropped, t)
	}
}

// claimEnded takes that a claim came after the end of its session: what it held is in grace. The caller holds mu.
func (f *floor) claimEnded(command seats.Command, reply seats.Reply) {
	c, ok := command.(seats.Claim)
	if _, over := reply.(seats.Ended); !ok || !over {
		return
	}
	until := f.timers.engineNow().Add(f.license.Config.Grace)
	c.Session, c.Seq = "", 0
	if c.Waiter.Turn != 0 {
		c.Waiter.GraceUntil = until
	} else {
		c.Holder.GraceUntil = until
	}
	f.after = append(f.after, func() { f.submit(item{command: c, sticky: true}) })
}

// mayClaim tells whether what the replica shows can still be so: the node had its lease renewed lately enough for
// nothing to have run out. The caller holds mu.
func (f *floor) mayClaim() bool {
	sent := f.lease.epochs[f.replica.head.Epoch]
	return !sent.IsZero() && f.settings.Now().Sub(sent) < f.settings.Lease+f.license.Config.Grace-claimMargin
}

// claimFor is a claim without a session. The engine ends what a switch turned off, so that who was on the board was an
// operator at its revision.
func (f *floor) claimFor(g seats.Generation, t seats.TeammateID, name string, administrator bool) seats.Claim {
	if p, ok := f.profiles[t]; ok {
		return seats.Claim{Generation: g, Member: p.Member, Revision: p.License.Config.Revision}
	}
	return seats.Claim{
		Generation: g,
		Member:     seats.Member{Teammate: t, Name: name, Operator: true, Administrator: administrator},
		Revision:   f.replica.head.Revision,
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
