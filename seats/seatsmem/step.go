package seatsmem

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"usher/seats"
)

// step is what one batch does to a license.
type step struct {
	*license
	node    seats.NodeID
	at      int64  // the moment of what is done: of an event that was due, then now
	from    uint64 // version before
	changed bool   // the head changed in itself, not only by holders and waiters
	before  []was
	lost    []seats.Loss
	resumed []seats.SessionID
	asked   []seats.Ask
	askEnd  []seats.AskEnd
}

// was is a teammate's seat and place as the step found them.
type was struct {
	*teammate
	seated  bool
	holder  holder
	waiting bool
	waiter  waiter
}

// late tells whether the batch arrived after its deadline. A zero deadline counts from now on: here a batch
// arrives when it is sent.
func late(b seats.Batch, now int64) bool {
	return !b.Deadline.IsZero() && now >= b.Deadline.UnixMilli()
}

// do runs a batch at a moment of the clock. The lock is held.
func (l *license) do(b seats.Batch, now int64) (seats.Outcome, error) {
	l.now = max(l.now, now)
	if late(b, l.now) {
		return seats.Outcome{}, seats.ErrLate
	}
	s := step{license: l, node: b.Node, at: l.now, from: l.version, before: l.scratch[:0]}
	if !l.opened() && !opens(b.Commands, l.generation) {
		return seats.Outcome{}, &seats.UnopenedError{Last: l.generation}
	}
	l.steps++
	if l.opened() {
		s.pass()
	}
	out := seats.Outcome{Now: moment(l.now), Replies: make([]seats.Reply, len(b.Commands))}
	for i, c := range b.Commands {
		out.Replies[i] = s.run(c)
		s.settle()
	}
	if out.Changes = s.change(); len(out.Changes) > 0 {
		l.announce(&out.Changes[0])
		l.saver.changed(l)
	}
	out.Due, out.Epoch, out.Version = l.due(), l.epoch, l.version
	l.clean()
	l.keep(s.before)
	return out, nil
}

// keep has the next step write its notes where this one did, unless that is more room than most steps need.
func (l *license) keep(before []was) {
	const most = 64
	if cap(before) > most {
		l.scratch = nil
		return
	}
	clear(before)
	l.scratch = before
}

func (s *step) run(c seats.Command) seats.Reply {
	switch c := c.(type) {
	case seats.Open:
		return s.open(c)
	case seats.Configure:
		return s.configure(c)
	case seats.Renew:
		return s.renew(c)
	case seats.Take:
		return s.take(c)
	case seats.Unwait:
		return s.giveUp(c)
	case seats.Leave:
		return s.leave(c)
	case seats.Logout:
		return s.logout(c)
	case seats.Drop:
		return s.drop(c)
	case seats.Free:
		return s.free(c)
	case seats.HandOver:
		return s.handOver(c)
	case seats.Claim:
		return s.claim(c)
	case seats.MakeAsk:
		return s.ask(c)
	case seats.AnswerAsk:
		return s.answerAsk(c)
	case seats.SetIdle:
		return s.setIdle(c)
	case seats.SetRouting:
		return s.setRouting(c)
	case seats.Lift:
		return s.lift(c)
	case seats.Find:
		return s.find(c)
	case seats.Explain:
		return s.explain(c)
	case seats.Read:
		return s.read()
	}
	panic(fmt.Sprintf("seatsmem: Batch.Validate let an unknown command pass: %T", c))
}

// touch notes how a teammate's seat and place were before this step first changes them.
func (s *step) touch(t *teammate) {
	if t.touched == s.steps {
		return
	}
	t.touched = s.steps
	s.before = append(s.before, was{t, t.seated, t.holder, t.waiting, t.waiter})
}

// recount brings what follows from a teammate's sessions, grace and cooldown up to date. To be called after touch.
func (l *license) recount(t *teammate) {
	if t.seated {
		since := t.idleSince()
		t.holder.sessions, t.holder.idleSince = t.live(), since
		if idling := &l.idling[classOf(t.holder.administrator)]; since > 0 {
			idling.put(t, since)
		} else {
			idling.drop(t)
		}
	}
	if t.waiting {
		if ready := !t.grace.set() && !t.cooldown.set(); ready != t.waiter.ready {
			t.waiter.ready = ready
			l.line[classOf(t.waiter.administrator)].mark(t.waiter.turn, ready)
		}
	}
}

// change tells what the step came to, with one version more if that is anything.
func (s *step) change() []seats.Change {
	s.before = slices.DeleteFunc(s.before, was.unchanged)
	if !s.changed && len(s.before)+len(s.lost)+len(s.resumed)+len(s.asked)+len(s.askEnd) == 0 {
		return nil
	}
	changes, holders := s.room()
	c := &changes[0]
	c.From, c.Losses, c.Ended, c.Asks, c.Asked = s.from, s.lost, s.resumed, s.asked, s.askEnd
	for i := range s.before {
		was, is := &s.before[i], s.before[i].teammate
		switch {
		case is.seated && (!was.seated || is.holder != was.holder):
			holders = append(holders, is.held())
			c.Holders = holders
		case was.seated && !is.seated:
			c.Gone = append(c.Gone, is.id)
		}
		switch {
		case is.waiting && (!was.waiting || is.waiter != was.waiter):
			c.Waiters = append(c.Waiters, is.waited())
		case was.waiting && !is.waiting:
			c.Unwaiting = append(c.Unwaiting, is.id)
		}
	}
	slices.SortFunc(c.Holders, func(a, b seats.Holder) int { return cmp.Compare(a.Number, b.Number) })
	slices.SortFunc(c.Waiters, func(a, b seats.Waiter) int { return cmp.Compare(a.Turn, b.Turn) })
	slices.SortFunc(c.Losses, func(a, b seats.Loss) int { return cmp.Compare(a.Fence, b.Fence) })
	slices.SortFunc(c.Asks, func(a, b seats.Ask) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(c.Asked, func(a, b seats.AskEnd) int { return cmp.Compare(a.ID, b.ID) })
	slices.Sort(c.Gone)
	slices.Sort(c.Unwaiting)
	slices.Sort(c.Ended)
	s.version = s.from + 1
	c.Head = s.head()
	return changes
}

// room is for a change and its holders: of most there is one, and all takes one piece of memory.
func (s *step) room() ([]seats.Change, []seats.Holder) {
	seated := 0
	for i := range s.before {
		if s.before[i].teammate.seated {
			seated++
		}
	}
	if seated == 1 {
		var both struct {
			change [1]seats.Change
			holder [1]seats.Holder
		}
		return both.change[:], both.holder[:0]
	}
	return make([]seats.Change, 1), make([]seats.Holder, 0, seated)
}

// unchanged tells whether the teammate's seat and place are as they were.
func (w was) unchanged() bool {
	t := w.teammate
	return t.seated == w.seated && t.waiting == w.waiting && t.holder == w.holder && t.waiter == w.waiter
}

// due is the moment at which time alone will change something.
func (l *license) due() time.Time {
	if l.halted() {
		return moment(l.halt)
	}
	_, at := l.next()
	return moment(at)
}
