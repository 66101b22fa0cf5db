package gateway

import (
	"maps"
	"slices"

	"usher/gateway/wire"
	"usher/seats"
)

// replica is a copy of a license's board, moved forward by changes and replaced by reading it.
type replica struct {
	head    seats.Head
	holders map[seats.TeammateID]seats.Holder
	losses  map[seats.TeammateID]seats.Loss
	shown   []wire.Holder // the holders as the wire shows them, by number; nil: to be made
}

// position is a point in a board's history.
type position struct {
	epoch   string
	version uint64
}

// reached tells whether p is at q or later.
func (p position) reached(q position) bool {
	if p.epoch != q.epoch {
		return seats.EpochBefore(q.epoch, p.epoch)
	}
	return p.version >= q.version
}

func (r *replica) position() position { return position{r.head.Epoch, r.head.Version} }

// loaded tells whether the board was ever read.
func (r *replica) loaded() bool { return r.head.Epoch != "" }

type applied int

const (
	nothingNew applied = iota
	moved
	gap // the change does not follow: the board must be read
)

// apply moves the replica forward by one change.
func (r *replica) apply(c *seats.Change) applied {
	switch {
	case r.loaded() && r.position().reached(position{c.Epoch, c.Version}):
		return nothingNew
	case !r.loaded() || c.Epoch != r.head.Epoch || c.From > r.head.Version:
		return gap
	}
	r.head = c.Head
	for _, h := range c.Holders {
		r.holders[h.Teammate] = h
	}
	for _, t := range c.Gone {
		delete(r.holders, t)
	}
	for _, l := range c.Losses {
		r.losses[l.Teammate] = l
	}
	r.shown = nil
	return moved
}

// replace takes a board as read, unless it is older than what is known. It returns the teammates whose seat is
// another than before, by number where they have one.
func (r *replica) replace(b seats.Board) (touched []seats.TeammateID, ok bool) {
	if r.loaded() && !(position{b.Epoch, b.Version}).reached(r.position()) {
		return nil, false
	}
	before := r.holders
	*r = replica{
		head:    b.Head,
		holders: make(map[seats.TeammateID]seats.Holder, len(b.Holders)),
		losses:  make(map[seats.TeammateID]seats.Loss, len(b.Losses)),
	}
	for _, l := range b.Losses {
		r.losses[l.Teammate] = l
	}
	for _, h := range b.Holders {
		r.holders[h.Teammate] = h
		if h != before[h.Teammate] {
			touched = append(touched, h.Teammate)
		}
	}
	for _, t := range slices.Sorted(maps.Keys(before)) {
		if _, ok := r.holders[t]; !ok {
			touched = append(touched, t)
		}
	}
	return touched, true
}

// board is the whole board, holders by number.
func (r *replica) board() seats.Board {
	b := seats.Board{Head: r.head, Holders: slices.Collect(maps.Values(r.holders))}
	slices.SortFunc(b.Holders, func(a, b seats.Holder) int { return a.Number - b.Number })
	for _, l := range r.losses {
		b.Losses = append(b.Losses, l)
	}
	slices.SortFunc(b.Losses, func(a, b seats.Loss) int { return int(a.Fence - b.Fence) })
	return b
}

// wireHolders are the holders as the wire shows them; the slice is shared and must not be changed.
func (r *replica) wireHolders() []wire.Holder {
	if r.shown == nil {
		r.shown = wireHolders(r.board().Holders)
	}
	return r.shown
}

// seatView is what a board says of one teammate.
type seatView struct {
	at     position
	holder *seats.Holder // nil: not seated
	loss   *seats.Loss   // the last stay that ended, as far as remembered
}

func (r *replica) view(t seats.TeammateID) seatView {
	v := seatView{at: r.position()}
	if h, ok := r.holders[t]; ok {
		v.holder = &h
	}
	if l, ok := r.losses[t]; ok {
		v.loss = &l
	}
	return v
}
