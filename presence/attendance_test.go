package presence_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/presence"
	"usher/presence/presencemem"
)

const lic presence.LicenseID = "lic_test"

// truth is a database of one license.
type truth struct {
	mu         sync.Mutex
	err        error
	config     presence.Config
	members    map[presence.TeammateID]presence.Member
	changed    map[presence.TeammateID]presence.Revision
	generation presence.Generation
	asked      int
	reads      func() // called before each read, without the lock; or nil
}

func newTruth() *truth {
	return &truth{
		config:  presence.Config{Revision: 1, Grace: time.Minute},
		members: map[presence.TeammateID]presence.Member{"tm_ann": {Teammate: "tm_ann"}, "tm_bob": {Teammate: "tm_bob"}},
		changed: map[presence.TeammateID]presence.Revision{},
	}
}

// add enrolls a teammate, by one revision.
func (tr *truth) add(id presence.TeammateID) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.config.Revision++
	tr.members[id], tr.changed[id] = presence.Member{Teammate: id}, tr.config.Revision
}

// remove removes a teammate, by one revision.
func (tr *truth) remove(id presence.TeammateID) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.config.Revision++
	delete(tr.members, id)
	tr.changed[id] = tr.config.Revision
}

func (tr *truth) lock() {
	if tr.reads != nil {
		tr.reads()
	}
	tr.mu.Lock()
}

func (tr *truth) Roster(_ context.Context, id presence.LicenseID, since presence.Revision) (presence.Changed, error) {
	tr.lock()
	defer tr.mu.Unlock()
	tr.asked++
	if id != lic {
		return presence.Changed{}, presence.ErrNoLicense
	}
	if tr.err != nil {
		return presence.Changed{}, tr.err
	}
	c := presence.Changed{Config: tr.config}
	for t, m := range tr.members {
		if since == 0 || tr.changed[t] > since {
			c.Members = append(c.Members, m)
		}
	}
	for t, revision := range tr.changed {
		if _, there := tr.members[t]; !there && since > 0 && revision > since {
			c.Removed = append(c.Removed, t)
		}
	}
	return c, nil
}

func (tr *truth) NextEpoch(_ context.Context, id presence.LicenseID, after presence.Generation) (presence.Generation, error) {
	tr.lock()
	defer tr.mu.Unlock()
	if id != lic {
		return 0, presence.ErrNoLicense
	}
	tr.generation = max(tr.generation, after) + 1
	return tr.generation, tr.err
}

// engine is a store on which tests can have things happen.
type engine struct {
	presence.Store
	before func(b presence.Batch) error // before each batch; an error is what the batch comes to. Or nil
}

func (e *engine) Do(ctx context.Context, b presence.Batch) (presence.Outcome, error) {
	if e.before != nil {
		if err := e.before(b); err != nil {
			return presence.Outcome{}, err
		}
	}
	return e.Store.Do(ctx, b)
}

// desk is an Attendance on an engine and a database.
type desk struct {
	*presence.Attendance
	t      *testing.T
	truth  *truth
	engine *engine
}

func newDesk(t *testing.T, lease time.Duration) *desk {
	d := &desk{t: t, truth: newTruth(), engine: &engine{}}
	d.forget()
	d.Attendance = presence.NewAttendance(d.engine, d.truth, lease)
	return d
}

// forget has the engine lose its memory.
func (d *desk) forget() {
	d.engine.Store = presencemem.New(presencemem.Options{Now: func() time.Time { return nine }})
}

func (d *desk) do(commands ...presence.Command) presence.Outcome {
	d.t.Helper()
	out, err := d.Do(d.t.Context(), presence.Batch{License: lic, Node: "n1", Commands: commands})
	if err != nil {
		d.t.Fatal(err)
	}
	if len(out.Replies) != len(commands) {
		d.t.Fatalf("%d replies to %d commands", len(out.Replies), len(commands))
	}
	return out
}

func (d *desk) roster() presence.Roster {
	d.t.Helper()
	return d.do(presence.Read{}).Replies[0].(presence.RosterRead).Roster
}

func (d *desk) teammates() []presence.TeammateID {
	d.t.Helper()
	var all []presence.TeammateID
	for _, e := range d.roster().Entries {
		all = append(all, e.Teammate)
	}
	return all
}

// follow fails unless changes lead from one to the next, to where the outcome is.
func follow(t *testing.T, out presence.Outcome) {
	t.Helper()
	for i, c := range out.Changes {
		if i > 0 && c.From != out.Changes[i-1].Version {
			t.Errorf("a change from %d after version %d", c.From, out.Changes[i-1].Version)
		}
	}
	if last := out.Changes[len(out.Changes)-1]; last.Version != out.Version || last.Epoch != out.Epoch {
		t.Errorf("changes lead to %s/%d, the outcome is at %s/%d", last.Epoch, last.Version, out.Epoch, out.Version)
	}
}

func arrives(t presence.TeammateID) presence.Arrive {
	return presence.Arrive{Teammate: t, Session: presence.SessionID("ses_" + t), Seq: 1}
}

func present(t *testing.T, replies ...presence.Reply) {
	t.Helper()
	for _, r := range replies {
		if _, ok := r.(presence.Present); !ok {
			t.Errorf("%#v, want present", r)
		}
	}
}

func TestAttendanceOpens(t *testing.T) {
	t.Parallel()
	d := newDesk(t, time.Minute)
	out := d.do(arrives("tm_ann"), presence.Read{}, arrives("tm_bob"))
	present(t, out.Replies[0], out.Replies[2])
	if len(out.Changes) != 2 || out.Version != 2 {
		t.Errorf("%+v", out.Changes)
	}
	follow(t, out)
	if window := d.roster().WindowUntil; !window.IsZero() {
		t.Errorf("the first generation has a window until %s", window)
	}
}

// A later generation has a window, in which the nodes that there may be let their sessions arrive anew.
func TestAttendanceOpensWithAWindow(t *testing.T) {
	t.Parallel()
	for _, lease := range []time.Duration{0, 15 * time.Second} {
		d := newDesk(t, lease)
		d.do()
		d.forget()
		out := d.do(presence.Read{})
		read := out.Replies[0].(presence.RosterRead).Roster
		want := time.Time{}
		if lease > 0 {
			want = out.Now.Add(lease + time.Minute)
		}
		if !read.WindowUntil.Equal(want) || read.Epoch != presence.Generation(2).Epoch() {
			t.Errorf("lease %s: window until %s in epoch %s, want %s", lease, read.WindowUntil, read.Epoch, want)
		}
	}
}

// Who was added, and whose node has not told the engine, is asked for; once for all of a batch.
func TestAttendanceLearnsOfStrangers(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	d.do()
	d.truth.add("tm_cid")
	d.truth.add("tm_dan")
	asked := d.truth.asked
	var sent []int // commands of each batch
	d.engine.before = func(b presence.Batch) error {
		sent = append(sent, len(b.Commands))
		return nil
	}
	out := d.do(
		arrives("tm_cid"), arrives("tm_ann"), arrives("tm_eve"),
		presence.Choose{Teammate: "tm_dan", Choice: presence.Choice{Number: 1, Status: presence.Busy}},
	)
	present(t, out.Replies[0], out.Replies[1])
	if _, ok := out.Replies[2].(presence.NoTeammate); !ok {
		t.Errorf("%#v, want that there is nobody of that name", out.Replies[2])
	}
	if c, ok := out.Replies[3].(presence.Chosen); !ok || c.Entry.Teammate != "tm_dan" {
		t.Errorf("%#v", out.Replies[3])
	}
	if n := d.truth.asked - asked; n != 2 { // how far it is, and what changed
		t.Errorf("the database was asked %d times", n)
	}
	if want := []int{4, 1, 1, 3}; !slices.Equal(sent, want) { // who is known is not sent again
		t.Errorf("batches of %v commands, want %v", sent, want)
	}
	if len(out.Changes) != 3 {
		t.Errorf("%d changes, want one of each step", len(out.Changes))
	}
	follow(t, out)
}

// While the database is down, those whom the engine knows are served.
func TestAttendanceWithoutADatabase(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	d.do()
	down := errors.New("database is down")
	d.truth.err = down
	out := d.do(arrives("tm_cid"), arrives("tm_ann"))
	if r, ok := out.Replies[0].(presence.Unhealed); !ok || !errors.Is(r.Err, down) {
		t.Errorf("%#v, want unhealed for the database", out.Replies[0])
	}
	present(t, out.Replies[1])
	follow(t, out)
	d.forget()
	if _, err := d.Do(t.Context(), presence.Batch{License: lic}); !errors.Is(err, down) {
		t.Errorf("%v, want %v", err, down)
	}
}

// The engine forgets between the step that did not know somebody and the one that should.
func TestAttendanceOfAnEngineThatForgetsMeanwhile(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	d.do()
	d.truth.add("tm_cid")
	once := false
	d.engine.before = func(b presence.Batch) error {
		if _, ok := slices.Concat(b.Commands, []presence.Command{nil})[0].(presence.Configure); ok && !once {
			once = true
			d.forget()
		}
		return nil
	}
	out := d.do(arrives("tm_cid"))
	present(t, out.Replies[0])
	if out.Epoch != presence.Generation(2).Epoch() {
		t.Errorf("epoch %s", out.Epoch)
	}
}

func TestAttendanceErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		batch presence.Batch
		err   error // of the engine
		want  error
	}{
		{"no such license", presence.Batch{License: "lic_other"}, nil, presence.ErrNoLicense},
		{"invalid", presence.Batch{License: lic, Commands: []presence.Command{presence.Arrive{}}}, nil, presence.ErrInvalid},
		{"late", presence.Batch{License: lic, Deadline: nine}, nil, presence.ErrLate},
		{"unavailable", presence.Batch{License: lic}, presence.ErrUnavailable, presence.ErrUnavailable},
	} {
		d := newDesk(t, 0)
		d.engine.before = func(presence.Batch) error { return tc.err }
		out, err := d.Do(t.Context(), tc.batch)
		if !errors.Is(err, tc.want) || len(out.Replies) != 0 {
			t.Errorf("%s: %+v, %v, want %v", tc.name, out, err, tc.want)
		}
		if !errors.Is(tc.want, presence.ErrNoLicense) && !errors.Is(tc.want, presence.ErrUnavailable) {
			continue
		}
		if _, err := d.Configure(t.Context(), tc.batch.License); !errors.Is(err, tc.want) {
			t.Errorf("%s: configuring: %v, want %v", tc.name, err, tc.want)
		}
	}
}

// What changes whenever it is looked at is given up, not chased for ever.
func TestAttendanceGivesUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	d.engine.before = func(b presence.Batch) error {
		if len(b.Commands) == 0 {
			return &presence.UnopenedError{}
		}
		return nil
	}
	if _, err := d.Do(t.Context(), presence.Batch{License: lic}); !errors.Is(err, presence.ErrUnavailable) {
		t.Errorf("a license that is never open: %v", err)
	}
	d = newDesk(t, 0)
	d.do()
	d.engine.before = func(b presence.Batch) error {
		c, ok := b.Commands[0].(presence.Configure)
		if !ok {
			return nil
		}
		c.Whole, c.Config.Revision = true, c.Config.Revision+100 // somebody else was faster, with what nobody has read
		_, err := d.engine.Store.Do(t.Context(), presence.Batch{License: lic, Commands: []presence.Command{c}})
		return err
	}
	d.truth.reads = func() { d.truth.config.Revision += 200 }
	_, err := d.Configure(t.Context(), lic)
	if !errors.Is(err, presence.ErrUnavailable) {
		t.Errorf("a license that changes all the time: %v", err)
	}
}

func TestConfigureAppliesEveryChange(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	d.do(arrives("tm_ann"))
	// Three changes of which nobody told the engine: the guess at its revision is wrong.
	d.truth.add("tm_cid")
	d.truth.remove("tm_ann")
	d.truth.add("tm_dan")
	out, err := d.Configure(t.Context(), lic)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Changes) != 1 || out.Changes[0].Revision != 4 || len(out.Changes[0].Ended) != 1 {
		t.Errorf("%+v", out.Changes)
	}
	if got := d.teammates(); !slices.Equal(got, []presence.TeammateID{"tm_bob", "tm_cid", "tm_dan"}) {
		t.Errorf("%v", got)
	}
	asked := d.truth.asked
	if out, err := d.Configure(t.Context(), lic); err != nil || len(out.Changes) != 0 || d.truth.asked != asked+1 {
		t.Errorf("once more: %+v %v", out.Changes, err)
	}
	d.forget()
	if out, err := d.Configure(t.Context(), lic); err != nil || len(out.Changes) != 1 || len(out.Changes[0].Entries) != 3 {
		t.Errorf("an engine that forgot: %+v %v", out.Changes, err)
	}
}

// A database that is older than the engine was restored from a back-up, and is the truth all the same.
func TestConfigureFromARestoredDatabase(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	d.do(arrives("tm_ann"))
	d.truth.add("tm_cid")
	d.truth.remove("tm_bob")
	if _, err := d.Configure(t.Context(), lic); err != nil {
		t.Fatal(err)
	}
	d.truth = newTruth()
	d.Attendance = presence.NewAttendance(d.engine, d.truth, 0)
	if _, err := d.Configure(t.Context(), lic); err != nil {
		t.Fatal(err)
	}
	if got := d.teammates(); !slices.Equal(got, []presence.TeammateID{"tm_ann", "tm_bob"}) || d.roster().Revision != 1 {
		t.Errorf("%v at revision %d", got, d.roster().Revision)
	}
	if e := d.roster().Entries[0]; e.Status != presence.Online {
		t.Errorf("ann was thrown out: %+v", e)
	}
}

// Another node opens the license with what it read before the change.
func TestConfigureOfALicenseThatAnotherOpens(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 0)
	before, err := d.truth.Roster(t.Context(), lic, 0)
	if err != nil {
		t.Fatal(err)
	}
	d.truth.add("tm_cid")
	d.engine.before = func(presence.Batch) error {
		d.engine.before = nil
		d.do(presence.Open{Generation: 1, Config: before.Config, Members: before.Members})
		return &presence.UnopenedError{}
	}
	out, err := d.Configure(t.Context(), lic)
	if r := d.roster(); err != nil || r.Revision != 2 || out.Version != r.Version || !slices.Contains(d.teammates(), "tm_cid") {
		t.Errorf("%v; %v at revision %d, version %d of %d", err, d.teammates(), r.Revision, out.Version, r.Version)
	}
}

// Nodes that find a license unopened at once agree on one generation.
func TestNodesOpeningAtOnce(t *testing.T) {
	t.Parallel()
	for range 30 {
		d := newDesk(t, 0)
		const nodes = 8
		for i := range nodes {
			d.truth.add(presence.TeammateID(fmt.Sprintf("tm_%d", i)))
		}
		outs := make([]presence.Outcome, nodes)
		errs := make([]error, nodes)
		var wg sync.WaitGroup
		for i := range nodes {
			wg.Go(func() {
				outs[i], errs[i] = d.Do(t.Context(), presence.Batch{
					License: lic, Node: presence.NodeID(fmt.Sprintf("n%d", i)),
					Commands: []presence.Command{arrives(presence.TeammateID(fmt.Sprintf("tm_%d", i)))},
				})
			})
		}
		wg.Wait()
		for i, out := range outs {
			if errs[i] != nil {
				t.Fatal(errs[i])
			}
			present(t, out.Replies[0])
		}
		here := 0
		for _, e := range d.roster().Entries {
			here += len(e.Devices)
		}
		if here != nodes {
			t.Fatalf("%d of %d are here", here, nodes)
		}
	}
}
