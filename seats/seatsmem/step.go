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
	from    uint64 // version before
	changed bool   // the head changed in itself, not only by holders
	before  []was
	lost    []seats.Loss
	resumed []seats.SessionID
}

// was is a teammate's seat as the step found it.
type was struct {
	*teammate
	seated bool
	holder seats.Holder
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
	s := step{license: l, node: b.Node, from: l.version, before: l.scratch[:0]}
	if !l.opened() && !s.opens(b.Commands) {
		return seats.Outcome{}, &seats.UnopenedError{Last: l.generation}
	}
	l.steps++
	s.expire()
	out := seats.Outcome{Now: moment(l.now), Replies: make([]seats.Reply, len(b.Commands))}
	for i, c := range b.Commands {
		out.Replies[i] = s.run(c)
	}
	if c, changed := s.change(); changed {
		out.Changes = []seats.Change{c}
		l.announce(&out.Changes[0])
	}
	out.Due, out.Epoch, out.Version = l.due(), l.epoch, l.version
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
		return seats.Done{} // before anything else, by opens; or open already
	case seats.Configure:
		return s.configure(c)
	case seats.Renew:
		return s.renew(c)
	case seats.Take:
		return s.take(c)
	case seats.Leave:
		return s.leave(c)
	case seats.Logout:
		return s.logout(c)
	case seats.Drop:
		return s.drop(c)
	case seats.Free:
		return s.free(c)
	case seats.Explain:
		return s.explain(c)
	case seats.Read:
		return s.read()
	}
	panic(fmt.Sprintf("seatsmem: Batch.Validate let an unknown command pass: %T", c))
}

// touch notes how a teammate's seat was before this step first changes it.
func (s *step) touch(t *teammate) {
	if t.touched == s.steps {
		return
	}
	t.touched = s.steps
	s.before = append(s.before, was{teammate: t, seated: t.seated, holder: t.holder})
}

// recount brings a holder's shown number of sessions up to date. To be called after touch.
func (t *teammate) recount() {
	if t.seated {
		t.holder.Sessions = t.live()
	}
}

// change tells what the step came to, with one version more if that is anything.
func (s *step) change() (seats.Change, bool) {
	c := seats.Change{From: s.from, Losses: s.lost, Ended: s.resumed}
	for _, was := range s.before {
		switch {
		case was.teammate.seated && (!was.seated || was.teammate.holder != was.holder):
			c.Holders = append(c.Holders, was.teammate.holder)
		case was.seated && !was.teammate.seated:
			c.Gone = append(c.Gone, was.id)
		}
	}
	if !s.changed && len(c.Holders)+len(c.Gone)+len(c.Losses)+len(c.Ended) == 0 {
		return seats.Change{}, false
	}
	slices.SortFunc(c.Holders, func(a, b seats.Holder) int { return cmp.Compare(a.Number, b.Number) })
	slices.SortFunc(c.Losses, func(a, b seats.Loss) int { return cmp.Compare(a.Fence, b.Fence) })
	slices.Sort(c.Gone)
	slices.Sort(c.Ended)
	s.version = s.from + 1
	c.Head = s.head()
	return c, true
}

// due is the moment at which time alone will change something.
func (l *license) due() time.Time {
	var next int64
	for _, h := range [...]alarms{l.serving, l.graces, l.lapsed} {
		if a := h.first(); a != nil && (next == 0 || a.at < next) {
			next = a.at
		}
	}
	return moment(next)
}
