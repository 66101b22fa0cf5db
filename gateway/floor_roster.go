package gateway

import (
	"context"
	"fmt"
	"sync"
	"time"

	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"
)

// rosterFeed is a floor's copy of the roster, and its way to the sessions.
type rosterFeed struct {
	roster
	colleagues *audience
	truth      *audience                           // administrators
	own        map[presence.TeammateID]*wire.Entry // of those who are here, as all their devices were shown themselves last; nil: not alike
	touched    map[presence.TeammateID]struct{}    // of whom something else is known than was shown
	epoch      string                              // that was shown
	armed      bool
	flushed    time.Time
	flushing   chan struct{} // closed with the next flush; nil: nobody waits for that
}

func newRosterFeed() rosterFeed {
	r := rosterFeed{
		colleagues: newAudience(func(e presence.Entry) wire.Entry { return wireEntry(e.ForColleagues()) }),
		truth:      newAudience(wireEntry),
		own:        map[presence.TeammateID]*wire.Entry{},
		touched:    map[presence.TeammateID]struct{}{},
	}
	r.colleagues.awake = true // of whom there always is one where anything is shown
	return r
}

// audienceOf is the audience that a teammate belongs to.
func (r *rosterFeed) audienceOf(m seats.Member) *audience {
	if m.Administrator {
		return r.truth
	}
	return r.colleagues
}

// ownEntry is a teammate as they see themselves; nil: like all others of their audience do, or not at all.
func (r *rosterFeed) ownEntry(m seats.Member) *wire.Entry {
	if m.Administrator {
		return nil
	}
	e, ok := r.of(presence.TeammateID(m.Teammate))
	if !ok {
		return nil
	}
	theirs := r.colleagues.entries[e.Teammate]
	own := wireOwn(e).Encoded(theirs)
	if own == theirs {
		return nil
	}
	return own
}

// rosterNoticed takes an announcement; nil: some may have been missed. It is called by the engine.
func (f *floor) rosterNoticed(c *presence.Change) {
	f.lock()
	defer f.unlock()
	switch {
	case f.closed:
	case c == nil:
		f.rereadRoster()
	default:
		f.applyRoster(c)
	}
}

// applyRoster moves the roster by a change and tells those whom it concerns. The caller holds mu.
func (f *floor) applyRoster(c *presence.Change) {
	a, touched := f.roster.apply(c)
	switch a {
	case nothingNew:
		return
	case gap:
		f.rereadRoster()
		return
	}
	f.attendance.alarm.dueBy(c.Due)
	for _, e := range c.Ended {
		if m, ok := f.sessions[seats.SessionID(e.Session)]; ok {
			f.tell(m, func(s *session) { s.endedElsewhere(e) })
		}
	}
	f.rosterTouched(touched)
}

// readRoster takes a roster as the engine answered it. The caller holds mu.
func (f *floor) readRoster(read presence.Roster) {
	if touched, ok := f.roster.replace(read); ok {
		f.rosterTouched(touched)
	}
}

// rosterTouched sees to it that what is known of these teammates now is shown within a tick. The caller holds mu.
func (f *floor) rosterTouched(touched []presence.TeammateID) {
	for _, t := range touched {
		f.roster.touched[t] = struct{}{}
		for _, m := range f.byMate[seats.TeammateID(t)] {
			f.arriveAgain(m)
		}
	}
	f.checkRosterRevision()
	if f.roster.armed || f.closed || len(f.sessions) == 0 {
		return
	}
	f.roster.armed = true
	// A change that comes alone is shown at once; where they follow one another they are merged.
	wait := f.tick(f.settings.RosterTick) - f.settings.Now().Sub(f.roster.flushed)
	f.timers.afterFunc(max(wait, 0), func() {
		f.lock()
		defer f.unlock()
		f.roster.armed = false
		f.flushRoster()
	})
}

// reachShown returns when the roster was shown as far as it is known, if a client was shown more than that elsewhere. Should that be
// due soon, it waits: many who come from another node would each have it shown to everybody.
func (f *floor) reachShown(ctx context.Context, shown position) error {
	f.lock()
	r := &f.roster
	if r.colleagues.at.reached(shown) || !r.armed {
		defer f.unlock()
		if !r.colleagues.at.reached(shown) {
			f.flushRoster()
		}
		return nil
	}
	if r.flushing == nil {
		r.flushing = make(chan struct{})
	}
	flushing := r.flushing
	f.unlock()
	select {
	case <-flushing:
		return nil
	case <-f.ctx.Done():
		return fmt.Errorf("%w: %w", presence.ErrUnavailable, errFloorClosed)
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", presence.ErrUnavailable, ctx.Err())
	}
}

// flushRoster shows what is known of the roster now. The caller holds mu.
func (f *floor) flushRoster() {
	r := &f.roster
	if f.closed || !r.loaded() {
		return
	}
	r.flushed = f.settings.Now()
	if r.flushing != nil { // before anybody looks, mu is released
		close(r.flushing)
		r.flushing = nil
	}
	touched := make([]presence.TeammateID, 0, len(r.touched))
	for t := range r.touched {
		touched = append(touched, t)
	}
	clear(r.touched)
	anew := r.epoch != r.head.Epoch
	r.epoch = r.head.Epoch
	of := map[*audience]rosterNews{}
	of[r.colleagues] = r.colleagues.show(&r.roster, touched, nil)
	of[r.truth] = r.truth.show(&r.roster, touched, r.colleagues)
	if anew {
		f.showRosterAnew()
	} else {
		f.showRosterNews(of, touched)
	}
	for a, n := range of {
		if anew || !n.none() {
			a.sent = a.at.version
		}
	}
}

// showRosterAnew shows everybody the whole roster: its epoch is another, and changes do not follow.
func (f *floor) showRosterAnew() {
	clear(f.roster.own)
	for _, m := range f.sessions {
		f.tell(m, func(s *session) {
			if s.wantsRoster() {
				s.rosterSnapshot(f.rosterFor(s.profile.Member))
			}
		})
	}
}

// showRosterNews shows each audience what it sees of the changes: encoded once, the same bytes to all but those who see
// themselves as others do not, and not at all where nobody is to be shown it.
func (f *floor) showRosterNews(of map[*audience]rosterNews, touched []presence.TeammateID) {
	r := &f.roster
	special := f.ownPackets(of[r.colleagues], touched)
	packets := map[*audience]func() packet{}
	for a, n := range of {
		if !n.none() {
			packets[a] = sync.OnceValue(func() packet { return a.changePacket(n, nil) })
		}
	}
	if len(packets)+len(special) == 0 {
		return
	}
	count, administrators := 0, 0
	for _, m := range f.sessions {
		f.tell(m, func(s *session) {
			a := r.audienceOf(s.profile.Member)
			if a == r.truth {
				administrators++
			}
			p, own := special[presence.TeammateID(s.teammate())]
			if !own || a == r.truth {
				p = packets[a]
			}
			if p != nil && s.rosterChanged(p, a.at) {
				count++
			}
		})
	}
	f.metrics.fannedOut(count)
	if administrators == 0 {
		r.truth.sleep()
	}
}

// shownToOne takes that a teammate was shown themselves on one device; nil: as their colleagues see them. That may be ahead of what their
// other devices were shown: then nothing is known that need not be shown to all of them again.
func (r *rosterFeed) shownToOne(t presence.TeammateID, own *wire.Entry) {
	is := r.colleagues.entries[t]
	if own != nil {
		is = own
	}
	if was, known := r.own[t]; known && !was.SameAs(is) {
		is = nil
	}
	r.own[t] = is
}

// ownPackets are for those who are here and see something of themselves that their colleagues see not or otherwise.
func (f *floor) ownPackets(n rosterNews, touched []presence.TeammateID) map[presence.TeammateID]func() packet {
	r := &f.roster
	told := make(map[presence.TeammateID]struct{}, len(n.changed)) // by the frame that all get
	for _, t := range n.changed {
		told[t] = struct{}{}
	}
	packets := map[presence.TeammateID]func() packet{}
	for _, t := range touched {
		e, ok := r.of(t)
		if !ok || len(f.byMate[seats.TeammateID(t)]) == 0 {
			delete(r.own, t)
			continue
		}
		was, known := r.own[t]
		own := wireOwn(e).Encoded(r.colleagues.entries[t], was)
		r.own[t] = own
		_, isTold := told[t]
		changed := !known || !own.SameAs(was)
		switch alike := own.SameAs(r.colleagues.entries[t]); {
		case alike && (isTold || !known || !changed):
		case !alike && !isTold && !changed:
		default:
			packets[t] = sync.OnceValue(func() packet { return r.colleagues.changePacket(n, own) })
		}
	}
	return packets
}

// shownRoster is the roster as a session is shown it.
type shownRoster struct {
	at        position
	whole     []wire.Entry // nil: it is large
	snapshots func() []packet
}

// rosterFor is the roster as a teammate is shown it: as all were shown it last, since the next change follows that,
// but for what they see of themselves. The caller holds mu.
func (f *floor) rosterFor(m seats.Member) shownRoster {
	a, own := f.roster.audienceOf(m), f.roster.ownEntry(m)
	switch a {
	case f.roster.truth:
		a.wake(&f.roster.roster, f.roster.colleagues)
	case f.roster.colleagues:
		f.roster.shownToOne(presence.TeammateID(m.Teammate), own)
	}
	return shownRoster{at: a.at, whole: a.whole(own), snapshots: func() []packet { return a.snapshots(own) }}
}
