package presencemem

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"usher/presence"
)

// step is what one batch does to a license.
type step struct {
	*license
	node    presence.NodeID
	at      int64         // the moment of what is done: of an event that was due, then now
	begun   presence.Head // as the step found it
	before  []was
	closing []presence.Ending // sessions whose connections are to be closed
}

// was is how the roster showed a teammate when the step first changed that.
type was struct {
	id    presence.TeammateID
	entry presence.Entry // without an id: it did not
}

// late tells whether the batch arrived after its deadline. A zero deadline counts from now on: here a batch
// arrives when it is sent.
func late(b presence.Batch, now int64) bool {
	return !b.Deadline.IsZero() && now >= b.Deadline.UnixMilli()
}

// opens tells whether the batch begins with an Open.
func opens(b presence.Batch) bool {
	if len(b.Commands) == 0 {
		return false
	}
	_, ok := b.Commands[0].(presence.Open)
	return ok
}

// do runs a batch at a moment of the clock. The lock is held.
func (l *license) do(b presence.Batch, now int64) (presence.Outcome, error) {
	l.now = max(l.now, now)
	if late(b, l.now) {
		return presence.Outcome{}, presence.ErrLate
	}
	if !l.opened() && !opens(b) {
		return presence.Outcome{}, &presence.UnopenedError{}
	}
	s := step{license: l, node: b.Node, at: l.now, before: l.scratch[:0]}
	l.steps++
	if l.opened() {
		s.begun = l.head()
		s.pass()
	}
	out := presence.Outcome{Now: moment(l.now), Replies: make([]presence.Reply, len(b.Commands))}
	for i, c := range b.Commands {
		out.Replies[i] = s.run(c)
	}
	if c, changed := s.change(); changed {
		out.Changes = []presence.Change{c}
		l.announce(&out.Changes[0])
	}
	out.Due, out.Epoch, out.Version = l.due(), l.generation.Epoch(), l.version
	l.keep(s.before)
	return out, nil
}

// keep has the next step write its notes where this one did, unless that is more room than most steps need.
func (l *license) keep(before []was) {
	const most = 16
	if cap(before) > most {
		l.scratch = nil
		return
	}
	clear(before)
	l.scratch = before
}

func (s *step) run(c presence.Command) presence.Reply {
	switch c := c.(type) {
	case presence.Open:
		return s.open(c)
	case presence.Configure:
		return s.configure(c)
	case presence.Arrive:
		return s.arrive(c)
	case presence.SetIdle:
		return s.setIdle(c)
	case presence.Depart:
		return s.depart(c)
	case presence.Drop:
		return s.drop(c)
	case presence.Choose:
		return s.choose(c)
	case presence.Expel:
		return s.expel(c)
	case presence.Read:
		return s.read(c)
	}
	panic(fmt.Sprintf("presencemem: Batch.Validate let an unknown command pass: %T", c))
}

// touch notes how the roster shows a teammate before this step first changes that.
func (s *step) touch(t *teammate) {
	if t.touched != s.steps {
		t.touched = s.steps
		s.before = append(s.before, was{t.id(), t.entry})
	}
}

// change tells what the step came to, with one version more if that is anything.
func (s *step) change() (presence.Change, bool) {
	c := presence.Change{From: s.begun.Version, Ended: s.closing}
	slices.SortStableFunc(s.before, func(a, b was) int { return cmp.Compare(a.id, b.id) })
	for i := range s.before {
		was := &s.before[i]
		if i > 0 && s.before[i-1].id == was.id {
			continue // removed and enrolled anew in this step: how it began counts
		}
		is := s.teammates[was.id]
		switch {
		case is != nil && !same(&was.entry, &is.entry):
			c.Entries = append(c.Entries, is.entry)
		case is == nil && was.entry.Teammate != "":
			c.Removed = append(c.Removed, was.id)
		}
	}
	if s.head() == s.begun && len(c.Entries)+len(c.Removed)+len(c.Ended) == 0 {
		return presence.Change{}, false
	}
	if len(c.Entries)+len(c.Removed) > presence.MostAnnounced {
		c.Large, c.Entries, c.Removed = true, nil, nil
	}
	slices.SortFunc(c.Ended, func(a, b presence.Ending) int { return cmp.Compare(a.Session, b.Session) })
	s.version++
	c.Head, c.Due = s.head(), s.due()
	return c, true
}

// same tells whether two entries say the same.
func same(a, b *presence.Entry) bool {
	return a.Teammate == b.Teammate && a.Name == b.Name && a.Operator == b.Operator && a.Administrator == b.Administrator &&
		a.Status == b.Status && a.Note == b.Note && a.Until.Equal(b.Until) && a.Since.Equal(b.Since) &&
		slices.Equal(a.Devices, b.Devices) && a.GraceUntil.Equal(b.GraceUntil) && a.VisibleSince.Equal(b.VisibleSince) &&
		a.Seen == b.Seen && a.Heard == b.Heard
}

// due is the moment at which time alone will change something.
func (l *license) due() time.Time {
	_, at := l.next()
	if l.halt > 0 && (at == 0 || l.halt < at) {
		at = l.halt
	}
	return moment(at)
}
