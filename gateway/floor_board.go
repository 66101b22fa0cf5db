package gateway

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"usher/gateway/wire"
	"usher/seats"
)

// fanout is what of the board was not shown to the sessions yet.
type fanout struct {
	from    uint64 // the version shown last
	epoch   string
	changed map[seats.TeammateID]struct{} // whose seats are others
	line    bool                          // the waitlist is another
	armed   bool
	flushed time.Time // when something was shown last
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
	f.vouch()
}

// attach has the sessions here attached anew where the engine does not know them any more: the node's lease ran
// out, and more than grace passed. It waits for a board from after that, so that nobody whose seat was lost by
// then takes another one unasked. The caller holds mu.
func (f *floor) attach() {
	if f.unattached {
		f.unattached = false
		for m := range f.inOrder() {
			f.tell(m, (*session).lapsed)
		}
	}
}

// apply moves the replica by a change and tells those whom it concerns. The caller holds mu.
func (f *floor) apply(c *seats.Change) {
	before := f.replica.head
	if f.replica.follows(c) == moved {
		f.bookChange(c)
	}
	switch f.replica.apply(c) {
	case nothingNew:
		return
	case gap:
		f.reread()
		return
	}
	f.dueBy(c)
	configured := c.Revision != before.Revision
	touched := slices.Clone(c.Gone)
	for _, h := range c.Holders {
		touched = append(touched, h.Teammate)
	}
	f.noteSeats(touched)
	touched = append(touched, c.Unwaiting...)
	for _, w := range c.Waiters {
		touched = append(touched, w.Teammate)
	}
	for _, a := range c.Asks {
		touched = append(touched, a.Of)
	}
	if len(c.Unwaiting)+len(c.Waiters) > 0 || !sameLine(before, f.replica.head) {
		f.fanout.line = true
	}
	f.touched(touched, configured)
	for _, a := range c.Asked {
		f.tellAsker(a.From, a.ID, a.Outcome)
	}
	for _, id := range c.Ended {
		if m, ok := f.sessions[id]; ok {
			f.tell(m, (*session).resumedElsewhere)
		}
	}
	f.checkRevision(c.Revision)
}

// dueBy sees to it that what a change will bring about by time comes about, whoever made the change.
func (f *floor) dueBy(c *seats.Change) {
	for _, h := range c.Holders {
		f.timers.dueBy(h.GraceUntil)
		f.timers.dueBy(h.WarnedUntil)
		if after := f.license.Config.IdleAfter; after > 0 && !h.IdleSince.IsZero() {
			f.timers.dueBy(h.IdleSince.Add(after))
		}
	}
	for _, w := range c.Waiters {
		f.timers.dueBy(w.GraceUntil)
		f.timers.dueBy(w.CooldownUntil)
	}
	for _, a := range c.Asks {
		f.timers.dueBy(a.Until)
	}
	f.timers.dueBy(c.HaltUntil)
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
	f.queue.run()
}

// read takes a board as the engine answered it. The caller holds mu.
func (f *floor) read(b seats.Board) {
	f.audit(b)
	if f.replica.loaded() && seats.EpochBefore(f.replica.head.Epoch, b.Epoch) {
		f.forgot(b)
	}
	before, was := f.replica.head, f.replica
	d, ok := f.replica.replace(b)
	if !ok {
		return
	}
	f.bookBoard(&was, &b)
	defer f.vouch()
	defer f.attach()
	if f.replica.position() == (position{before.Epoch, before.Version}) {
		return
	}
	if before.Epoch == "" { // nobody was shown anything
		f.fanout = fanout{from: b.Version, epoch: b.Epoch}
	} else {
		f.noteSeats(d.seats)
		f.fanout.line = f.fanout.line || d.line
	}
	f.touched(d.mates, before.Revision != b.Revision)
	for _, a := range d.ended {
		f.tellAsker(a.From, a.ID, seats.AskWithdrawn)
	}
	f.checkRevision(b.Revision)
}

// audit holds a board that was read against what must always be so.
func (f *floor) audit(b seats.Board) {
	violations := seats.Audit(b)
	if len(violations) == 0 {
		return
	}
	f.metrics.violated(len(violations))
	f.bookNotice(Notice{Kind: NoticeViolation, Detail: fmt.Sprint(violations)})
	f.settings.Logger.Error("seats: the board breaks its own rules", "license", f.id, "violations", violations, "board", b)
}

// touched tells the sessions of teammates what the board says of them now; "" are the administrators, as in an ask.
// configured: the configuration changed with it.
func (f *floor) touched(teammates []seats.TeammateID, configured bool) {
	f.checkLease()
	now := f.timers.engineNow()
	if slices.Contains(teammates, "") {
		teammates = slices.AppendSeq(teammates, maps.Keys(f.administrators))
	}
	for _, t := range teammates {
		f.forgetDrop(t)
		if len(f.byMate[t]) == 0 {
			continue
		}
		view := f.view(t)
		view.configured = configured
		for _, m := range f.byMate[t] {
			f.tell(m, func(s *session) { s.viewed(view, now) })
		}
	}
	f.armFanout()
}

// noteSeats notes whose seats are to be shown to all.
func (f *floor) noteSeats(teammates []seats.TeammateID) {
	if f.fanout.changed == nil {
		f.fanout.changed = map[seats.TeammateID]struct{}{}
	}
	for _, t := range teammates {
		f.fanout.changed[t] = struct{}{}
	}
}

// tellAsker tells who asked what became of it.
func (f *floor) tellAsker(from seats.TeammateID, id seats.AskID, o seats.AskOutcome) {
	for _, m := range f.byMate[from] {
		f.tell(m, func(s *session) { s.askEnded(id, o) })
	}
}

// tellPlaces tells those who wait where they stand, but not while the engine is being told who waits.
func (f *floor) tellPlaces() {
	if f.replica.head.Window {
		return
	}
	line := f.replica.inLine()
	for i, w := range line {
		for _, m := range f.byMate[w.Teammate] {
			f.tell(m, func(s *session) { s.standsAt(w.Turn, i+1, len(line)) })
		}
	}
}

// armFanout sees to it that what changed is shown within a tick.
func (f *floor) armFanout() {
	if f.fanout.armed || f.closed {
		return
	}
	f.fanout.armed = true
	wait := f.tick(f.settings.BoardTick) - f.settings.Now().Sub(f.fanout.flushed)
	f.timers.afterFunc(max(wait, f.settings.BoardTick), f.flush)
}

// flush shows what changed since the last flush: one frame, encoded once, the same bytes to everybody. Where all here were welcomed with
// that, there is none.
func (f *floor) flush() {
	f.lock()
	defer f.unlock()
	shown := f.fanout
	f.fanout = fanout{from: f.replica.head.Version, epoch: f.replica.head.Epoch, flushed: f.settings.Now()}
	if f.closed || shown.epoch == f.replica.head.Epoch && shown.from == f.replica.head.Version {
		return
	}
	shows := sync.OnceValue(func() packet {
		if shown.epoch != f.replica.head.Epoch {
			return f.snapshotPacket()
		}
		return f.changePacket(shown)
	})
	at := f.replica.position()
	for _, m := range f.sessions {
		f.tell(m, func(s *session) { s.board(shows, at) })
	}
	f.metrics.fannedOut(len(f.sessions))
	if shown.line {
		f.tellPlaces()
	}
}

// changePacket is a board.changed from what was shown to what is.
func (f *floor) changePacket(shown fanout) packet {
	var (
		holders []seats.Holder
		delta   wire.BoardDelta
	)
	for t := range shown.changed {
		if h, ok := f.replica.holders[t]; ok {
			holders = append(holders, *h)
		} else {
			delta.Gone = append(delta.Gone, string(t))
		}
	}
	slices.Sort(delta.Gone)
	slices.SortFunc(holders, func(a, b seats.Holder) int { return a.Number - b.Number })
	delta.Board = wireHead(f.replica.head)
	delta.Holders = wireHolders(holders)
	if shown.line {
		line := f.replica.wireWaitlist()
		delta.Waitlist = &line
	}
	return textPacket(wire.Feed(wire.TypeBoardChanged, f.replica.head.Epoch, shown.from, f.replica.head.Version, delta))
}

func (f *floor) snapshotPacket() packet {
	board := f.replica.wireBoard()
	return textPacket(wire.Push(wire.TypeSnapshot, wire.Snapshot{
		Feeds: wire.Feeds{Board: &wire.Position{Epoch: f.replica.head.Epoch, Version: f.replica.head.Version}},
		Board: &board,
	}))
}
