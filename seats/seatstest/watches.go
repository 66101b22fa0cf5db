package seatstest

import (
	"sync"
	"testing"
	"time"

	"usher/seats"
)

// watches: what those who follow a board are told.
var watches = []promise{
	{"Promise9_WatchersHearEveryChangeInOrder", watchInOrder},
	{"Promise9_ChangesLeadToTheBoardThatIsRead", watchReplica},
	{"Promise9_ChangesLeadToTheLineAndTheAsksThatAreRead", watchLine},
	{"Promise8_EveryStayEndsInOneLoss", staysAddUp},
	{"WatchersOfOtherLicensesHearNothing", watchApart},
	{"AStoppedWatcherHearsNothing", watchStopped},
	{"AnUnopenedLicenseCanBeWatched", watchUnopened},
}

// patience is how long an announcement may be under way in real time.
const patience = 10 * time.Second

// ear is a watcher that tests can wait for.
type ear struct {
	mu    sync.Mutex
	heard []*seats.Change
	news  chan struct{}
}

func (s *scene) watch() *ear {
	s.Helper()
	e := &ear{news: make(chan struct{}, 1)}
	stop, err := s.Store.Watch(s.Context(), s.license, e.notify)
	if err != nil {
		s.Fatalf("Watch: %v", err)
	}
	s.Cleanup(stop)
	return e
}

func (e *ear) notify(c *seats.Change) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, c)
	select {
	case e.news <- struct{}{}:
	default: // there is news already
	}
}

// until waits for a change that leads to a version, and returns the changes heard so far, those between two
// nils (may have missed) joined. It fails when the first call was no nil.
func (e *ear) until(t testing.TB, version uint64) []seats.Change {
	t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		changes, there := e.changes(t, version)
		if there {
			return changes
		}
		select {
		case <-e.news:
		case <-timeout.C:
			t.Fatalf("no change to version %d within %s; heard: %+v", version, patience, changes)
		}
	}
}

func (e *ear) changes(t testing.TB, version uint64) (changes []seats.Change, there bool) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, c := range e.heard {
		switch {
		case i == 0 && c != nil:
			t.Fatalf("the first call of notify was %+v, want nil", c)
		case c != nil:
			changes = append(changes, *c)
			there = there || c.Version == version
		}
	}
	return changes, there
}

// after cuts away the changes up to a version: a watcher may hear of ones from before it began.
func after(changes []seats.Change, version uint64) []seats.Change {
	for i, c := range changes {
		if c.Version > version {
			return changes[i:]
		}
	}
	return nil
}

func watchInOrder(t *testing.T, f Factory) {
	s := open(t, f, 2)
	began := s.do().Version
	ears := []*ear{s.watch(), s.watch()}
	want := busyMorning(s)
	for _, e := range ears {
		equal(t, "changes heard", after(e.until(t, want[len(want)-1].Version), began), want)
	}
}

// busyMorning does a bit of everything and returns the changes that came of it.
func busyMorning(s *scene) []seats.Change {
	s.Helper()
	var changes []seats.Change
	do := func(commands ...seats.Command) {
		s.Helper()
		changes = append(changes, s.do(commands...).Changes...)
	}
	do(s.take("ann", "ses-ann", 1), s.take("bob", "ses-bob", 1))
	do(s.take("cid", "ses-cid", 1)) // refused: no change
	do(seats.Drop{Teammate: "bob", Session: "ses-bob"})
	resume := s.take("bob", "ses-bob2", 1)
	resume.Resumes = "ses-bob"
	do(resume)
	second := s.take("bob", "ses-bob3", 1)
	second.Resumes = "ses-bob2"
	do(second)
	changes = append(changes, s.configure(func(c *seats.Config) { c.Cap = 3 }, seats.Member{Teammate: "ann", Name: "Änn", Operator: true}).Changes...)
	do(seats.Free{Teammate: "ann", Fence: s.holder("ann").Fence, Cooldown: time.Minute, By: "meg", Message: "why"})
	s.Advance(lease)
	do()
	s.Advance(grace)
	do(seats.Renew{Lease: lease})
	do(s.take("cid", "ses-cid", 2))
	return changes
}

func watchReplica(t *testing.T, f Factory) {
	s := open(t, f, 2)
	e := s.watch()
	began := s.board()
	replica := map[seats.TeammateID]seats.Holder{}
	busyMorning(s)
	board := s.board()
	version := began.Version
	for _, c := range after(e.until(t, board.Version), began.Version) {
		equal(t, "from", c.From, version)
		version = c.Version
		for _, h := range c.Holders {
			replica[h.Teammate] = h
		}
		for _, id := range c.Gone {
			delete(replica, id)
		}
		equal(t, "used", c.Used, len(replica))
	}
	read := map[seats.TeammateID]seats.Holder{}
	for _, h := range board.Holders {
		read[h.Teammate] = h
	}
	equal(t, "replica", replica, read)
}

// watchLine follows who waits and who asks.
func watchLine(t *testing.T, f Factory) {
	s := open(t, f, 1)
	s.fill("ann")
	began := s.board()
	e := s.watch()
	s.queue("bob", "cid", "dan", "eve")
	s.here("fay", "gus")
	s.asks("ask-1", "cid", "ann")
	s.asks("ask-2", "fay", "ann")
	s.drop("dan")
	s.do(seats.Unwait{Teammate: "eve", Session: "ses-eve", Seq: 2, Turn: s.waiter("eve").Turn})
	s.configure(nil, boss("cid"))
	s.do(s.hands("ann", "cid"))
	s.asks("ask-3", "gus", "cid")
	s.asks("ask-4", "fay", "cid")
	s.do(seats.AnswerAsk{ID: "ask-4", Of: "cid"})
	s.asks("ask-5", "gus", administrators)
	s.asks("ask-6", "fay", administrators)
	s.do(seats.AnswerAsk{ID: "ask-6", Accept: true})
	s.age(grace)
	board := s.board()
	waiters, asks := map[seats.TeammateID]seats.Waiter{}, map[seats.AskID]seats.Ask{}
	for _, c := range after(e.until(t, board.Version), began.Version) {
		for _, w := range c.Waiters {
			waiters[w.Teammate] = w
		}
		for _, id := range c.Unwaiting {
			delete(waiters, id)
		}
		for _, a := range c.Asks {
			asks[a.ID] = a
		}
		for _, a := range c.Asked {
			delete(asks, a.ID)
		}
		equal(t, "waiting", c.Waiting, len(waiters))
	}
	for _, w := range board.Waiters {
		equal(t, "waiter", waiters[w.Teammate], w)
	}
	for _, a := range board.Asks {
		equal(t, "ask", asks[a.ID], a)
	}
	equal(t, "waiters, asks", [2]int{len(waiters), len(asks)}, [2]int{len(board.Waiters), len(board.Asks)})
	s.line("bob")
	s.openAsks("ask-3", "ask-5")
}

func staysAddUp(t *testing.T, f Factory) {
	s := open(t, f, 2)
	shown, lost := map[seats.Fence]bool{}, map[seats.Fence]bool{}
	for _, c := range busyMorning(s) {
		for _, h := range c.Holders {
			shown[h.Fence] = true
		}
		for _, l := range c.Losses {
			equal(t, "lost twice", lost[l.Fence], false)
			lost[l.Fence] = true
		}
		equal(t, "grants less losses", len(shown)-len(lost), c.Used)
	}
	for _, h := range s.board().Holders {
		equal(t, "lost and held", lost[h.Fence], false)
	}
}

func watchApart(t *testing.T, f Factory) {
	s := open(t, f, 1)
	other := *s
	other.license = NewLicense()
	e := other.watch()
	s.seat("ann", "ses-ann")
	opened := other.do(seats.Open{Generation: 1})
	equal(t, "changes heard", e.until(t, 1), opened.Changes)
}

func watchStopped(t *testing.T, f Factory) {
	s := open(t, f, 1)
	stopped := &ear{news: make(chan struct{}, 1)}
	stop, err := s.Store.Watch(t.Context(), s.license, stopped.notify)
	if err != nil {
		t.Fatalf("Watch: %v", err)
	}
	still := s.watch()
	stop()
	stop() // once more does no harm
	stopped.mu.Lock()
	before := len(stopped.heard)
	stopped.mu.Unlock()
	out := s.do(s.take("ann", "ses-ann", 1))
	still.until(t, out.Version)
	stopped.mu.Lock()
	defer stopped.mu.Unlock()
	equal(t, "calls after stop", len(stopped.heard)-before, 0)
}

func watchUnopened(t *testing.T, f Factory) {
	s := empty(t, f)
	e := s.watch()
	out := s.do(seats.Open{Generation: 1})
	equal(t, "changes heard", e.until(t, 1), out.Changes)
}
