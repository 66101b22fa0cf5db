package gateway

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"usher/gateway/wire"
	"usher/seats"
	"usher/seats/seatsmem"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// history drives an engine at random and remembers what it announced.
type history struct {
	t       *rapid.T
	now     time.Time
	store   *seatsmem.Store
	admit   *seats.Admission
	records *MemoryRecords
	seq     uint64
	changes []*seats.Change
}

func newHistory(t *rapid.T) *history {
	h := &history{t: t, now: curtain, records: line(2, func(c *seats.Config) { c.IdleAfter, c.IdleWarning = 20*time.Second, 10*time.Second })}
	h.forget()
	return h
}

// forget exchanges the engine for one without memory.
func (h *history) forget() {
	h.store = seatsmem.New(seatsmem.Options{Now: func() time.Time { return h.now }})
	h.admit = seats.NewAdmission(h.store, h.records, time.Minute)
	h.do()
}

func (h *history) do(c ...seats.Command) seats.Outcome {
	out, err := h.admit.Do(context.Background(), seats.Batch{License: TheLicense, Node: "n", Commands: c})
	if err != nil {
		h.t.Fatal(err)
	}
	for i := range out.Changes {
		h.changes = append(h.changes, &out.Changes[i])
	}
	return out
}

func (h *history) board() seats.Board {
	h.do() // what is due happens before the board is read, not in the same step
	return h.do(seats.Read{}).Replies[0].(seats.BoardRead).Board
}

// move changes something, or lets time pass.
func (h *history) move() {
	who := rapid.SampledFrom([]seats.TeammateID{"tm_ann", "tm_bob", "tm_cid", "tm_eve"}).Draw(h.t, "who")
	session := seats.SessionID(fmt.Sprintf("ses_%s_%d", who, rapid.IntRange(1, 3).Draw(h.t, "session")))
	p, err := h.records.Profile(context.Background(), TheLicense, who)
	if err != nil {
		h.t.Fatal(err)
	}
	h.seq++
	switch rapid.IntRange(0, 12).Draw(h.t, "move") {
	case 0, 1, 2:
		h.do(seats.Take{
			Member: p.Member, Revision: p.License.Config.Revision, Session: session, Seq: h.seq, Wait: rapid.Bool().Draw(h.t, "wait"),
		})
	case 7:
		for _, w := range h.board().Waiters {
			if w.Teammate == who {
				h.do(seats.Unwait{Teammate: who, Session: session, Seq: h.seq, Turn: w.Turn})
			}
		}
	case 8:
		for _, holder := range h.board().Holders {
			if holder.Teammate != who {
				h.do(seats.HandOver{Teammate: holder.Teammate, Fence: holder.Fence, To: p.Member, Revision: p.License.Config.Revision})
			}
		}
	case 9:
		of := rapid.SampledFrom([]seats.TeammateID{"tm_ann", "tm_bob", "tm_cid", ""}).Draw(h.t, "of")
		if of != who {
			h.do(seats.MakeAsk{ID: seats.AskID(fmt.Sprint("ask_", h.seq)), Teammate: who, Session: session, Of: of})
		}
	case 10:
		for _, a := range h.board().Asks {
			h.do(seats.AnswerAsk{ID: a.ID, Of: a.Of, Accept: a.Of == ""})
		}
	case 11:
		h.do(seats.SetIdle{Teammate: who, Session: session, Seq: h.seq, Idle: rapid.Bool().Draw(h.t, "idle")})
	case 3:
		h.do(seats.Logout{Teammate: who, Session: session})
	case 4:
		h.do(seats.Drop{Teammate: who, Session: session})
	case 5:
		for _, holder := range h.board().Holders {
			if holder.Teammate == who {
				h.do(seats.Free{Teammate: who, Fence: holder.Fence, Message: "go"})
			}
		}
	case 6:
		h.records.Change(func(l *License) {
			l.Config.Cap, l.Config.AdministratorsFirst = rapid.IntRange(0, 3).Draw(h.t, "cap"), rapid.Bool().Draw(h.t, "administrators first")
			l.Config.Waitlist = rapid.IntRange(0, 3).Draw(h.t, "waitlist") > 0
		})
		out, err := h.admit.Configure(context.Background(), TheLicense)
		if err != nil {
			h.t.Fatal(err)
		}
		for i := range out.Changes {
			h.changes = append(h.changes, &out.Changes[i])
		}
	default:
		h.now = h.now.Add(time.Duration(rapid.IntRange(1, 40).Draw(h.t, "seconds")) * time.Second)
		h.do()
	}
}

// sameBoard compares a replica with a board, and what the replica shows with what it would if it had just read it.
func sameBoard(want seats.Board, r *replica) string {
	var read replica
	read.replace(want)
	got := r.board()
	want.Losses, got.Losses = nil, nil // replicas remember them for longer
	return cmp.Diff(want, got) + cmp.Diff(shownBoard(&read), shownBoard(r)) + cmp.Diff(places(&read), places(r))
}

func shownBoard(r *replica) string { return string(wire.Push(wire.TypeSnapshot, r.wireBoard())) }

func places(r *replica) map[seats.TeammateID]int {
	all := map[seats.TeammateID]int{}
	for t := range r.waiters {
		all[t] = r.view(t).place
	}
	return all
}

// A replica that is given changes late, twice, out of order or not at all, and boards read at any earlier time,
// never goes back, is never wrong about the version it claims, and is the engine's board once it is read.
func TestAReplicaConverges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t)
		var r replica
		boards := map[position]seats.Board{}
		var reads []seats.Board
		note := func() {
			b := h.board()
			boards[position{b.Epoch, b.Version}] = b
			reads = append(reads, b)
		}
		note()
		check := func(before position, what string) {
			if r.loaded() && !r.position().reached(before) {
				t.Fatalf("%s: from %v back to %v", what, before, r.position())
			}
			if want, ok := boards[r.position()]; ok {
				if d := sameBoard(want, &r); d != "" {
					t.Fatalf("%s: version %v is wrong (- engine):\n%s", what, r.position(), d)
				}
			}
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				before := r.position()
				r.replace(reads[rapid.IntRange(0, len(reads)-1).Draw(t, "read")])
				check(before, "read")
			case 1:
				if rapid.IntRange(0, 3).Draw(t, "forget") == 0 {
					h.forget()
					note()
				}
			case 2, 3, 4, 5:
				if len(h.changes) == 0 {
					break
				}
				before := r.position()
				last := len(h.changes) - 1
				r.apply(h.changes[rapid.IntRange(max(0, last-4), last).Draw(t, "change")])
				check(before, "change")
			default:
				h.move()
				note()
			}
		}
		final := h.board()
		r.replace(final)
		if d := sameBoard(final, &r); d != "" || r.position() != (position{final.Epoch, final.Version}) {
			t.Fatalf("at the end (- engine):\n%s", d)
		}
	})
}

// scrambled is an engine whose announcements come twice, late, or not at all.
type scrambled struct {
	seats.Store
	fates []int
}

func (s *scrambled) Watch(ctx context.Context, id seats.LicenseID, notify func(*seats.Change)) (func(), error) {
	var held []*seats.Change
	return s.Store.Watch(ctx, id, func(c *seats.Change) {
		fate := 0
		if len(s.fates) > 0 {
			fate, s.fates = s.fates[0], s.fates[1:]
		}
		switch fate {
		case 1: // lost
			return
		case 2: // late
			held = append(held, c)
			return
		case 3: // twice
			notify(c)
		}
		notify(c)
		for _, late := range held {
			notify(late)
		}
		held = nil
	})
}

// The same of a whole floor: within one resync of quiet it shows the engine's board, and no client was ever shown
// a version that goes back.
func TestAFloorConverges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		fates := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 60).Draw(rt, "fates")
		moves := rapid.SliceOfN(rapid.IntRange(0, 11), 1, 40).Draw(rt, "moves")
		pauses := rapid.SliceOfN(rapid.SampledFrom([]int{0, 5, 50, 12000}), len(moves), len(moves)).Draw(rt, "pauses")
		var problem string
		synctest.Test(t, func(t *testing.T) { problem = converge(t, fates, moves, pauses) })
		if problem != "" {
			rt.Fatal(problem)
		}
	})
}

func byMate(waiters []seats.Waiter) map[seats.TeammateID]*seats.Waiter {
	all := map[seats.TeammateID]*seats.Waiter{}
	for _, w := range waiters {
		all[w.Teammate] = &w
	}
	return all
}

func converge(t *testing.T, fates, moves, pauses []int) (problem string) {
	store := seatsmem.New(seatsmem.Options{})
	records := line(2)
	tr := newTroupe(t, &scrambled{store, fates}, records)
	defer tr.close()
	here := tr.join("tm_meg", "ses_meg", wire.Hello{Seat: wire.AskNone})
	holder := tr.join("tm_ann", "ses_ann", wire.Hello{})
	waiter := tr.join("tm_dan", "ses_dan", wire.Hello{Seat: wire.AskWait})
	other := seats.NewAdmission(store, records, time.Hour)
	for i, move := range moves {
		who := []seats.TeammateID{"tm_bob", "tm_cid", "tm_ann"}[move%3]
		session := seats.SessionID(fmt.Sprintf("ses_%s_%d", who, i%3))
		p, _ := records.Profile(t.Context(), TheLicense, who)
		var c seats.Command
		switch move / 3 {
		case 0, 1:
			c = seats.Take{Member: p.Member, Revision: p.License.Config.Revision, Session: session, Seq: uint64(i + 1), Wait: i%2 == 0}
		case 2:
			c = seats.Logout{Teammate: who, Session: session}
		case 3:
			c = seats.Drop{Teammate: who, Session: session}
		}
		if _, err := other.Do(t.Context(), seats.Batch{License: TheLicense, Node: "other", Commands: []seats.Command{c}}); err != nil {
			return err.Error()
		}
		time.Sleep(time.Duration(pauses[i]) * time.Millisecond)
	}
	time.Sleep(tr.floor.settings.Resync + time.Second)
	synctest.Wait()
	out, err := other.Do(t.Context(), seats.Batch{License: TheLicense, Commands: []seats.Command{seats.Read{}}})
	if err != nil {
		return err.Error()
	}
	want := out.Replies[0].(seats.BoardRead).Board
	tr.floor.lock()
	got, at := tr.floor.replica.board(), tr.floor.replica.position()
	tr.floor.unlock()
	if problems := seats.Audit(want); problems != nil {
		return fmt.Sprint(problems)
	}
	if d := cmp.Diff(want.Holders, got.Holders) + cmp.Diff(want.Waiters, got.Waiters); d != "" || at != (position{want.Epoch, want.Version}) {
		return fmt.Sprintf("the floor is at %v, the engine at %d (- engine):\n%s", at, want.Version, d)
	}
	for _, a := range []*actor{here, holder, waiter} {
		for i := 1; i < len(a.feed); i++ {
			if !a.feed[i].reached(a.feed[i-1]) || a.feed[i] == a.feed[i-1] {
				return fmt.Sprintf("%s was shown %v after %v", a.mate, a.feed[i], a.feed[i-1])
			}
		}
	}
	for _, w := range want.Waiters {
		if told := waiter.s.seat; w.Teammate == "tm_dan" && (told.turn() != w.Turn || told.place != places(&replica{head: want.Head, waiters: byMate(want.Waiters)})[w.Teammate]) {
			return fmt.Sprintf("dan waits under turn %d and was told of %d, place %d", w.Turn, told.turn(), told.place)
		}
	}
	holds := holder.s.seat.fence()
	for _, h := range want.Holders {
		if h.Teammate == "tm_ann" && h.Fence != holds && holder.s.asked {
			return fmt.Sprintf("ann holds %d and was told of %d", h.Fence, holds)
		}
	}
	return ""
}
