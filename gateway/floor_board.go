package gateway

import (
	"slices"

	"usher/gateway/wire"
	"usher/seats"
)

// fanout is what of the board was not shown to the sessions yet.
type fanout struct {
	from    uint64 // the version shown last
	epoch   string
	changed map[seats.TeammateID]struct{}
	armed   bool
}

// noticed takes an announcement; nil: some may have been missed. It is called by the engine.
func (f *floor) noticed(c *seats.Change) {
	f.lock()
	defer f.unlock()
	if f.closed {
		return
	}
	if c == nil {
		f.reread()
		return
	}
	f.apply(c)
}

// absorb takes what a step of our own changed: the announcement of it may be on its way yet. The caller holds mu.
func (f *floor) absorb(out *seats.Outcome) {
	if out.Forgot && out.Epoch == f.replica.head.Epoch {
		f.unattached = true
	}
	for i := range out.Changes {
		f.apply(&out.Changes[i])
	}
	if f.replica.loaded() && !f.replica.position().reached(position{out.Epoch, out.Version}) {
		f.reread()
		return
	}
	f.attach()
}

// attach has the sessions here attached anew where the engine does not know them any more: the node's lease ran
// out, and more than grace passed. It waits for a board from after that, so that nobody whose seat was lost by
// then takes another one unasked. The caller holds mu.
func (f *floor) attach() {
	if f.unattached {
		f.unattached = false
		f.forgotten(false, f.replica.head.Epoch)
	}
}

// apply moves the replica by a change and tells those whom it concerns. The caller holds mu.
func (f *floor) apply(c *seats.Change) {
	switch f.replica.apply(c) {
	case nothingNew:
		return
	case gap:
		f.reread()
		return
	}
	touched := slices.Clone(c.Gone)
	for _, h := range c.Holders {
		touched = append(touched, h.Teammate)
		if h.InGrace() {
			f.timers.dueBy(h.GraceUntil)
		}
	}
	f.touched(touched)
	for _, id := range c.Ended {
		if m, ok := f.sessions[id]; ok {
			f.tell(m, (*session).resumedElsewhere)
		}
	}
	f.checkRevision(c.Revision)
}

// reread reads the board from the engine. The caller holds mu.
func (f *floor) reread() {
	if f.closed || f.timers.rereading {
		return
	}
	f.timers.rereading = true
	f.queue.items = append(f.queue.items, item{
		command: seats.Read{},
		sticky:  true,
		done:    func(seats.Reply, *seats.Outcome, error) { f.timers.rereading = false },
	})
	f.run()
}

// read takes a board as the engine answered it. The caller holds mu.
func (f *floor) read(b seats.Board) {
	if f.replica.loaded() && seats.EpochBefore(f.replica.head.Epoch, b.Epoch) {
		f.forgotten(true, b.Epoch)
	}
	before := f.replica.position()
	touched, ok := f.replica.replace(b)
	if ok {
		defer f.attach()
	}
	if !ok || f.replica.position() == before {
		return
	}
	f.touched(touched)
	f.fanout = fanout{from: b.Version, epoch: b.Epoch, armed: f.fanout.armed}
	frame := f.snapshotFrame()
	at := f.replica.position()
	for _, m := range f.sessions {
		f.tell(m, func(s *session) { s.board(frame, at) })
	}
	f.checkRevision(b.Revision)
}

// forgotten tells the sessions that the engine does not know them any more, holders by number first: so they
// get their seats back in their order. The caller holds mu.
func (f *floor) forgotten(wholeLicense bool, epoch string) {
	for _, h := range f.replica.board().Holders {
		for _, m := range f.byMate[h.Teammate] {
			f.tell(m, func(s *session) { s.forgotten(wholeLicense, epoch) })
		}
	}
	for t, sessions := range f.byMate {
		if _, seated := f.replica.holders[t]; seated {
			continue
		}
		for _, m := range sessions {
			f.tell(m, func(s *session) { s.forgotten(wholeLicense, epoch) })
		}
	}
}

// touched tells the sessions of teammates that their seat may be another one, and notes what to show to all.
func (f *floor) touched(teammates []seats.TeammateID) {
	now := f.timers.engineNow()
	for _, t := range teammates {
		if len(f.byMate[t]) == 0 {
			continue
		}
		view := f.replica.view(t)
		for _, m := range f.byMate[t] {
			f.tell(m, func(s *session) { s.viewed(view, now) })
		}
	}
	if f.fanout.changed == nil {
		f.fanout.changed = map[seats.TeammateID]struct{}{}
	}
	for _, t := range teammates {
		f.fanout.changed[t] = struct{}{}
	}
	f.armFanout()
}

// armFanout sees to it that what changed is shown within a tick.
func (f *floor) armFanout() {
	if f.fanout.armed || f.closed {
		return
	}
	f.fanout.armed = true
	f.timers.afterFunc(f.settings.BoardTick, f.flush)
}

// flush shows what changed since the last flush: one frame, encoded once, the same bytes to everybody.
func (f *floor) flush() {
	f.lock()
	defer f.unlock()
	shown := f.fanout
	f.fanout = fanout{from: f.replica.head.Version, epoch: f.replica.head.Epoch}
	if f.closed || shown.epoch == f.replica.head.Epoch && shown.from == f.replica.head.Version {
		return
	}
	var frame []byte
	if shown.epoch != f.replica.head.Epoch {
		frame = f.snapshotFrame()
	} else {
		frame = f.changeFrame(shown)
	}
	at := f.replica.position()
	for _, m := range f.sessions {
		f.tell(m, func(s *session) { s.board(frame, at) })
	}
	f.metrics.fannedOut(len(f.sessions))
}

// changeFrame is a board.changed from what was shown to what is.
func (f *floor) changeFrame(shown fanout) []byte {
	var (
		holders []seats.Holder
		delta   wire.BoardDelta
	)
	for t := range shown.changed {
		if h, ok := f.replica.holders[t]; ok {
			holders = append(holders, h)
		} else {
			delta.Gone = append(delta.Gone, string(t))
		}
	}
	slices.Sort(delta.Gone)
	slices.SortFunc(holders, func(a, b seats.Holder) int { return a.Number - b.Number })
	delta.Board = wireBoard(f.replica.head, wireHolders(holders))
	return wire.Feed(wire.TypeBoardChanged, f.replica.head.Epoch, shown.from, f.replica.head.Version, delta)
}

func (f *floor) snapshotFrame() []byte {
	board := wireBoard(f.replica.head, f.replica.wireHolders())
	return wire.Push(wire.TypeSnapshot, wire.Snapshot{
		Feeds: wire.Feeds{Board: &wire.Position{Epoch: f.replica.head.Epoch, Version: f.replica.head.Version}},
		Board: &board,
	})
}
