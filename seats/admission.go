package seats

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Admission is a [Store] that heals: it opens licenses that the engine does not know, brings engine and
// commands to one revision, and gives nodes their first lease. Servers talk to it, not to the Store.
// It keeps no state of its own, and is safe for concurrent use.
type Admission struct {
	store Store
	truth Truth
	lease time.Duration
}

// NewAdmission returns an Admission. lease is how long a node's lease lasts where a healing step renews it.
func NewAdmission(store Store, truth Truth, lease time.Duration) *Admission {
	return &Admission{store: store, truth: truth, lease: lease}
}

// maxSteps bounds how often a batch is healed. Each step has a cause that another node's change can bring
// about once more; a batch that needs this many is answered as unavailable.
const maxSteps = 6

// nobody asks the Truth for a configuration alone: no teammate changed after it.
const nobody Revision = math.MaxInt64

// Do is [Store.Do], healed. [*UnopenedError], [StaleRevision] and [NoLease] do not come back from it.
// A batch that was healed was done in several steps: Changes are theirs in order, and all else is the last one's.
// Errors: [ErrUnavailable], [ErrLate], [ErrInvalid]; and [ErrNoLicense] or the Truth's own, where the license could
// not be opened.
func (a *Admission) Do(ctx context.Context, b Batch) (Outcome, error) {
	h := healing{admission: a, batch: b, replies: make([]Reply, len(b.Commands))}
	for i := range b.Commands {
		h.open = append(h.open, i)
	}
	for range maxSteps {
		done, err := h.step(ctx)
		if err != nil {
			return Outcome{}, err
		}
		if done {
			return h.outcome(), nil
		}
	}
	return Outcome{}, fmt.Errorf("%w: the license's configuration changes faster than it can be applied", ErrUnavailable)
}

// Configure brings the engine to the database's revision. Errors as [Admission.Do].
func (a *Admission) Configure(ctx context.Context, license LicenseID) (Outcome, error) {
	// The guess that the engine is at the revision before spares a round trip in the usual case; a wrong one
	// is answered with the engine's own.
	cfg, _, err := a.truth.Config(ctx, license, nobody)
	if err != nil {
		return Outcome{}, err
	}
	since := max(cfg.Revision-1, 0)
	var changes []Change
	for range maxSteps {
		cfg, changed, err := a.truth.Config(ctx, license, since)
		if err != nil {
			return Outcome{}, err
		}
		out, err := a.Do(ctx, Batch{License: license, Commands: []Command{
			Configure{Config: cfg, Base: since, Changed: changed},
		}})
		if err != nil {
			return Outcome{}, err
		}
		changes = append(changes, out.Changes...)
		stale, ok := out.Replies[0].(StaleRevision)
		if !ok {
			out.Changes = changes
			return out, nil
		}
		since = stale.Engine
	}
	return Outcome{}, fmt.Errorf("%w: the license's configuration changes faster than it can be applied", ErrUnavailable)
}

// Watch is [Store.Watch].
func (a *Admission) Watch(ctx context.Context, license LicenseID, notify func(*Change)) (stop func(), err error) {
	return a.store.Watch(ctx, license, notify)
}

// healing is one batch on its way through the engine.
type healing struct {
	admission *Admission
	batch     Batch
	cure      []Command // what goes before the open commands in the next step
	open      []int     // the commands not answered yet
	replies   []Reply
	last      Outcome
	changes   []Change
	forgot    bool
	renewed   bool
}

// step sends what is open, and prepares the cure for what could not be answered.
func (h *healing) step(ctx context.Context) (done bool, err error) {
	b := h.batch
	b.Commands = append([]Command(nil), h.cure...)
	sent := h.open[:min(len(h.open), MaxBatch-len(h.cure))] // what has no room beside a cure comes with the next step
	for _, i := range sent {
		b.Commands = append(b.Commands, h.batch.Commands[i])
	}
	out, err := h.admission.store.Do(ctx, b)
	if unopened, ok := errors.AsType[*UnopenedError](err); ok {
		return false, h.cureUnopened(ctx, unopened)
	}
	if err != nil {
		return false, err
	}
	h.last = out
	h.changes = append(h.changes, out.Changes...)
	for i, c := range b.Commands {
		if r, ok := out.Replies[i].(Renewed); ok {
			h.renewed = true
			h.forgot = h.forgot || !r.Known
		}
		if o, ok := c.(Open); ok && out.Epoch == o.Generation.Epoch() {
			h.forgot = true
		}
	}
	return h.sort(ctx, sent, out.Replies[len(h.cure):]), nil
}

// sort keeps the replies that are answers to what was sent, and finds a cure for the others. Where the truth can't be
// asked for one, only those that need it go without.
func (h *healing) sort(ctx context.Context, sent []int, replies []Reply) (done bool) {
	unsent := h.open[len(sent):]
	h.cure, h.open = nil, slices.Clone(unsent)
	var (
		needLease bool
		stale     []int
		engine    Revision
	)
	for n, i := range sent {
		switch r := replies[n].(type) {
		case NoLease:
			needLease = true
			h.open = append(h.open, i)
		case StaleRevision:
			if _, ok := h.batch.Commands[i].(Configure); ok {
				h.replies[i] = r // Configure's own answer; Admission.Configure takes it up
			} else if err := h.reload(ctx, i); err != nil {
				h.replies[i] = Unhealed{err}
			} else {
				stale, engine = append(stale, i), r.Engine
			}
		default:
			h.replies[i] = r
		}
	}
	if len(stale) > 0 {
		if err := h.cureStale(ctx, engine); err != nil {
			for _, i := range stale {
				h.replies[i] = Unhealed{err}
			}
			stale = nil
		}
	}
	if needLease {
		h.cure = append(h.cure, Renew{Lease: h.admission.lease})
	}
	h.open = append(h.open, stale...)
	slices.Sort(h.open)
	return len(h.open) == 0
}

// reload reads the teammate of an open command anew.
func (h *healing) reload(ctx context.Context, i int) error {
	now := func(m *Member, r *Revision) (err error) {
		*m, *r, err = h.admission.member(ctx, h.batch.License, *m)
		return err
	}
	var err error
	switch c := h.batch.Commands[i].(type) {
	case Take:
		err = now(&c.Member, &c.Revision)
		h.set(i, c)
	case Claim:
		err = now(&c.Member, &c.Revision)
		h.set(i, c)
	case HandOver:
		err = now(&c.To, &c.Revision)
		h.set(i, c)
	case Explain:
		err = now(&c.Member, &c.Revision)
		h.set(i, c)
	}
	return err
}

// member reads a teammate anew. One who was removed meanwhile is no operator any more: that is theirs to hear,
// and no reason for the batch to fail, which others share.
func (a *Admission) member(ctx context.Context, license LicenseID, m Member) (Member, Revision, error) {
	now, rev, err := a.truth.Member(ctx, license, m.Teammate)
	if !errors.Is(err, ErrNoTeammate) {
		return now, rev, err
	}
	cfg, _, err := a.truth.Config(ctx, license, nobody)
	m.Operator, m.Administrator = false, false
	return m, cfg.Revision, err
}

// set replaces a command in a copy of the list: the caller's stays as it is.
func (h *healing) set(i int, c Command) {
	h.batch.Commands = append([]Command(nil), h.batch.Commands...)
	h.batch.Commands[i] = c
}

// cureStale brings the engine from its revision to the database's. A database that is older than the engine
// was restored from a back-up; it is the truth all the same.
func (h *healing) cureStale(ctx context.Context, engine Revision) error {
	cfg, changed, err := h.admission.truth.Config(ctx, h.batch.License, engine)
	if err != nil {
		return err
	}
	switch {
	case cfg.Revision > engine:
		h.cure = append(h.cure, Configure{Config: cfg, Base: engine, Changed: changed})
	case cfg.Revision < engine:
		cfg, changed, err = h.admission.truth.Config(ctx, h.batch.License, 0)
		if err != nil {
			return err
		}
		h.cure = append(h.cure, Configure{Config: cfg, Changed: changed, Force: true})
	}
	return nil
}

// cureUnopened opens the license's next generation. When another node was faster, Open does nothing, and
// Configure is answered by the revision rules; the generation that was drawn is left out.
func (h *healing) cureUnopened(ctx context.Context, unopened *UnopenedError) error {
	// The configuration comes first: a switch that is turned off after it is in the next one, whose Configure finds the
	// engine behind; one that was turned off before is known to whoever says what was kept.
	cfg, _, err := h.admission.truth.Config(ctx, h.batch.License, nobody)
	if err != nil {
		return err
	}
	open, err := h.admission.truth.NextGeneration(ctx, h.batch.License, unopened.Last)
	if err != nil {
		return err
	}
	h.cure = []Command{open, Configure{Config: cfg, Base: cfg.Revision}}
	if h.batch.Node != "" {
		h.cure = append(h.cure, Renew{Lease: h.admission.lease})
	}
	return nil
}

func (h *healing) outcome() Outcome {
	out := h.last
	out.Replies, out.Changes, out.Forgot, out.Renewed = h.replies, h.changes, h.forgot, h.renewed
	return out
}
