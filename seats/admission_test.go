package seats_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"usher/seats"
	"usher/seats/seatsmem"
)

const lic seats.LicenseID = "lic_test"

// truth is a database of one license.
type truth struct {
	mu         sync.Mutex
	err        error
	config     seats.Config
	members    map[seats.TeammateID]seats.Member
	changed    map[seats.TeammateID]seats.Revision
	generation seats.Generation
	cooldowns  []seats.Cooldown
	reads      func() // called before each read, without the lock; or nil
}

func newTruth() *truth {
	return &truth{
		config:  seats.Config{Revision: 1, Status: seats.Active, Cap: 1, Grace: time.Minute},
		members: map[seats.TeammateID]seats.Member{"tm_ann": operator("tm_ann"), "tm_bob": operator("tm_bob")},
		changed: map[seats.TeammateID]seats.Revision{},
	}
}

func operator(id seats.TeammateID) seats.Member {
	return seats.Member{Teammate: id, Name: string(id), Operator: true}
}

func (tr *truth) change(f func()) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.config.Revision++
	f()
}

func (tr *truth) lock() {
	if tr.reads != nil {
		tr.reads()
	}
	tr.mu.Lock()
}

func (tr *truth) Config(_ context.Context, id seats.LicenseID, since seats.Revision) (seats.Config, []seats.Member, error) {
	tr.lock()
	defer tr.mu.Unlock()
	if id != lic {
		return seats.Config{}, nil, seats.ErrNoLicense
	}
	var changed []seats.Member
	for t, rev := range tr.changed {
		if rev > since {
			m, ok := tr.members[t]
			if !ok {
				m = seats.Member{Teammate: t}
			}
			changed = append(changed, m)
		}
	}
	return tr.config, changed, tr.err
}

func (tr *truth) Member(_ context.Context, _ seats.LicenseID, t seats.TeammateID) (seats.Member, seats.Revision, error) {
	tr.lock()
	defer tr.mu.Unlock()
	m, ok := tr.members[t]
	if !ok {
		return seats.Member{}, 0, seats.ErrNoTeammate
	}
	return m, tr.config.Revision, tr.err
}

func (tr *truth) NextGeneration(_ context.Context, id seats.LicenseID, after seats.Generation) (seats.Open, error) {
	tr.lock()
	defer tr.mu.Unlock()
	if id != lic {
		return seats.Open{}, seats.ErrNoLicense
	}
	tr.generation = max(tr.generation, after) + 1
	return seats.Open{Generation: tr.generation, Cooldowns: tr.cooldowns}, tr.err
}

// desk is an Admission on an engine and a database.
type desk struct {
	*seats.Admission
	t     *testing.T
	truth *truth
	store *seatsmem.Store
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, truth: newTruth(), store: seatsmem.New(seatsmem.Options{})}
	d.Admission = seats.NewAdmission(d.store, d.truth, time.Minute)
	return d
}

func (d *desk) do(node seats.NodeID, commands ...seats.Command) seats.Outcome {
	d.t.Helper()
	out, err := d.Do(d.t.Context(), seats.Batch{License: lic, Node: node, Commands: commands})
	if err != nil {
		d.t.Fatal(err)
	}
	if len(out.Replies) != len(commands) {
		d.t.Fatalf("%d replies to %d commands", len(out.Replies), len(commands))
	}
	return out
}

func (d *desk) board() seats.Board {
	d.t.Helper()
	return d.do("", seats.Read{}).Replies[0].(seats.BoardRead).Board
}

// take is of somebody's first session, as a node knows them that read the license at a revision.
func take(m seats.Member, revision seats.Revision) seats.Take {
	return seats.Take{Member: m, Revision: revision, Session: seats.SessionID("ses_" + m.Teammate), Seq: 1}
}

func granted(t *testing.T, r seats.Reply) seats.Holder {
	t.Helper()
	g, ok := r.(seats.Granted)
	if !ok {
		t.Fatalf("%#v", r)
	}
	return g.Holder
}

func refused(t *testing.T, r seats.Reply, code seats.RefusalCode) {
	t.Helper()
	if got, ok := r.(seats.Refused); !ok || got.Code != code {
		t.Fatalf("%#v, want %s", r, code)
	}
}

// The first who comes finds a license that the engine does not know, and no lease of their node.
func TestAdmissionOpensAndGivesTheFirstLease(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	out := d.do("n1", take(operator("tm_ann"), 1), seats.Read{}, take(operator("tm_bob"), 1))
	if h := granted(t, out.Replies[0]); h.Number != 1 || h.Fence != seats.FencesPerGeneration+1 {
		t.Errorf("%+v", h)
	}
	if _, ok := out.Replies[1].(seats.BoardRead); !ok {
		t.Errorf("%#v", out.Replies[1])
	}
	refused(t, out.Replies[2], seats.SeatsFull)
	if !out.Forgot {
		t.Error("the node is not told that the engine did not know it")
	}
	if out := d.do("n1", seats.Renew{Lease: time.Minute}); out.Forgot {
		t.Error("the engine knows the node now")
	}
	if out := d.do("n2", take(operator("tm_bob"), 1)); !out.Forgot {
		t.Error("another node's first lease is its own")
	}
}

// A batch that is as long as one may be is healed too, although what heals it needs room.
func TestAdmissionHealsAFullBatch(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	commands := []seats.Command{take(operator("tm_ann"), 1)}
	for len(commands) < seats.MaxBatch {
		commands = append(commands, seats.Find{Teammate: "tm_ann"})
	}
	for i, r := range d.do("n1", commands...).Replies {
		switch r := r.(type) {
		case seats.Granted:
		case seats.Found:
			if r.Holder.Teammate != "tm_ann" {
				t.Errorf("reply %d: %+v", i, r)
			}
		default:
			t.Errorf("reply %d: %#v", i, r)
		}
	}
}

// Whoever is named by a command that a node sends with an old revision is read anew: a colleague who is handed a seat, and
// who claims one.
func TestAdmissionReloadsWhoIsNamed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h := granted(t, d.do("n1", take(operator("tm_ann"), 1), take(operator("tm_bob"), 1)).Replies[0])
	d.truth.lock()
	d.truth.config.Revision, d.truth.config.HandOver = 2, seats.HandOverAnyone
	d.truth.mu.Unlock()
	if _, err := d.Configure(t.Context(), lic); err != nil {
		t.Fatal(err)
	}
	handed := d.do("n1", seats.HandOver{Teammate: "tm_ann", Fence: h.Fence, To: operator("tm_bob"), Revision: 1}).Replies[0]
	if _, ok := handed.(seats.HandedOver); !ok {
		t.Errorf("hand over by an old revision: %#v", handed)
	}
	claimed := d.do("n1", seats.Claim{
		Generation: 1, Member: operator("tm_ann"), Revision: 1, Session: "ses_tm_ann", Seq: 2, Holder: h,
	}).Replies[0]
	if _, ok := claimed.(seats.Unclaimed); !ok { // there is no window; what counts is that it is not stale
		t.Errorf("claim by an old revision: %#v", claimed)
	}
}

func TestAdmissionHealsRevisions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		change   func(tr *truth) // after the engine was configured with revision 1
		applied  bool            // the engine was told of it
		revision seats.Revision  // that the node knows
		want     seats.RefusalCode
	}{
		{"node and engine are behind", func(tr *truth) { tr.config.Cap = 0 }, false, 1, ""},
		{"node knows more than the engine", func(tr *truth) { tr.config.Cap = 0 }, false, 2, seats.SeatsFull},
		{"engine knows more than the node", func(tr *truth) { tr.config.Cap = 0 }, true, 1, seats.SeatsFull},
		{"a switch that the node has not seen", func(tr *truth) {
			tr.members["tm_ann"] = seats.Member{Teammate: "tm_ann"}
			tr.changed["tm_ann"] = tr.config.Revision
		}, true, 1, seats.NotOperator},
		{"removed, which the node has not seen", func(tr *truth) {
			delete(tr.members, "tm_ann")
			tr.changed["tm_ann"] = tr.config.Revision
		}, true, 1, seats.NotOperator},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			if _, err := d.Configure(t.Context(), lic); err != nil {
				t.Fatal(err)
			}
			d.truth.change(func() { tc.change(d.truth) })
			if tc.applied {
				if _, err := d.Configure(t.Context(), lic); err != nil {
					t.Fatal(err)
				}
			}
			out := d.do("n1", take(operator("tm_ann"), tc.revision), take(operator("tm_bob"), tc.revision))
			if tc.want == "" {
				granted(t, out.Replies[0])
				return
			}
			refused(t, out.Replies[0], tc.want)
			if tc.want == seats.NotOperator { // which is nobody else's concern
				granted(t, out.Replies[1])
			}
			if got := d.board().Revision; got != 2 {
				t.Errorf("the engine is at revision %d", got)
			}
		})
	}
}

func TestAdmissionHealsExplain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.do("n1", take(operator("tm_bob"), 1))
	d.truth.change(func() { d.truth.config.Cap = 2 })
	for _, revision := range []seats.Revision{2, 1} {
		out := d.do("n1", seats.Explain{Member: operator("tm_ann"), Revision: revision})
		if e, ok := out.Replies[0].(seats.Explained); !ok || e.Rule != seats.SeatOpen || e.Total != 2 {
			t.Errorf("%#v", out.Replies[0])
		}
	}
}

// A database that is older than the engine was restored from a back-up, and is the truth all the same.
func TestAdmissionForcesARestoredRevision(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.do("n1", take(operator("tm_ann"), 1))
	for range 4 {
		d.truth.change(func() { d.truth.config.Cap++ })
		if _, err := d.Configure(t.Context(), lic); err != nil {
			t.Fatal(err)
		}
	}
	d.truth.config.Cap, d.truth.config.Revision = 1, 3
	d.truth.members["tm_ann"] = seats.Member{Teammate: "tm_ann"}
	d.truth.changed["tm_ann"] = 2 // before the back-up; the engine has heard otherwise since
	out := d.do("n1", take(operator("tm_bob"), 3))
	granted(t, out.Replies[0])
	b := d.board()
	if b.Revision != 3 || b.Cap != 1 || b.Used != 1 || b.Holders[0].Teammate != "tm_bob" {
		t.Errorf("%+v", b)
	}
}

func TestConfigureAppliesEveryChange(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.truth.config.Cap = 2
	d.do("n1", take(operator("tm_ann"), 1), take(operator("tm_bob"), 1))
	// Three changes, of which nobody told the engine: the guess at its revision is wrong.
	d.truth.change(func() { d.truth.members["tm_ann"] = seats.Member{Teammate: "tm_ann"}; d.truth.changed["tm_ann"] = 2 })
	d.truth.change(func() { d.truth.config.Cap = 5 })
	d.truth.change(func() { d.truth.config.Cap = 7 })
	out, err := d.Configure(t.Context(), lic)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Changes) != 1 || len(out.Changes[0].Losses) != 1 || out.Changes[0].Cap != 7 {
		t.Errorf("%+v", out.Changes)
	}
	if out, err := d.Configure(t.Context(), lic); err != nil || len(out.Changes) != 0 {
		t.Errorf("%+v %v", out.Changes, err)
	}
}

// Nodes that find a license unopened at once agree on one generation, and nobody is admitted twice over.
func TestNodesOpeningAtOnce(t *testing.T) {
	t.Parallel()
	for range 30 {
		d := newDesk(t)
		const nodes = 8
		outs := make([]seats.Outcome, nodes)
		errs := make([]error, nodes)
		var wg sync.WaitGroup
		for i := range nodes {
			wg.Go(func() {
				m := operator(seats.TeammateID(fmt.Sprintf("tm_%d", i)))
				outs[i], errs[i] = d.Do(t.Context(), seats.Batch{
					License: lic, Node: seats.NodeID(fmt.Sprintf("n%d", i)), Commands: []seats.Command{take(m, 1)},
				})
			})
		}
		wg.Wait()
		holders := 0
		for i, out := range outs {
			if errs[i] != nil {
				t.Fatal(errs[i])
			}
			if out.Epoch != outs[0].Epoch {
				t.Fatalf("epochs %s and %s", out.Epoch, outs[0].Epoch)
			}
			switch out.Replies[0].(type) {
			case seats.Granted:
				holders++
			case seats.Refused:
			default:
				t.Fatalf("%#v", out.Replies[0])
			}
		}
		if b := d.board(); holders != 1 || b.Used != 1 {
			t.Fatalf("%d were let in, %d sit", holders, b.Used)
		}
	}
}

// A cooldown outlives the engine's memory, and fences grow over it.
func TestAnEngineThatForgot(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.truth.config.Cap = 2
	first := granted(t, d.do("n1", take(operator("tm_bob"), 1)).Replies[0])
	d.truth.cooldowns = []seats.Cooldown{{Teammate: "tm_ann", Until: time.Now().Add(time.Hour)}}
	after := &desk{t: t, truth: d.truth, store: seatsmem.New(seatsmem.Options{})}
	after.Admission = seats.NewAdmission(after.store, d.truth, time.Minute)
	out := after.do("n1", take(operator("tm_bob"), 1), take(operator("tm_ann"), 1))
	if h := granted(t, out.Replies[0]); h.Fence <= first.Fence || h.Number != first.Number {
		t.Errorf("%+v after %+v", h, first)
	}
	refused(t, out.Replies[1], seats.InCooldown)
	if !out.Forgot {
		t.Error("the node is not told that its sessions are forgotten")
	}
}

func TestAdmissionErrors(t *testing.T) {
	t.Parallel()
	down := errors.New("database is down")
	for _, tc := range []struct {
		name  string
		batch seats.Batch
		down  bool
		want  error
	}{
		{"no such license", seats.Batch{License: "lic_other"}, false, seats.ErrNoLicense},
		{"database down, license unopened", seats.Batch{License: lic}, true, down},
		{"invalid", seats.Batch{License: lic, Commands: []seats.Command{seats.Take{}}}, false, seats.ErrInvalid},
		{"late", seats.Batch{License: lic, Deadline: time.Unix(1, 0)}, false, seats.ErrLate},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			if tc.down {
				d.truth.err = down
			}
			out, err := d.Do(t.Context(), tc.batch)
			if !errors.Is(err, tc.want) || len(out.Replies) != 0 {
				t.Errorf("%+v, %v, want %v", out, err, tc.want)
			}
		})
	}
	d := newDesk(t)
	if _, err := d.Configure(t.Context(), "lic_other"); !errors.Is(err, seats.ErrNoLicense) {
		t.Error(err)
	}
	d.do("n1", take(operator("tm_ann"), 1))
	d.truth.err = down // nothing is asked of it where nothing has to be healed
	if h := granted(t, d.do("n1", take(operator("tm_ann"), 1)).Replies[0]); h.Number != 1 {
		t.Errorf("%+v", h)
	}
}

// A configuration that changes whenever it is looked at is given up, not chased for ever.
func TestAdmissionGivesUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.do("n1", take(operator("tm_ann"), 1))
	d.truth.reads = func() {
		d.truth.change(func() {})
		if err := d.configureBehindItsBack(); err != nil {
			t.Error(err)
		}
	}
	_, err := d.Do(t.Context(), seats.Batch{License: lic, Node: "n1", Commands: []seats.Command{
		seats.Take{Member: operator("tm_bob"), Revision: 99, Session: "ses_x", Seq: 1},
	}})
	if !errors.Is(err, seats.ErrUnavailable) {
		t.Fatal(err)
	}
}

// configureBehindItsBack moves the engine two revisions ahead of what anybody has read.
func (d *desk) configureBehindItsBack() error {
	d.truth.mu.Lock()
	cfg := d.truth.config
	d.truth.mu.Unlock()
	cfg.Revision += 1000 * cfg.Revision
	_, err := d.store.Do(context.Background(), seats.Batch{License: lic, Commands: []seats.Command{seats.Configure{Config: cfg}}})
	return err
}
