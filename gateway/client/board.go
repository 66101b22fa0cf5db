package client

import (
	"cmp"
	"slices"

	"usher/gateway/wire"
)

// replica is the board as the feed has led to it. Its version never goes back within an epoch.
type replica struct {
	at      wire.Position
	known   bool
	head    wire.Board // without holders and waitlist
	holders map[string]wire.Holder
	line    wire.Waitlist // is never changed, only replaced
}

// step is what a change of the feed meant to a replica.
type step int

const (
	ignored step = iota // known already
	applied
	missing // changes before it were missed
)

// replace takes a whole board.
func (r *replica) replace(at wire.Position, b wire.Board) step {
	if r.known && at.Epoch == r.at.Epoch && at.Version < r.at.Version {
		return ignored
	}
	r.at, r.known = at, true
	r.holders = make(map[string]wire.Holder, len(b.Holders))
	r.line = b.Waitlist
	r.merge(b, nil)
	return applied
}

// change takes a change of the feed from one version to another.
func (r *replica) change(epoch string, from, version uint64, d wire.BoardDelta) step {
	switch {
	case !r.known || epoch != r.at.Epoch:
		return missing
	case version <= r.at.Version:
		return ignored
	case from > r.at.Version:
		return missing
	}
	r.at.Version = version
	if d.Waitlist != nil {
		r.line = *d.Waitlist
	}
	r.merge(d.Board, d.Gone)
	return applied
}

func (r *replica) merge(b wire.Board, gone []string) {
	for _, t := range gone {
		delete(r.holders, t)
	}
	for _, h := range b.Holders {
		r.holders[h.Teammate] = h
	}
	r.head = b
	r.head.Holders, r.head.Waitlist = nil, nil
}

// board is a copy of the whole, with the holders by number and the waitlist in its order.
func (r *replica) board() wire.Board {
	b := r.head
	b.Waitlist = slices.Clone(r.line)
	b.Holders = make(wire.Holders, 0, len(r.holders))
	for _, h := range r.holders {
		b.Holders = append(b.Holders, h)
	}
	slices.SortFunc(b.Holders, func(a, b wire.Holder) int { return cmp.Compare(a.Number, b.Number) })
	return b
}
