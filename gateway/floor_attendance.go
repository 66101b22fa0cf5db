package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/presence"
	"usher/seats"
)

// attendance is a floor's way to the presence engine.
type attendance struct {
	presenceLane
	alarm     alarm  // of its clock
	stop      func() // of the watch
	rereading bool
	revising  bool                         // Configure is under way
	absent    map[seats.SessionID]struct{} // whose arrival is under way
	said      uint64                       // counts what the engine is told by say
	untold    map[string]saying            // what of that it has not heard, by matter
	renewed   []func()                     // to be done once the lease was renewed, or could not be
	seen      seenDesk
}

type (
	presenceLane = lane[presence.Command, presence.Reply, presence.Outcome]
	note         = errand[presence.Command, presence.Reply, presence.Outcome]
)

func (a *attendance) init(f *floor) {
	a.presenceLane = presenceLane{floor: f, end: presenceEnd{f}}
	a.alarm = alarm{floor: f, ring: func() { a.poke() }}
	a.absent, a.untold = map[seats.SessionID]struct{}{}, map[string]saying{}
	a.seen.init(f)
}

// presenceEnd is the engine as a presenceLane knows it.
type presenceEnd struct{ *floor }

func (f presenceEnd) before(presence.Command) {}

func (f presenceEnd) batch(commands []presence.Command) func(context.Context) (presence.Outcome, error) {
	b := presence.Batch{License: presence.LicenseID(f.id), Node: presence.NodeID(f.settings.Node), Commands: commands}
	return func(ctx context.Context) (presence.Outcome, error) { return f.settings.Presence.Do(ctx, b) }
}

func (f presenceEnd) answered(notes []note, out *presence.Outcome, _ time.Time) {
	f.attendance.alarm.heard(out.Now, out.Due)
	replies := make([]presence.Reply, len(notes))
	n := 0
	for i, e := range notes {
		if !e.isTick() {
			replies[i] = out.Replies[n]
			n++
		}
	}
	// A roster that was read is of the version before its step, so it comes before the step's change.
	for _, r := range replies {
		if read, ok := r.(presence.RosterRead); ok {
			f.readRoster(read.Roster)
		}
	}
	f.absorbRoster(out)
	f.sayAgain() // but not what comes to be untold now, for want of the directory
	for i, e := range notes {
		if u, ok := replies[i].(presence.Unhealed); ok {
			if e.sticky && !f.closed {
				f.attendance.later(e)
				continue
			}
			f.tryAgain(askAgain)
			f.attendance.answerAll([]note{e}, fmt.Errorf("%w: %w", presence.ErrUnavailable, u.Err))
		} else if e.done != nil {
			e.done(replies[i], out, nil)
		}
	}
}

// absorbRoster takes what a step of our own changed: the announcement of it may be on its way yet. The caller holds mu.
func (f *floor) absorbRoster(out *presence.Outcome) {
	for i := range out.Changes {
		f.attendance.seen.note(out.Changes[i].Entries)
		f.applyRoster(&out.Changes[i])
	}
	if f.roster.loaded() && !f.roster.position().reached(position{out.Epoch, out.Version}) {
		f.rereadRoster()
	}
}

func (f presenceEnd) failed(_ int, err error) verdict {
	switch {
	case errors.Is(err, presence.ErrLate):
		return thisAlone
	case errors.Is(err, presence.ErrNoLicense):
		f.gone()
		return forGood
	case errors.Is(err, presence.ErrInvalid):
		return thisForGood
	}
	return comesAgain
}

func (presenceEnd) unavailable(cause error) error {
	return fmt.Errorf("%w: %w", presence.ErrUnavailable, cause)
}

// retry calls again soon after a failure, if somebody is here, or something is due or waits to be sent.
func (f presenceEnd) retry(tries int) {
	a := &f.attendance
	if len(f.sessions) > 0 || !a.alarm.due.IsZero() || len(a.waiting)+len(a.untold) > 0 {
		f.tryAgain(backOff(tries))
	}
}

// tryAgain has all that the engine has not heard be told again in a while.
func (f presenceEnd) tryAgain(in time.Duration) {
	f.attendance.alarm.tryAgain(in, func() {
		f.arriveAll()
		f.attendance.poke()
	})
}

// rereadRoster asks the engine for the roster, if it is another than this one. The caller holds mu.
func (f *floor) rereadRoster() {
	a := &f.attendance
	if f.closed || a.rereading {
		return
	}
	a.rereading = true
	at := f.roster.position()
	a.put(note{
		command: presence.Read{Epoch: at.epoch, Version: at.version},
		sticky:  true,
		done:    func(presence.Reply, *presence.Outcome, error) { a.rereading = false },
	})
}

// loadRoster makes sure that the roster is watched and was read. Whoever loads the floor calls it.
func (f *floor) loadRoster(ctx context.Context) error {
	f.lock()
	watched := f.attendance.stop != nil
	f.unlock()
	if !watched {
		stop, err := f.settings.Presence.Watch(ctx, presence.LicenseID(f.id), f.rosterNoticed)
		if err != nil {
			return err
		}
		if !f.watch(&f.attendance.stop, stop) {
			stop()
			return fmt.Errorf("%w: %w", presence.ErrUnavailable, errFloorClosed)
		}
	}
	if _, err := await(ctx, &f.attendance.presenceLane, presence.Command(presence.Read{})); err != nil {
		return err
	}
	f.lock()
	defer f.unlock()
	f.flushRoster() // so that whoever comes first is shown something
	return nil
}

// arrivalTries bounds how often an arrival is tried in a row for want of a lease.
const arrivalTries = 3

// arrive lets a session come in. done is called once with what came of it, with mu held; nil reply: it is not known, and
// is tried again as soon as the engine answers. The caller holds mu.
func (f *floor) arrive(m member, tries int, done func(presence.Reply)) {
	id := m.session()
	var c *presence.Arrive
	f.tell(m, func(s *session) { c = s.arrival() })
	if c == nil { // it is not to be let in any more
		delete(f.attendance.absent, id)
		return
	}
	if e, ok := f.roster.kept[c.Teammate]; ok {
		c.Was = presence.Was{Status: e.Status, Since: e.Since}
	}
	f.attendance.absent[id] = struct{}{}
	send := func() {
		f.attendance.put(note{command: *c, done: func(reply presence.Reply, _ *presence.Outcome, err error) {
			_, lacks := reply.(presence.NoLease)
			if lacks && tries < arrivalTries {
				f.renewThen(func() { f.arrive(m, tries+1, done) })
				return
			}
			delete(f.attendance.absent, id)
			if lacks { // the lease could not be had so often: in a while, then
				f.attendance.alarm.tryAgain(resendMost, f.arriveAll)
			}
			done(reply)
		}})
	}
	if f.lease.isOld(f.settings.Now(), reliedOn(f.settings.Lease)) {
		f.renewThen(send)
	} else {
		send()
	}
}

// enterRoster lets a session come in that has just joined the floor.
func (f *floor) enterRoster(m member) {
	f.lock()
	defer f.unlock()
	f.arrive(m, 0, func(reply presence.Reply) {
		f.tell(m, func(s *session) { s.arrived(reply) })
	})
}

// arriveAgain lets a session come in anew that the roster does not have: the engine forgot it, or its arrival's outcome
// was not known. The caller holds mu.
func (f *floor) arriveAgain(m member) {
	id := m.session()
	if _, underWay := f.attendance.absent[id]; underWay || f.closed {
		return
	}
	wants := false
	f.tell(m, func(s *session) { wants = s.wantsIn(f.roster.entries[presence.TeammateID(s.teammate())]) })
	if !wants {
		return
	}
	f.arrive(m, 0, func(reply presence.Reply) {
		if reply != nil {
			f.tell(m, func(s *session) { s.arrivedAgain(reply) })
		}
	})
}

// arriveAll lets all sessions come in anew that the roster does not have. The caller holds mu.
func (f *floor) arriveAll() {
	for _, m := range f.sessions {
		f.arriveAgain(m)
	}
}

// renewThen does something once the node's lease was renewed, or could not be.
func (f *floor) renewThen(do func()) {
	f.attendance.renewed = append(f.attendance.renewed, do)
	f.renew()
}

// tellPresence has the engine told something of a session here, until it has heard it. The caller does not hold mu.
func (f *floor) tellPresence(c presence.Command) {
	f.lock()
	defer f.unlock()
	if idle, ok := c.(presence.SetIdle); ok {
		f.say("idle "+string(idle.Session), c, nil)
		return
	}
	f.attendance.put(note{command: c, sticky: true})
}

// saying is something that the engine is to be told.
type saying struct {
	number  uint64 // those that were said later have higher ones
	command presence.Command
}

// say has the engine told something until it has heard that, or something newer on the same matter: so what waits while an
// engine does not answer is bounded by the matters that there are. done may be nil. The caller holds mu.
func (f *floor) say(matter string, c presence.Command, done func(presence.Reply)) {
	a := &f.attendance
	a.said++
	delete(a.untold, matter)
	f.sayOnce(matter, saying{a.said, c}, done)
}

func (f *floor) sayOnce(matter string, s saying, done func(presence.Reply)) {
	a := &f.attendance
	a.put(note{command: s.command, done: func(reply presence.Reply, _ *presence.Outcome, _ error) {
		// Where both were on their way when the engine failed, the older one is told of first.
		if reply == nil && !f.closed && a.untold[matter].number < s.number {
			a.untold[matter] = s
		}
		if done != nil {
			done(reply)
		}
	}})
}

// sayAgain tells the engine, which answers now, what it has not heard. The caller holds mu.
func (f *floor) sayAgain() {
	untold := f.attendance.untold
	f.attendance.untold = map[string]saying{}
	for matter, s := range untold {
		f.sayOnce(matter, s, nil)
	}
}

// choose commits what a teammate chose, and has it shown.
func (f *floor) choose(m member, e choose) {
	f.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(f.ctx, f.settings.EngineTimeout)
		defer cancel()
		c, err := f.records.Choose(ctx, presence.LicenseID(f.id), e.teammate, e.intent, e.until)
		f.lock()
		defer f.unlock()
		if err != nil {
			f.tell(m, func(s *session) { s.notChosen(e.id, err) })
			return
		}
		// It is committed: the roster has to come to show it, or a later choice.
		f.say("choice "+string(e.teammate), presence.Choose{Teammate: e.teammate, Choice: c}, func(reply presence.Reply) {
			f.tell(m, func(s *session) { s.chosen(e.id, c, reply) })
		})
	})
}

// checkRosterRevision brings the engine's roster to the revision that the license has in the database, as far as known.
// The caller holds mu.
func (f *floor) checkRosterRevision() {
	a := &f.attendance
	if a.revising || f.closed || !f.roster.loaded() || f.roster.head.Revision >= presence.Revision(f.license.Config.Revision) {
		return
	}
	a.revising = true
	f.after = append(f.after, func() {
		f.tasks.Go(func() {
			ctx, cancel := context.WithTimeout(f.ctx, f.settings.EngineTimeout)
			defer cancel()
			out, err := f.settings.Presence.Configure(ctx, presence.LicenseID(f.id))
			f.lock()
			defer f.unlock()
			a.revising = false
			if err == nil {
				f.absorbRoster(&out)
				return
			}
			f.settings.Logger.Warn("presence: license can't be configured", "license", f.id, "error", err)
			f.timers.afterFunc(resendMost, func() {
				f.lock()
				defer f.unlock()
				f.checkRosterRevision()
			})
		})
	})
}
