package gateway

import (
	"cmp"
	"maps"
	"slices"
	"sort"

	"usher/gateway/wire"
	"usher/seats"
)

// replica is a copy of a license's board, moved forward by changes and replaced by reading it. Its holders and waiters are shared with
// the sessions, and never changed.
type replica struct {
	head    seats.Head
	holders map[seats.TeammateID]*seats.Holder
	waiters map[seats.TeammateID]*seats.Waiter
	losses  map[seats.TeammateID]seats.Loss
	asks    map[seats.AskID]seats.Ask

	// Made when they are asked for, of what is above; nil: to be made.
	shown []wire.Holder  // the holders as the wire shows them, by number, encoded
	line  []seats.Waiter // the waiters in their order
	queue wire.Waitlist  // the same as the wire shows them
}

// position is a point in a board's history.
type position struct {
	epoch   string
	version uint64
}

// positionOf is a position of the wire; nil: the beginning.
func positionOf(p *wire.Position) position {
	if p == nil {
		return position{}
	}
	return position{p.Epoch, p.Version}
}

func (p position) wire() *wire.Position { return &wire.Position{Epoch: p.epoch, Version: p.version} }

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

// follows tells what a change would do to the replica.
func (r *replica) follows(c *seats.Change) applied {
	switch {
	case r.loaded() && r.position().reached(position{c.Epoch, c.Version}):
		return nothingNew
	case !r.loaded() || c.Epoch != r.head.Epoch || c.From > r.head.Version:
		return gap
	}
	return moved
}

// apply moves the replica forward by one change.
func (r *replica) apply(c *seats.Change) applied {
	if does := r.follows(c); does != moved {
		return does
	}
	before := r.head
	r.head = c.Head
	for _, h := range c.Holders {
		r.unshow(h.Teammate)
		r.holders[h.Teammate] = &h
		r.show(h)
	}
	for _, t := range c.Gone {
		r.unshow(t)
		delete(r.holders, t)
	}
	for _, w := range c.Waiters {
		r.waiters[w.Teammate] = &w
	}
	for _, t := range c.Unwaiting {
		delete(r.waiters, t)
	}
	for _, l := range c.Losses {
		r.losses[l.Teammate] = l
	}
	for _, a := range c.Asks {
		r.asks[a.ID] = a
	}
	for _, a := range c.Asked {
		delete(r.asks, a.ID)
	}
	if len(c.Waiters)+len(c.Unwaiting) > 0 || !sameLine(before, r.head) {
		r.line, r.queue = nil, nil
	}
	return moved
}

// sameLine tells whether two heads show the same waiters alike, to others and to themselves.
func sameLine(a, b seats.Head) bool {
	return a.AdministratorsFirst == b.AdministratorsFirst && (a.Status == seats.Active) == (b.Status == seats.Active) &&
		a.Window == b.Window
}

// difference is how a board that was read differs from the replica before.
type difference struct {
	seats []seats.TeammateID // whose seat is another than before, by number where they have one
	mates []seats.TeammateID // whose seat, place or asks are; "": the administrators'
	line  bool               // the waitlist is another
	ended []seats.Ask        // asks that are open no more
}

// replace takes a board as read, unless it is older than what is known.
func (r *replica) replace(b seats.Board) (d difference, ok bool) {
	if r.loaded() && !(position{b.Epoch, b.Version}).reached(r.position()) {
		return d, false
	}
	before := *r
	*r = replica{
		head:    b.Head,
		holders: make(map[seats.TeammateID]*seats.Holder, len(b.Holders)),
		waiters: make(map[seats.TeammateID]*seats.Waiter, len(b.Waiters)),
		losses:  make(map[seats.TeammateID]seats.Loss, len(b.Losses)),
		asks:    make(map[seats.AskID]seats.Ask, len(b.Asks)),
	}
	for _, l := range b.Losses {
		r.losses[l.Teammate] = l
	}
	for _, h := range b.Holders {
		r.holders[h.Teammate] = &h
		if h != before.holder(h.Teammate) {
			d.seats = append(d.seats, h.Teammate)
		}
	}
	for _, t := range slices.Sorted(maps.Keys(before.holders)) {
		if _, ok := r.holders[t]; !ok {
			d.seats = append(d.seats, t)
		}
	}
	d.mates = slices.Clone(d.seats)
	d.line = !sameLine(before.head, r.head)
	r.compareWaiters(&d, &before, b.Waiters)
	r.compareAsks(&d, &before, b.Asks)
	return d, true
}

func (r *replica) compareWaiters(d *difference, before *replica, waiters []seats.Waiter) {
	was := len(d.mates)
	for _, w := range waiters {
		r.waiters[w.Teammate] = &w
		if w != before.waiter(w.Teammate) {
			d.mates = append(d.mates, w.Teammate)
		}
	}
	for _, t := range slices.Sorted(maps.Keys(before.waiters)) {
		if _, ok := r.waiters[t]; !ok {
			d.mates = append(d.mates, t)
		}
	}
	d.line = d.line || len(d.mates) > was
}

func (r *replica) compareAsks(d *difference, before *replica, asks []seats.Ask) {
	for _, a := range asks {
		r.asks[a.ID] = a
		if _, known := before.asks[a.ID]; !known {
			d.mates = append(d.mates, a.Of)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(before.asks)) {
		if _, open := r.asks[id]; !open {
			d.ended = append(d.ended, before.asks[id])
		}
	}
}

// board is the whole board, holders by number.
func (r *replica) board() seats.Board {
	b := seats.Board{Head: r.head}
	for _, h := range r.holders {
		b.Holders = append(b.Holders, *h)
	}
	slices.SortFunc(b.Holders, func(a, b seats.Holder) int { return cmp.Compare(a.Number, b.Number) })
	for _, w := range r.waiters {
		b.Waiters = append(b.Waiters, *w)
	}
	slices.SortFunc(b.Waiters, func(a, b seats.Waiter) int { return cmp.Compare(a.Turn, b.Turn) })
	b.Losses = slices.SortedFunc(maps.Values(r.losses), func(a, b seats.Loss) int { return cmp.Compare(a.Fence, b.Fence) })
	b.Asks = slices.SortedFunc(maps.Values(r.asks), func(a, b seats.Ask) int { return cmp.Compare(a.ID, b.ID) })
	return b
}

// holder is a teammate's seat, and waiter their place; zero: they have none.
func (r *replica) holder(t seats.TeammateID) (h seats.Holder) {
	if is := r.holders[t]; is != nil {
		h = *is
	}
	return h
}

func (r *replica) waiter(t seats.TeammateID) (w seats.Waiter) {
	if is := r.waiters[t]; is != nil {
		w = *is
	}
	return w
}

// wireHolders are the holders as the wire shows them; the slice is shared and must not be changed. It is good until the replica moves.
func (r *replica) wireHolders() []wire.Holder {
	if r.shown == nil {
		r.shown = make([]wire.Holder, 0, len(r.holders))
		for _, h := range r.holders {
			r.shown = append(r.shown, wireHolder(*h).Encoded())
		}
		slices.SortFunc(r.shown, func(a, b wire.Holder) int { return bySeat(a, seatOf{b.Number, b.Teammate}) })
	}
	return r.shown
}

// seatOf is where a holder stands among those that are shown.
type seatOf struct {
	number   int
	teammate string
}

func bySeat(h wire.Holder, s seatOf) int {
	return cmp.Or(cmp.Compare(h.Number, s.number), cmp.Compare(h.Teammate, s.teammate))
}

// unshow takes a holder out of what is shown, where it was made.
func (r *replica) unshow(t seats.TeammateID) {
	h, held := r.holders[t]
	if r.shown == nil || !held {
		return
	}
	if i, found := slices.BinarySearchFunc(r.shown, seatOf{h.Number, string(t)}, bySeat); found {
		r.shown = slices.Delete(r.shown, i, i+1)
	}
}

// show puts a holder into what is shown, where it was made.
func (r *replica) show(h seats.Holder) {
	if r.shown == nil {
		return
	}
	i, _ := slices.BinarySearchFunc(r.shown, seatOf{h.Number, string(h.Teammate)}, bySeat)
	r.shown = slices.Insert(r.shown, i, wireHolder(h).Encoded())
}

// inLine are the waiters in their order; the slice is shared and must not be changed.
func (r *replica) inLine() []seats.Waiter {
	if r.line == nil && len(r.waiters) > 0 {
		r.line = make([]seats.Waiter, 0, len(r.waiters))
		for _, w := range r.waiters {
			r.line = append(r.line, *w)
		}
		slices.SortFunc(r.line, func(a, b seats.Waiter) int {
			if r.head.Before(a, b) {
				return -1
			}
			return 1
		})
	}
	return r.line
}

// wireWaitlist is the waitlist as the wire shows it; the slice is shared and must not be changed.
func (r *replica) wireWaitlist() wire.Waitlist {
	if r.queue == nil {
		r.queue = wireWaitlist(r.head, r.inLine())
	}
	return r.queue
}

// wireBoard is the whole board as the wire shows it; its lists are shared and must not be changed.
func (r *replica) wireBoard() wire.Board {
	b := wireHead(r.head)
	b.Holders, b.Waitlist = r.wireHolders(), r.wireWaitlist()
	return b
}

// place is where a waiter stands; 1: next.
func (r *replica) place(w seats.Waiter) int {
	line := r.inLine()
	return sort.Search(len(line), func(i int) bool { return !r.head.Before(line[i], w) }) + 1
}

// seatView is what a board says of one teammate.
type seatView struct {
	at     position
	holder *seats.Holder // nil: not seated
	loss   *seats.Loss   // the last stay that ended, as far as remembered
	waiter *seats.Waiter // nil: waits not
	place  int           // of the waiter; 1: next
	length int           // of the waitlist
	asks   []seats.Ask   // open ones, to this teammate or to the administrators, if the teammate is one
	window bool          // who waits is being found out: places are not worth telling

	// configured tells that the configuration changed with this view: a place that is gone went with it, and the
	// sessions are attached as before.
	configured bool
	// ticket signs for a seat of this teammate, or returns an empty one when that may not be now; nil: nobody can.
	ticket func(seats.Holder) signed
}

func (r *replica) view(t seats.TeammateID) seatView {
	v := seatView{at: r.position(), length: len(r.waiters), window: r.head.Window}
	if h, ok := r.holders[t]; ok {
		v.holder = h
		v.asks = r.asksOf(t)
	}
	if l, ok := r.losses[t]; ok {
		v.loss = &l
	}
	if w, ok := r.waiters[t]; ok {
		v.waiter, v.place = w, r.place(*w)
	}
	return v
}

// asksOf are the open asks to a teammate, or to the administrators (""), by id.
func (r *replica) asksOf(t seats.TeammateID) []seats.Ask {
	var asks []seats.Ask
	for _, a := range r.asks {
		if a.Of == t {
			asks = append(asks, a)
		}
	}
	slices.SortFunc(asks, func(a, b seats.Ask) int { return cmp.Compare(a.ID, b.ID) })
	return asks
}
