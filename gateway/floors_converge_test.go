package gateway

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"usher/gateway/wire"
	"usher/presence"
	"usher/presence/presencemem"
	"usher/seats"
	"usher/seats/seatsmem"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const unrulyFloors = 3

// play of many floors: what is done, and what becomes of it on the way.
type script struct {
	moves       []scene
	calls, news [2 * unrulyFloors][]int // of the lines
}

// scene is one thing that happens; which and floor say to whom and where.
type scene struct {
	what, which, floor int
	pause              time.Duration
}

func drawScript(t *rapid.T) script {
	var s script
	pauses := []time.Duration{0, 5 * time.Millisecond, 50 * time.Millisecond, time.Second, 12 * time.Second, 40 * time.Second}
	s.moves = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) scene {
		return scene{
			what: rapid.IntRange(0, 9).Draw(t, "what"), which: rapid.IntRange(0, 11).Draw(t, "which"),
			floor: rapid.IntRange(0, unrulyFloors-1).Draw(t, "floor"), pause: rapid.SampledFrom(pauses).Draw(t, "pause"),
		}
	}), 1, 40).Draw(t, "moves")
	for i := range s.calls {
		s.calls[i] = rapid.SliceOfN(rapid.IntRange(0, fates-1), 0, 40).Draw(t, "calls")
		s.news[i] = rapid.SliceOfN(rapid.IntRange(0, 3), 0, 60).Draw(t, "news")
	}
	return s
}

// Three floors have lines to the engines that lose, delay and double what goes over them. Sessions come, go and move between them,
// choose and idle; teammates are hired, removed and switched. Within one resync of quiet each floor has the engines' roster and
// board, those are here who are connected, and each client has what is for its eyes; until then no client was shown a version that
// goes back, on whichever floor, or a change that does not follow.
func TestPromise9_FloorsConvergeOverUnrulyLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScript(rt)
		var problem string
		synctest.Test(t, func(t *testing.T) { problem = newStage(t, s).perform() })
		if problem != "" {
			rt.Fatal(problem)
		}
	})
}

// stage is where a script is performed.
type stage struct {
	t       *testing.T
	script  script
	seats   *seatsmem.Store
	roster  presence.Store
	records *MemoryRecords
	lines   [2 * unrulyFloors]unrulyLine // two for each floor
	floors  [unrulyFloors]*troupe
	gallery *Gallery
	guests  []*actor // connected
	wrong   []string
	count   int
}

func newStage(t *testing.T, s script) *stage {
	st := &stage{t: t, script: s, seats: seatsmem.New(seatsmem.Options{}), records: line(2), gallery: NewGallery()}
	st.roster = presencemem.New(presencemem.Options{Leases: func(id presence.LicenseID, n presence.NodeID) (time.Time, bool) {
		return st.seats.LeaseEnd(seats.LicenseID(id), seats.NodeID(n))
	}})
	for i := range st.floors {
		st.floors[i] = newTroupe(t, unrulySeats{st.seats, &st.lines[2*i]}, st.records, func(o *Options) {
			o.Node = seats.NodeID(fmt.Sprint("node_", i))
			o.Presence = presence.NewAttendance(unrulyRoster{st.roster, &st.lines[2*i+1]}, st.records, rosterLease)
		})
	}
	synctest.Wait()
	for i := range st.lines {
		st.lines[i].calls.deal(s.calls[i]...)
		st.lines[i].news.deal(s.news[i]...)
	}
	return st
}

// perform returns what is wrong in the end, or "".
func (st *stage) perform() string {
	defer func() {
		for _, tr := range st.floors {
			tr.close()
		}
	}()
	for _, m := range st.script.moves {
		st.move(m)
		time.Sleep(m.pause)
		st.partWhoEnded()
	}
	for i := range st.lines {
		st.lines[i].calm()
	}
	st.configure(0) // as the server's poll does
	time.Sleep(st.floors[0].floor.settings.Resync + resendMost)
	st.partWhoEnded()
	settle()
	return st.look()
}

func (st *stage) move(m scene) {
	who := []seats.TeammateID{"tm_ann", "tm_bob", "tm_cid", "tm_dan", "tm_eve", "tm_meg", "tm_ned", "tm_new"}[m.which%8]
	switch m.what {
	case 0, 1, 2:
		st.join(who, m, nil)
		return
	case 3:
		st.reconfigure(who, m)
		return
	}
	if len(st.guests) == 0 {
		return
	}
	a := st.guests[m.which%len(st.guests)]
	st.count++
	id := fmt.Sprint("r", st.count)
	switch m.what {
	case 4:
		st.part(a)
	case 5:
		a.request(id, wire.TypeLogout)
	case 6: // its connection was lost, or it only thinks so
		if m.which%2 == 0 {
			st.part(a)
		}
		st.join(a.mate, m, a)
	case 7:
		a.ask(id, wire.TypeActivity, fmt.Sprintf(`{"idle":%t}`, m.which%2 == 0))
	case 8:
		status := []string{"online", "away", "busy", "invisible"}[m.which%4]
		a.ask(id, wire.TypeStatusSet, fmt.Sprintf(`{"status":%q,"note":"%d"}`, status, st.count))
	case 9:
		a.ask(id, wire.TypeSync, `{}`)
	}
}

// shownTo is how far an actor was shown the feeds.
func (a *actor) shownTo() (board, roster position) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.glance.feeds[ofBoard].at, a.glance.feeds[ofRoster].at
}

// join has a teammate log in, who continues a session, or none.
func (st *stage) join(who seats.TeammateID, m scene, before *actor) {
	var resumes seats.SessionID
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := st.records.Profile(ctx, TheLicense, who); err != nil {
		return
	}
	h := wire.Hello{Seat: []string{wire.AskAuto, wire.AskWait, wire.AskNone}[m.which%3]}
	a := &actor{mate: who, glance: NewGlance(st.gallery)}
	if before != nil {
		board, roster := before.shownTo()
		a.glance.feeds[ofBoard].at, a.glance.feeds[ofRoster].at = board, roster
		if board.epoch != "" {
			h.Feeds = wire.Feeds{Board: board.wire(), Roster: roster.wire()}
		}
		resumes = before.session()
	}
	if err := st.floors[m.floor].floor.reach(ctx, h.Feeds); err != nil {
		return // is told to try again
	}
	st.count++
	st.floors[m.floor].enter(a, seats.SessionID(fmt.Sprint("ses_", st.count)), h, resumes)
	st.guests = append(st.guests, a)
}

func (st *stage) part(a *actor) {
	a.mu.Lock()
	st.wrong = append(st.wrong, a.glance.Wrong...)
	a.mu.Unlock()
	a.troupe.part(a)
	st.guests = slices.DeleteFunc(st.guests, func(o *actor) bool { return o == a })
}

// partWhoEnded parts with those whose connection the server closes.
func (st *stage) partWhoEnded() {
	for _, a := range slices.Clone(st.guests) {
		a.mu.Lock()
		over := a.shut != 0
		a.mu.Unlock()
		if over {
			st.part(a)
		}
	}
}

func (st *stage) reconfigure(who seats.TeammateID, m scene) {
	switch _, err := st.records.Profile(context.Background(), TheLicense, who); {
	case who == "tm_new" && err != nil && !st.records.removed[who]:
		st.records.Hire(who)
	case err != nil:
		return
	case m.pause == 0:
		st.records.Remove(who)
	default:
		st.records.SetMember(who, func(mem *seats.Member) {
			mem.Administrator = !mem.Administrator
			mem.Operator = m.which%2 == 0
		})
	}
	st.configure(m.floor)
}

// configure tells the engines of what the directory has, if they can be reached.
func (st *stage) configure(floor int) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, _ = serverOf(st.floors[floor]).Configure(ctx, TheLicense)
}

// look compares what there is with what must be, and returns what is wrong.
func (st *stage) look() string {
	board, roster := st.engines()
	for i, tr := range st.floors {
		tr.floor.lock()
		is, there := tr.floor.roster.whole(), tr.floor.replica.board()
		tr.floor.unlock()
		if d := cmp.Diff(roster, is); d != "" {
			return fmt.Sprintf("floor %d has another roster (- the engine's):\n%s", i, d)
		}
		if d := cmp.Diff(board.Holders, there.Holders) + cmp.Diff(board.Waiters, there.Waiters); d != "" || there.Version != board.Version {
			return fmt.Sprintf("floor %d has another board, at %d, than the engine, at %d (- the engine's):\n%s", i, there.Version, board.Version, d)
		}
	}
	here, connected := []string{}, []string{}
	for _, e := range roster.Entries {
		for _, d := range e.Devices {
			if !e.InGrace() {
				here = append(here, string(d.Session))
			}
		}
	}
	for _, a := range st.guests {
		connected = append(connected, string(a.session()))
		a.mu.Lock()
		phase := a.s.phase
		st.wrong = append(st.wrong, a.glance.Wrong...)
		p, err := st.records.Profile(context.Background(), TheLicense, a.mate)
		has := a.glance.Has(st.gallery.Picture(board, roster, p.Member))
		a.mu.Unlock()
		if phase != serving {
			return fmt.Sprintf("%s of %s is in phase %d", a.session(), a.mate, phase)
		}
		if err != nil {
			return fmt.Sprintf("%s is here, but: %v", a.mate, err)
		}
		if !has {
			return fmt.Sprintf("%s of %s is shown something else than there is: %+v", a.session(), a.mate, roster)
		}
	}
	slices.Sort(here)
	slices.Sort(connected)
	if d := cmp.Diff(connected, here); d != "" {
		return fmt.Sprintf("others are shown than are here (- connected):\n%s\n%+v", d, roster)
	}
	if len(st.wrong) > 0 {
		return fmt.Sprintf("a client was shown what breaks the rules: %q", st.wrong)
	}
	return ""
}

// engines is what the engines have.
func (st *stage) engines() (seats.Board, presence.Roster) {
	ctx := context.Background()
	b, err := st.seats.Do(ctx, seats.Batch{License: TheLicense, Commands: []seats.Command{seats.Read{}}})
	if err != nil {
		st.t.Fatal(err)
	}
	r, err := st.roster.Do(ctx, presence.Batch{License: presence.LicenseID(TheLicense), Commands: []presence.Command{presence.Read{}}})
	if err != nil {
		st.t.Fatal(err)
	}
	return b.Replies[0].(seats.BoardRead).Board, r.Replies[0].(presence.RosterRead).Roster
}

// The arrival is lost, and when it can be made up for the session is still waiting for its seat: it is, all the same.
func TestALostArrivalIsMadeUpForWhileEntering(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, script{})
		st.lines[0].calls.deal(4) // the take is slow
		st.lines[1].calls.deal(1)
		st.join("tm_ann", scene{}, nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, r := st.engines(); r.Entries[0].Status != presence.Online {
			t.Errorf("%+v", r.Entries[0])
		}
		if problem := st.perform(); problem != "" {
			t.Error(problem)
		}
	})
}

// A lost arrival is made up for soon, whatever others do until then.
func TestALostArrivalIsMadeUpForSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, script{})
		st.lines[1].calls.deal(1)
		st.join("tm_ann", scene{}, nil)
		synctest.Wait()
		st.join("tm_bob", scene{floor: 1}, nil)
		time.Sleep(resendFirst * 4)
		synctest.Wait()
		if _, r := st.engines(); r.Entries[0].Status != presence.Online || r.Entries[1].Status != presence.Online {
			t.Errorf("%+v", r.Entries[:2])
		}
		if problem := st.perform(); problem != "" {
			t.Error(problem)
		}
	})
}
