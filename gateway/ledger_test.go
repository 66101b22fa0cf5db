package gateway

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usher/gateway/wire"
	"usher/seats"
	"usher/seats/seatsmem"

	gocmp "github.com/google/go-cmp/cmp"
)

// memoryLedger keeps what nodes tell of TheLicense.
type memoryLedger struct {
	mu       sync.Mutex
	down     bool
	tries    int
	stays    map[stayKey]Stay
	waits    map[waitKey]Wait
	refusals map[refusalKey]Refusal
	notices  []Notice
}

func newMemoryLedger() *memoryLedger {
	return &memoryLedger{stays: map[stayKey]Stay{}, waits: map[waitKey]Wait{}, refusals: map[refusalKey]Refusal{}}
}

var errLedger = errors.New("the database is down")

func (l *memoryLedger) Record(_ context.Context, h Happenings) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tries++; l.down {
		return errLedger
	}
	for _, s := range h.Stays {
		if before, known := l.stays[s.key()]; known {
			s = before.and(s)
		}
		l.stays[s.key()] = s
	}
	for _, w := range h.Waits {
		if before, known := l.waits[w.key()]; known {
			w = before.and(w)
		}
		l.waits[w.key()] = w
	}
	for _, r := range h.Refusals {
		l.refusals[r.key()] = r
	}
	l.notices = append(l.notices, h.Notices...)
	return nil
}

func (l *memoryLedger) Unended(context.Context, seats.LicenseID) (h Happenings, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down {
		return h, errLedger
	}
	for _, s := range l.stays {
		if s.Until.IsZero() {
			h.Stays = append(h.Stays, s)
		}
	}
	for _, w := range l.waits {
		if w.Until.IsZero() {
			h.Waits = append(h.Waits, w)
		}
	}
	return h, nil
}

func (l *memoryLedger) set(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = down
}

// expect compares what the ledger has, apart from what was found rather than seen.
func (l *memoryLedger) expect(t *testing.T, want Happenings) {
	t.Helper()
	time.Sleep(time.Second)
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	got := Happenings{
		Stays:    slices.SortedFunc(maps.Values(l.stays), func(a, b Stay) int { return cmp.Compare(a.Fence, b.Fence) }),
		Waits:    slices.SortedFunc(maps.Values(l.waits), func(a, b Wait) int { return cmp.Compare(a.Turn, b.Turn) }),
		Refusals: slices.SortedFunc(maps.Values(l.refusals), func(a, b Refusal) int { return a.At.Compare(b.At) }),
	}
	for i := range got.Stays {
		got.Stays[i].Found = false
	}
	for i := range got.Waits {
		got.Waits[i].Found = false
	}
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("the ledger (- wanted):\n%s", d)
	}
}

const (
	firstFence seats.Fence = 1_000_000_001
	firstTurn  seats.Turn  = 1_000_000_001
)

// staged is a ledger, and the times from the beginning of a scene.
type staged struct {
	*memoryLedger
	store seats.Store
	began time.Time
}

func (s staged) at(d time.Duration) time.Time { return s.began.Add(d) }

func onLedger(t *testing.T, scene func(*testing.T, staged)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { scene(t, staged{newMemoryLedger(), seatsmem.New(seatsmem.Options{}), time.Now()}) })
}

func (s staged) kept(o *Options) { o.Ledger = s.memoryLedger }

// until waits for a time of the scene, and for all that is under way then.
func (s staged) until(d time.Duration) {
	time.Sleep(time.Until(s.at(d)))
	synctest.Wait()
}

// annsDay is what the ledger has after [staged.play].
func (s staged) annsDay() Happenings {
	const t1, t2, t3 = firstTurn, firstTurn + 1, firstTurn + 2
	stay := func(n seats.Fence, who string, from, until time.Duration) Stay {
		return Stay{
			License: TheLicense, Fence: firstFence + n, Teammate: seats.TeammateID("tm_" + who), Name: who, Number: 1, Since: s.at(from),
			Via: seats.ViaWaitlist, Sessions: 1, Until: s.at(until), Reason: seats.LostLeft,
		}
	}
	first := stay(0, "ann", 0, 10*time.Second)
	first.Via, first.Sessions, first.Reason, first.By, first.Message = seats.ViaTake, 2, seats.LostFreed, "tm_meg", "lunch"
	bobs := stay(1, "bob", 10*time.Second, 15*time.Second)
	bobs.Waited, bobs.Reason, bobs.To = 8*time.Second, seats.LostHandedOver, "tm_dan"
	dans := stay(2, "dan", 15*time.Second, 20*time.Second)
	dans.Via = seats.ViaHandOver
	eves := stay(3, "eve", 20*time.Second, 25*time.Second)
	eves.Waited = 14 * time.Second
	wait := func(turn seats.Turn, who string, from, until time.Duration, outcome WaitOutcome) Wait {
		return Wait{License: TheLicense, Turn: turn, Teammate: seats.TeammateID("tm_" + who), Name: who, Since: s.at(from), Until: s.at(until), Outcome: outcome}
	}
	return Happenings{
		Stays: []Stay{first, bobs, dans, eves},
		Waits: []Wait{
			wait(t1, "bob", 2*time.Second, 10*time.Second, WaitSeated), wait(t2, "cid", 4*time.Second, 12*time.Second, WaitGivenUp),
			wait(t3, "eve", 6*time.Second, 20*time.Second, WaitSeated),
		},
		Refusals: []Refusal{
			{License: TheLicense, Session: "ses_dan", Seq: 1, Teammate: "tm_dan", Name: "dan", At: s.at(8 * time.Second), Code: seats.SeatsFull},
		},
	}
}

// play has one seat go from Ann, who is freed, to Bob, who hands it to Dan, who was refused before, to Eve; Cid gives up waiting. Who
// does something does it through the node that comes next.
func (s staged) play(t *testing.T, records *MemoryRecords, nodes ...*troupe) {
	t.Helper()
	turn := 0
	next := func() *troupe { turn++; return nodes[turn%len(nodes)] }
	next().join("tm_ann", "ses_ann", wire.Hello{})
	s.until(time.Second)
	next().join("tm_ann", "ses_ann_2", wire.Hello{})
	s.until(2 * time.Second)
	bob := next().join("tm_bob", "ses_bob", wire.Hello{Seat: wire.AskWait})
	s.until(4 * time.Second)
	cid := next().join("tm_cid", "ses_cid", wire.Hello{Seat: wire.AskWait})
	s.until(6 * time.Second)
	eve := next().join("tm_eve", "ses_eve", wire.Hello{Seat: wire.AskWait})
	s.until(8 * time.Second)
	dan := next().join("tm_dan", "ses_dan", wire.Hello{})
	s.until(10 * time.Second)
	s.do(t, next(), seats.Free{Teammate: "tm_ann", Fence: firstFence, By: "tm_meg", Message: "lunch"})
	s.until(12 * time.Second)
	cid.request("no", wire.TypeSeatUnwait)
	s.until(15 * time.Second)
	to, revision, err := records.Member(t.Context(), TheLicense, "tm_dan")
	if err != nil {
		t.Fatal(err)
	}
	s.do(t, next(), seats.HandOver{Teammate: "tm_bob", Fence: firstFence + 1, Session: bob.session(), To: to, Revision: revision})
	s.until(20 * time.Second)
	dan.request("bye", wire.TypeSeatLeave)
	s.until(25 * time.Second)
	eve.request("bye", wire.TypeSeatLeave)
	s.until(26 * time.Second)
}

func (s staged) do(t *testing.T, tr *troupe, c seats.Command) {
	t.Helper()
	if _, err := tr.floor.do(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// TestPromise8_TheLedgerTellsWhatHappened: each stay, wait and refusal is in the ledger once, with its beginning, its end and why,
// whichever node had to do with it.
func TestPromise8_TheLedgerTellsWhatHappened(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 3; n++ {
		onLedger(t, func(t *testing.T, s staged) {
			records := line(1)
			nodes := make([]*troupe, n)
			for i := range nodes {
				nodes[i] = newTroupe(t, s.store, records, s.kept)
			}
			defer func() {
				for _, tr := range nodes {
					tr.close()
				}
			}()
			s.play(t, records, nodes...)
			s.expect(t, s.annsDay())
		})
	}
}

// TestPromise8_TheLedgerIsWrittenAfterAnOutage: what happens while the database is away is written when it is back.
func TestPromise8_TheLedgerIsWrittenAfterAnOutage(t *testing.T) {
	t.Parallel()
	onLedger(t, func(t *testing.T, s staged) {
		records := line(1)
		tr := newTroupe(t, s.store, records, s.kept)
		defer tr.close()
		s.set(true)
		s.play(t, records, tr)
		time.Sleep(time.Hour)
		s.expect(t, Happenings{})
		if s.tries > 1000 {
			t.Errorf("%d tries within an hour", s.tries)
		}
		s.set(false)
		time.Sleep(time.Minute)
		s.expect(t, s.annsDay())
	})
}

// TestPromise8_ANodeThatComesLaterMendsTheLedger: what happened with no node there that keeps the ledger is told by the first that reads
// the board: of each teammate's last stay how it ended, of who is there since when.
func TestPromise8_ANodeThatComesLaterMendsTheLedger(t *testing.T) {
	t.Parallel()
	onLedger(t, func(t *testing.T, s staged) {
		records := line(1)
		silent := newTroupe(t, s.store, records)
		defer silent.close()
		s.play(t, records, silent)
		silent.join("tm_cid", "ses_cid_2", wire.Hello{})
		silent.join("tm_ann", "ses_ann_3", wire.Hello{Seat: wire.AskWait})
		s.until(30 * time.Second)
		tr := newTroupe(t, s.store, records, s.kept)
		defer tr.close()
		want := Happenings{Stays: s.annsDay().Stays}
		for i := range want.Stays { // names and waits are not with losses
			want.Stays[i].Name, want.Stays[i].Waited, want.Stays[i].Sessions = "", 0, 1
		}
		want.Stays = append(want.Stays, Stay{
			License: TheLicense, Fence: firstFence + 4, Teammate: "tm_cid", Name: "cid", Number: 1, Since: s.at(26 * time.Second), Via: seats.ViaTake, Sessions: 1,
		})
		want.Waits = []Wait{{License: TheLicense, Turn: firstTurn + 3, Teammate: "tm_ann", Name: "ann", Since: s.at(26 * time.Second)}}
		s.expect(t, want)
	})
}

// TestPromise8_WhatNobodySawEndIsEnded: what is open in the ledger and on no board is ended as unknown, once others had time to tell.
func TestPromise8_WhatNobodySawEndIsEnded(t *testing.T) {
	t.Parallel()
	onLedger(t, func(t *testing.T, s staged) {
		old := Stay{License: TheLicense, Fence: 7, Teammate: "tm_ann", Name: "ann", Number: 1, Since: s.at(-time.Hour), Via: seats.ViaTake, Sessions: 1}
		place := Wait{License: TheLicense, Turn: 7, Teammate: "tm_bob", Name: "bob", Since: s.at(-time.Hour)}
		told := old // by another node, meanwhile
		told.Fence, told.Teammate, told.Name = 8, "tm_cid", "cid"
		if err := s.Record(t.Context(), Happenings{Stays: []Stay{old, told}, Waits: []Wait{place}}); err != nil {
			t.Fatal(err)
		}
		tr := newTroupe(t, s.store, line(1), s.kept)
		defer tr.close()
		s.until(30 * time.Second)
		s.expect(t, Happenings{Stays: []Stay{old, told}, Waits: []Wait{place}})
		told.Until, told.Reason = s.at(-time.Minute), seats.LostExpired
		if err := s.Record(t.Context(), Happenings{Stays: []Stay{told}}); err != nil {
			t.Fatal(err)
		}
		s.until(2 * time.Minute)
		s.mu.Lock()
		ended := s.stays[old.key()].Until
		s.mu.Unlock()
		if d := ended.Sub(s.began); d < time.Minute || d > 2*time.Minute {
			t.Errorf("ended %s after it was missed", d)
		}
		old.Until, old.Reason, place.Until, place.Outcome = ended, EndUnknown, ended, EndUnknown
		s.expect(t, Happenings{Stays: []Stay{old, told}, Waits: []Wait{place}})
	})
}

// A desk that is full leaves out what is beyond, and says how much; what it has is not lost.
func TestTheDeskIsBounded(t *testing.T) {
	t.Parallel()
	m, err := newMetrics(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := newMemoryLedger()
	d := newLedgerDesk((&Options{Ledger: l, Tokens: NewPlainTokens()}).withDefaults(), m)
	refusal := func(n int) Refusal { return Refusal{License: TheLicense, Session: "ses", Seq: uint64(n)} }
	for n := range bookQueue + 10 {
		d.refusal(refusal(n))
	}
	if err := d.write(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(l.refusals) != bookQueue || !d.empty() {
		t.Errorf("%d were written, want %d", len(l.refusals), bookQueue)
	}
}

// An end that is known stays, whatever is told after it; one that is not gives way.
func TestWhatIsToldOfOneStayIsTakenTogether(t *testing.T) {
	t.Parallel()
	began := Stay{License: TheLicense, Fence: 7, Teammate: "tm_ann", Sessions: 2, Waited: time.Second, Name: "ann"}
	ended := func(reason seats.Reason, at int64) Stay {
		s := Stay{License: TheLicense, Fence: 7, Teammate: "tm_ann", Sessions: 1}
		s.Until, s.Reason = time.Unix(at, 0), reason
		return s
	}
	whole := func(end Stay) Stay {
		end.Sessions, end.Waited, end.Name = 2, time.Second, "ann"
		return end
	}
	left, freed, unknown := ended(seats.LostLeft, 1), ended(seats.LostFreed, 2), ended(EndUnknown, 3)
	for name, c := range map[string]struct{ got, want Stay }{
		"left, then freed":    {began.and(left).and(freed), whole(left)},
		"left, then unknown":  {began.and(left).and(unknown), whole(left)},
		"unknown, then left":  {began.and(unknown).and(left), whole(left)},
		"left, then it began": {left.and(began), whole(left)},
	} {
		if d := gocmp.Diff(c.want, c.got); d != "" {
			t.Errorf("%s (- wanted):\n%s", name, d)
		}
	}
}

// TestPromise8_AdministratorsAreToldOfWhatTheyMissed: who asked them when none was there, and a board that breaks its own rules.
func TestPromise8_AdministratorsAreToldOfWhatTheyMissed(t *testing.T) {
	t.Parallel()
	onLedger(t, func(t *testing.T, s staged) {
		broken := &breakable{Store: s.store}
		s.store = broken
		tr := newTroupe(t, s.store, line(1), s.kept)
		defer tr.close()
		tr.join("tm_ann", "ses_ann", wire.Hello{})
		bob := tr.join("tm_bob", "ses_bob", wire.Hello{})
		s.until(time.Second)
		bob.ask("please", wire.TypeSeatAsk, `{"note":"a queue of calls"}`)
		s.until(3 * time.Second)
		asked := Notice{License: TheLicense, Kind: NoticeAskedInVain, Teammate: "tm_bob", Name: "bob", At: s.at(time.Second), Detail: "a queue of calls"}
		s.expectNotices(t, asked)
		meg := tr.join("tm_meg", "ses_meg", wire.Hello{Seat: wire.AskNone})
		s.until(3 * time.Minute)
		bob.ask("again", wire.TypeSeatAsk, `{}`)
		s.until(4 * time.Minute)
		s.expectNotices(t, asked)
		tr.part(meg)
		broken.breaks.Store(true)
		s.until(10 * time.Minute) // the board is read anew meanwhile
		s.mu.Lock()
		defer s.mu.Unlock()
		if last := s.notices[len(s.notices)-1]; last.Kind != NoticeViolation || last.Detail == "" {
			t.Errorf("%+v", last)
		}
	})
}

func (s staged) expectNotices(t *testing.T, want ...Notice) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := gocmp.Diff(want, s.notices); d != "" {
		t.Errorf("notices (- wanted):\n%s", d)
	}
}

// breakable is an engine that can be told to answer with boards that count one seat too many.
type breakable struct {
	seats.Store
	breaks atomic.Bool
}

func (b *breakable) Do(ctx context.Context, batch seats.Batch) (seats.Outcome, error) {
	out, err := b.Store.Do(ctx, batch)
	for i, r := range out.Replies {
		if read, ok := r.(seats.BoardRead); ok && b.breaks.Load() {
			read.Board.Used++
			out.Replies[i] = read
		}
	}
	return out, err
}
