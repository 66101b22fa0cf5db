package presencemem

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
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
	before  map[presence.TeammateID]presence.Entry
	closing []presence.Ending // sessions whose connections are to be closed
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
	s := step{license: l, node: b.Node, at: l.now, before: map[presence.TeammateID]presence.Entry{}}
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
	return out, nil
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

// touch notes how the roster showed a teammate before this step first changes that: as without id, where it did not.
func (s *step) touch(id presence.TeammateID) {
	if _, noted := s.before[id]; noted {
		return
	}
	if t := s.teammates[id]; t != nil {
		s.before[id] = t.entry
	} else {
		s.before[id] = presence.Entry{}
	}
}

// change tells what the step came to, with one version more if that is anything.
func (s *step) change() (presence.Change, bool) {
	c := presence.Change{From: s.begun.Version, Ended: s.closing}
	for _, id := range slices.Sorted(maps.Keys(s.before)) {
		was := s.before[id]
		is := s.teammates[id]
		switch {
		case is != nil && !reflect.DeepEqual(was, is.entry):
			c.Entries = append(c.Entries, is.entry)
		case is == nil && was.Teammate != "":
			c.Removed = append(c.Removed, id)
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

// due is the moment at which time alone will change something.
func (l *license) due() time.Time {
	_, at := l.next()
	if l.halt > 0 && (at == 0 || l.halt < at) {
		at = l.halt
	}
	return moment(at)
}
