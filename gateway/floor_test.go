package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/gateway/wire"
	"usher/seats"
	"usher/seats/seatsmem"

	"github.com/google/go-cmp/cmp"
)

// counting is an engine that notes the batches it gets.
type counting struct {
	seats.Store
	mu      sync.Mutex
	batches []seats.Batch
}

func (s *counting) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	s.mu.Lock()
	s.batches = append(s.batches, b)
	s.mu.Unlock()
	return s.Store.Do(ctx, b)
}

func (s *counting) take() []seats.Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.batches
	s.batches = nil
	return b
}

func (tr *troupe) board() seats.Board {
	tr.floor.lock()
	defer tr.floor.unlock()
	return tr.floor.replica.board()
}

func (tr *troupe) part(a *actor) {
	a.mu.Lock()
	had, continued := a.s.seat, a.s.here.continued
	drop, gone := a.s.closed()
	a.mu.Unlock()
	if gone != nil {
		tr.floor.tellPresence(gone)
	}
	switch {
	case drop != nil && continued:
		tr.floor.dropLater(drop)
	case drop != nil:
		tr.floor.drop(drop, a.mate, had)
	}
	tr.floor.part(a, a.mate)
}

func expectTold(t *testing.T, a *actor, want ...string) {
	t.Helper()
	synctest.Wait()
	if d := cmp.Diff(append([]string{}, want...), append([]string{}, a.told()...)); d != "" {
		t.Fatalf("%s was told (- wanted):\n%s", a.mate, d)
	}
}

// Seats end at their moment, without anybody asking; leases are kept for as long as somebody is here.
func TestTimeMovesByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := newTroupe(t, seatsmem.New(seatsmem.Options{}), NewMemoryRecords(1))
		defer tr.close()
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
		meg := tr.join("tm_meg", "ses_meg", wire.Hello{Seat: wire.AskNone})
		expectTold(t, ann, "hi: welcome held 1/1000000001 open")
		expectTold(t, meg, "hi: welcome none not_operator")
		time.Sleep(8 * time.Hour)
		synctest.Wait()
		if b := tr.board(); b.Used != 1 || b.Holders[0].InGrace() {
			t.Fatalf("%+v", b)
		}
		tr.part(ann)
		synctest.Wait()
		left := time.Now()
		grace := tr.records.license.Config.Grace
		if b := tr.board(); !b.Holders[0].InGrace() {
			t.Fatalf("%+v", b)
		}
		time.Sleep(grace - 10*time.Millisecond)
		synctest.Wait()
		if b := tr.board(); b.Used != 1 {
			t.Fatalf("lost before grace was over: %+v", b)
		}
		time.Sleep(110 * time.Millisecond)
		synctest.Wait()
		if b := tr.board(); b.Used != 0 {
			t.Fatalf("held %s after the drop, of which grace is %s", time.Since(left), grace)
		}
		if last := meg.feed[len(meg.feed)-1]; last.version != tr.floor.replica.head.Version {
			t.Fatalf("meg was shown %v", last)
		}
	})
}

// A seat that went into grace on another node, which then died, ends at its moment: this node hears of the moment
// through the board, and does not wait for its own next call.
func TestPromise7_GraceBegunOnAnotherNodeEndsAtItsMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, records := seatsmem.New(seatsmem.Options{}), NewMemoryRecords(1)
		const grace = 2 * time.Second // shorter than it takes until this node's next renewal
		records.Restore(func(l *License) { l.Config.Grace = grace })
		tr := newTroupe(t, store, records)
		defer tr.close()
		dan := tr.join("tm_dan", "ses_dan", wire.Hello{Seat: wire.AskNone})
		expectTold(t, dan, "hi: welcome none no_seat")

		other := seats.NewAdmission(store, records, time.Minute)
		do := func(c seats.Command) {
			t.Helper()
			if _, err := other.Do(t.Context(), seats.Batch{License: TheLicense, Node: "node_other", Commands: []seats.Command{c}}); err != nil {
				t.Fatal(err)
			}
		}
		m, rev, err := records.Member(t.Context(), TheLicense, "tm_ann")
		if err != nil {
			t.Fatal(err)
		}
		do(seats.Take{Member: m, Revision: rev, Session: "ses_ann", Seq: 1})
		do(seats.Drop{Teammate: "tm_ann", Session: "ses_ann"})
		time.Sleep(grace + 100*time.Millisecond)
		synctest.Wait()
		if b := tr.board(); b.Used != 0 {
			t.Fatalf("%+v", b.Holders)
		}
	})
}

// What comes while a batch is under way leaves with the next one.
func TestCommandsLeaveTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		faulty := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
		store := &counting{Store: faulty}
		tr := newTroupe(t, store, NewMemoryRecords(3), func(o *Options) { o.EngineTimeout = time.Minute })
		defer tr.close()
		tr.join("tm_ann", "ses_ann", wire.Hello{})
		synctest.Wait()
		store.take()
		faulty.Set(Hang)
		for i := range 50 {
			tr.join("tm_bob", seats.SessionID(fmt.Sprintf("ses_%d", i)), wire.Hello{})
			synctest.Wait()
		}
		faulty.Set(None)
		synctest.Wait()
		batches := store.take()
		if len(batches) != 2 || len(batches[0].Commands) != 1 || len(batches[1].Commands) != 49 {
			t.Fatalf("%d batches", len(batches))
		}
		if b := tr.board(); b.Used != 2 || b.Holders[1].Sessions != 50 {
			t.Fatalf("%+v", b)
		}
	})
}

// Many commands are sent in batches that healing has room in.
func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		faulty := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
		store := &counting{Store: faulty}
		tr := newTroupe(t, store, NewMemoryRecords(3), func(o *Options) { o.EngineTimeout = time.Minute })
		defer tr.close()
		faulty.Set(Hang)
		for i := range 1000 {
			tr.join("tm_bob", seats.SessionID(fmt.Sprintf("ses_%d", i)), wire.Hello{})
		}
		faulty.Set(None)
		synctest.Wait()
		for _, b := range store.take() {
			if len(b.Commands) > seats.MaxBatch {
				t.Fatalf("%d commands", len(b.Commands))
			}
		}
		if b := tr.board(); b.Holders[0].Sessions != 1000 {
			t.Fatalf("%+v", b)
		}
	})
}

// Changes within a tick are one frame, and what undoes itself within one is shown as it is at the end.
func TestChangesOfATickAreOneFrame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := seatsmem.New(seatsmem.Options{})
		tr := newTroupe(t, store, NewMemoryRecords(3), func(o *Options) { o.BoardTick = 100 * time.Millisecond })
		defer tr.close()
		meg := tr.join("tm_meg", "ses_meg", wire.Hello{Seat: wire.AskNone})
		synctest.Wait()
		first := tr.floor.replica.head.Version
		for _, who := range []seats.TeammateID{"tm_ann", "tm_bob", "tm_cid"} {
			a := tr.join(who, seats.SessionID("ses_"+who), wire.Hello{})
			synctest.Wait()
			if who == "tm_bob" {
				a.request("1", wire.TypeLogout)
				synctest.Wait()
			}
		}
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if want := []position{{"1", first + 4}}; !slices.Equal(meg.feed, want) {
			t.Fatalf("shown %v, want %v", meg.feed, want)
		}
	})
}

// An engine that is out of reach costs nobody a seat for less than lease and grace, nor for however long when nobody
// else reached it either. When the lease is about to end by the node's own clock, nobody may act on a seat until it is
// known what became of it.
func TestOutages(t *testing.T) {
	t.Parallel()
	suspended := []string{"seat.suspended 1000000001", "access.changed no_seat"}
	restored := []string{"seat.restored held 1/1000000001", "access.changed open"}
	for _, tc := range []struct {
		name         string
		outage       time.Duration
		others       bool // another node reaches the engine
		during, then []string
	}{
		{"within the lease", 7 * time.Second, true, nil, nil},
		{"within grace", 38 * time.Second, true, suspended, restored},
		{"beyond", 60 * time.Second, true, suspended, []string{"seat.lost expired 1000000001"}},
		{"far beyond", time.Hour, true, suspended, []string{"seat.lost expired 1000000001"}},
		{"for all", 60 * time.Second, false, suspended, restored},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := seatsmem.New(seatsmem.Options{})
				faulty := NewFaultyStore(store)
				tr := newTroupe(t, faulty, NewMemoryRecords(1))
				defer tr.close()
				ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
				expectTold(t, ann, "hi: welcome held 1/1000000001 open")
				other := seats.NewAdmission(store, tr.records, 15*time.Second)
				faulty.Set(Cut)
				for range int(tc.outage / time.Second) {
					time.Sleep(time.Second)
					if tc.others {
						renew(t, other)
					}
				}
				expectTold(t, ann, tc.during...)
				faulty.Set(None)
				time.Sleep(12 * time.Second)
				expectTold(t, ann, tc.then...)
				ann.request("1", wire.TypeSeatTake)
				if len(tc.then) != 1 {
					expectTold(t, ann, "1: ok held 1/1000000001")
				} else {
					expectTold(t, ann, "1: ok held 1/1000000002", "access.changed open")
				}
				time.Sleep(time.Hour)
				expectTold(t, ann)
			})
		})
	}
}

// renew has another node say that it is alive.
func renew(t *testing.T, a *seats.Admission) {
	t.Helper()
	_, err := a.Do(t.Context(), seats.Batch{License: TheLicense, Node: "node_other", Commands: []seats.Command{seats.Renew{Lease: 15 * time.Second}}})
	if err != nil {
		t.Fatal(err)
	}
}

// A floor that nobody uses is closed, but not before what is due there has happened.
func TestIdleFloorsAreClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := newTroupe(t, seatsmem.New(seatsmem.Options{}), NewMemoryRecords(1))
		defer tr.close()
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
		synctest.Wait()
		if tr.floor.closeIfIdle(time.Now().Add(time.Hour)) {
			t.Fatal("closed while a session is here")
		}
		tr.part(ann)
		tr.floor.release()
		time.Sleep(20 * time.Second) // longer than Linger, shorter than grace
		synctest.Wait()
		if tr.floor.closeIfIdle(time.Now()) {
			t.Fatal("closed while a seat is in grace")
		}
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if !tr.floor.closeIfIdle(time.Now()) {
			t.Fatal("not closed")
		}
		if tr.floor.hold() {
			t.Fatal("a closed floor can be held")
		}
		if _, err := tr.floor.do(t.Context(), seats.Read{}); !errors.Is(err, seats.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
	})
}

// watched is an engine that counts its watchers.
type watched struct {
	seats.Store
	mu       sync.Mutex
	watchers int
	during   func() // called in Watch
}

func (s *watched) Watch(ctx context.Context, id seats.LicenseID, notify func(*seats.Change)) (func(), error) {
	if s.during != nil {
		s.during()
	}
	stop, err := s.Store.Watch(ctx, id, notify)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.watchers++
	s.mu.Unlock()
	return func() {
		stop()
		s.mu.Lock()
		s.watchers--
		s.mu.Unlock()
	}, nil
}

// A server that is closed while a floor is loaded leaves no watch behind.
func TestAFloorClosedWhileItLoads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &watched{Store: seatsmem.New(seatsmem.Options{})}
		tr := newTroupe(t, store, NewMemoryRecords(1))
		tr.close()
		var late *floor
		store.during = func() { late.close() }
		var tasks sync.WaitGroup
		late = newFloor(TheLicense, tr.floor.admission, tr.floor.settings, tr.floor.metrics, &tasks)
		if err := late.load(t.Context()); !errors.Is(err, seats.ErrUnavailable) {
			t.Errorf("%v", err)
		}
		tasks.Wait()
		if store.watchers != 0 {
			t.Errorf("%d watches are left", store.watchers)
		}
	})
}

// A floor whose first load failed is loaded by the next who comes.
func TestAFloorIsLoadedAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		faulty := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
		tr := newTroupe(t, faulty, NewMemoryRecords(1))
		tr.close()
		var tasks sync.WaitGroup
		f := newFloor(TheLicense, tr.floor.admission, tr.floor.settings, tr.floor.metrics, &tasks)
		f.hold()
		for _, fault := range []Fault{Cut, Hang} {
			faulty.Set(fault)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := f.load(ctx); !errors.Is(err, seats.ErrUnavailable) {
				t.Errorf("%v", err)
			}
			cancel()
		}
		faulty.Set(None)
		if err := f.load(t.Context()); err != nil || !f.replica.loaded() {
			t.Errorf("%v", err)
		}
		f.close()
		tasks.Wait()
	})
}

// A profile that was read before the floor learnt of a newer revision is not let in.
func TestJoiningWithAnOldProfile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		records := NewMemoryRecords(1)
		tr := newTroupe(t, seatsmem.New(seatsmem.Options{}), records)
		defer tr.close()
		records.SetMember("tm_ann", func(m *seats.Member) { m.Operator = false })
		if _, err := tr.floor.admission.Configure(t.Context(), TheLicense); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		a := &actor{troupe: tr, mate: "tm_ann", s: newSession("ses_ann", tr.floor.settings, "", time.Now())}
		if tr.floor.join(a, &Profile{Member: seats.Member{Teammate: "tm_ann"}}, 1, func(*session) { t.Error("admitted") }) {
			t.Error("joined")
		}
		if len(tr.floor.sessions) != 0 {
			t.Error("it is on the floor")
		}
	})
}

// A change that comes between the profile's reading and the welcome is in the welcome.
func TestAChangeWhileEntering(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		faulty := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
		records := NewMemoryRecords(1)
		tr := newTroupe(t, faulty, records, func(o *Options) { o.EngineTimeout = time.Minute })
		defer tr.close()
		faulty.Set(Hang)
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
		records.SetMember("tm_ann", func(m *seats.Member) { m.Operator = false })
		other := seats.NewAdmission(faulty.store, records, time.Minute)
		if _, err := other.Configure(t.Context(), TheLicense); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		faulty.Set(None)
		expectTold(t, ann, "hi: welcome refused not_operator not_operator") //nolint:dupword // the seat's code, then the inbox
	})
}

// What an outage held up leaves as soon as the engine answers anybody, not when its own time has come.
func TestWhatWaitsLeavesWhenTheEngineIsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		faulty := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
		tr := newTroupe(t, faulty, NewMemoryRecords(2))
		defer tr.close()
		ann := tr.join("tm_ann", "ses_ann", wire.Hello{})
		bob := tr.join("tm_bob", "ses_bob", wire.Hello{})
		synctest.Wait()
		faulty.Set(Cut)
		tr.part(ann)
		time.Sleep(9 * time.Second)
		faulty.Set(None)
		bob.request("1", wire.TypeSeatExplain)
		synctest.Wait()
		if b := tr.board(); !b.Holders[0].InGrace() {
			t.Fatalf("%+v", b.Holders)
		}
	})
}

// An engine that hangs keeps nobody waiting longer than for one batch, however many drops wait to be sent; and
// closing does not wait for them.
func TestAHungEngineStarvesNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		faulty := NewFaultyStore(seatsmem.New(seatsmem.Options{}))
		tr := newTroupe(t, faulty, NewMemoryRecords(3))
		faulty.Set(Hang)
		for i := range 10 * batchSize {
			tr.floor.submit(item{command: seats.Drop{Teammate: "tm_x", Session: seats.SessionID(fmt.Sprint("ses_", i))}, sticky: true})
		}
		for range 5 {
			began := time.Now()
			_, err := tr.floor.do(t.Context(), seats.Explain{Member: seats.Member{Teammate: "tm_ann"}, Revision: 1})
			if took := time.Since(began); !errors.Is(err, seats.ErrUnavailable) || took > 2*tr.floor.settings.EngineTimeout {
				t.Fatalf("answered %v after %s", err, took)
			}
		}
		faulty.Set(None)
		time.Sleep(time.Minute)
		synctest.Wait()
		tr.floor.lock()
		if !tr.floor.queue.empty() {
			t.Errorf("%d wait", len(tr.floor.queue.waiting))
		}
		tr.floor.unlock()

		faulty.Set(Hang)
		for i := range 10 * batchSize {
			tr.floor.submit(item{command: seats.Drop{Teammate: "tm_x", Session: seats.SessionID(fmt.Sprint("ses_", i))}, sticky: true})
		}
		began := time.Now()
		tr.close()
		if took := time.Since(began); took > 2*tr.floor.settings.EngineTimeout {
			t.Errorf("closing took %s", took)
		}
	})
}
