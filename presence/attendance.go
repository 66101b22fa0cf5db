package presence

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// Attendance is a [Store] that heals: it opens licenses that the engine does not know, and has it learn of teammates
// whom it does not know yet. Servers talk to it, not to the Store. It keeps no state of its own, and is safe for
// concurrent use.
type Attendance struct {
	store Store
	truth Truth
	lease time.Duration
}

// NewAttendance returns an Attendance. lease is how long nodes' leases last; 0: the engine ends with this process, so
// that no other node can have sessions when it forgot, and there is no window.
func NewAttendance(store Store, truth Truth, lease time.Duration) *Attendance {
	return &Attendance{store: store, truth: truth, lease: lease}
}

// maxSteps bounds how often a batch is healed. Each step has a cause that another node's change can bring about once
// more; a batch that needs this many is answered as unavailable.
const maxSteps = 6

// Do is [Store.Do], healed. [*UnopenedError] does not come back from it, nor [NoTeammate] about a teammate whom the
// database has. A batch that was healed was done in several steps: Changes are theirs in order, and all else is the
// last one's. Errors: [ErrUnavailable], [ErrLate], [ErrInvalid]; and [ErrNoLicense] or the Truth's own, where the license
// could not be opened. Where only who is on the license could not be asked, those whom that concerns
// get [Unhealed].
func (a *Attendance) Do(ctx context.Context, b Batch) (Outcome, error) {
	replies := make([]Reply, len(b.Commands))
	open := make([]int, len(b.Commands)) // not answered yet
	for i := range open {
		open[i] = i
	}
	var changes []Change
	asked := false // the truth, for those whom the engine did not know
	for range maxSteps {
		step := b
		step.Commands = make([]Command, 0, len(open))
		for _, i := range open {
			step.Commands = append(step.Commands, b.Commands[i])
		}
		out, err := a.store.Do(ctx, step)
		if unopened, ok := errors.AsType[*UnopenedError](err); ok {
			opened, err := a.open(ctx, b.License, unopened)
			if err != nil {
				return Outcome{}, err
			}
			changes = append(changes, opened.Changes...)
			continue
		}
		if err != nil {
			return Outcome{}, err
		}
		changes = append(changes, out.Changes...)
		var strangers []int
		for n, i := range open {
			replies[i] = out.Replies[n]
			if _, ok := out.Replies[n].(NoTeammate); ok {
				strangers = append(strangers, i)
			}
		}
		if len(strangers) > 0 && !asked {
			asked = true
			out, err := a.Configure(ctx, b.License)
			if err == nil {
				changes = append(changes, out.Changes...)
				open = strangers
				continue
			}
			for _, i := range strangers {
				replies[i] = Unhealed{err}
			}
		}
		out.Replies, out.Changes = replies, changes
		return out, nil
	}
	return Outcome{}, fmt.Errorf("%w: the license is opened faster than it can be used", ErrUnavailable)
}

// Watch is [Store.Watch].
func (a *Attendance) Watch(ctx context.Context, license LicenseID, notify func(*Change)) (stop func(), err error) {
	return a.store.Watch(ctx, license, notify)
}

// open begins the license's next generation. When another node was faster, it does nothing; the generation that was
// drawn is left out.
func (a *Attendance) open(ctx context.Context, license LicenseID, unopened *UnopenedError) (Outcome, error) {
	all, err := a.truth.Roster(ctx, license, 0)
	if err != nil {
		return Outcome{}, err
	}
	g, err := a.truth.NextEpoch(ctx, license, unopened.Last)
	if err != nil {
		return Outcome{}, err
	}
	o := Open{Generation: g, Config: all.Config, Members: all.Members}
	if g > 1 && a.lease > 0 {
		// Whom no node lets arrive until then was in grace, or on a node that is no more: they would be offline by then.
		o.Window = a.lease + all.Config.Grace
	}
	return a.store.Do(ctx, Batch{License: license, Commands: []Command{o}})
}

// Configure brings the engine to the database's revision. Errors as [Attendance.Do].
func (a *Attendance) Configure(ctx context.Context, license LicenseID) (Outcome, error) {
	// That the engine is up to date is the first guess; a wrong one is answered with the engine's own revision.
	const nobody = Revision(math.MaxInt64)
	changed, err := a.truth.Roster(ctx, license, nobody)
	if err != nil {
		return Outcome{}, err
	}
	c := Configure{Config: changed.Config, Base: changed.Config.Revision}
	var changes []Change
	for range maxSteps {
		// Where the license had to be opened, it is asked again: another node may have opened it with what was true before.
		out, err := a.Do(ctx, Batch{License: license, Commands: []Command{c}})
		if err != nil {
			return Outcome{}, err
		}
		changes = append(changes, out.Changes...)
		stale, ok := out.Replies[0].(StaleRevision)
		if !ok {
			out.Changes = changes
			return out, nil
		}
		if c, err = a.from(ctx, license, stale.Engine); err != nil {
			return Outcome{}, err
		}
	}
	return Outcome{}, fmt.Errorf("%w: the license changes faster than it can be applied", ErrUnavailable)
}

// from is what brings the engine from its revision to the database's. A database that is older than the engine was
// restored from a back-up; it is the truth all the same.
func (a *Attendance) from(ctx context.Context, license LicenseID, engine Revision) (Configure, error) {
	changed, err := a.truth.Roster(ctx, license, engine)
	whole := err == nil && changed.Config.Revision < engine
	if whole {
		changed, err = a.truth.Roster(ctx, license, 0)
	}
	if err != nil {
		return Configure{}, err
	}
	c := Configure{Config: changed.Config, Base: engine, Members: changed.Members, Removed: changed.Removed, Whole: whole}
	if whole {
		c.Base = 0
	}
	return c, nil
}
