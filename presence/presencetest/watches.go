package presencetest

import (
	"sync"
	"testing"
	"time"

	"usher/presence"
)

// watches: what those who follow a roster are told.
var watches = []promise{
	{"Promise9_WatchersHearEveryChangeInOrder", watchInOrder},
	{"Promise9_ChangesLeadToTheRosterThatIsRead", watchReplica},
	{"WatchersOfOtherLicensesHearNothing", watchApart},
	{"AStoppedWatcherHearsNothing", watchStopped},
	{"AnUnopenedLicenseCanBeWatched", watchUnopened},
}

// patience is how long an announcement may be under way in real time.
const patience = 10 * time.Second

// ear is a watcher that tests can wait for.
type ear struct {
	mu    sync.Mutex
	heard []*presence.Change
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

func (e *ear) notify(c *presence.Change) {
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
func (e *ear) until(t testing.TB, version uint64) []presence.Change {
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

func (e *ear) changes(t testing.TB, version uint64) (changes []presence.Change, there bool) {
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
func after(changes []presence.Change, version uint64) []presence.Change {
	for i, c := range changes {
		if c.Version > version {
			return changes[i:]
		}
	}
	return nil
}

func watchInOrder(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob", "cid")
	began := s.do().Version
	ears := []*ear{s.watch(), s.watch()}
	want := busyMorning(s)
	for _, e := range ears {
		equal(t, "changes heard", after(e.until(t, want[len(want)-1].Version), began), want)
	}
}

// busyMorning does a bit of everything and returns the changes that came of it.
func busyMorning(s *scene) []presence.Change {
	s.Helper()
	var changes []presence.Change
	do := func(commands ...presence.Command) {
		s.Helper()
		changes = append(changes, s.do(commands...).Changes...)
	}
	do(arrive("ann"), arrive("bob"))
	do(arrive("ann")) // no change
	do(presence.Drop{Teammate: "bob", Session: ses("bob")})
	do(resume("bob", "ses-bob2", ses("bob")))
	do(resume("bob", "ses-bob3", "ses-bob2"))
	do(presence.Choose{Teammate: "ann", Choice: presence.Choice{
		Number: 1, Status: presence.Busy, Note: "naïve \"quotes\"\n\x00 and 席", Until: s.now().Add(time.Second), Before: presence.Intent{Status: presence.Away},
	}})
	changes = append(changes, s.configure(func(c *presence.Configure) {
		c.Members, c.Removed = []presence.Member{{Teammate: "dan", Name: "Dän"}}, []presence.TeammateID{"cid"}
	}).Changes...)
	do(presence.Expel{Teammate: "bob", By: "ann"})
	s.Advance(time.Second)
	do()
	do(presence.Drop{Teammate: "ann", Session: ses("ann")})
	s.Advance(grace)
	do()
	return changes
}

func watchReplica(t *testing.T, f Factory) {
	s := open(t, f, "ann", "bob", "cid")
	e := s.watch()
	began := s.roster()
	replica := map[presence.TeammateID]presence.Entry{}
	for _, entry := range began.Entries {
		replica[entry.Teammate] = entry
	}
	busyMorning(s)
	roster := s.roster()
	head := began.Head
	for _, c := range after(e.until(t, roster.Version), began.Version) {
		equal(t, "from", c.From, head.Version)
		head = c.Head
		for _, entry := range c.Entries {
			replica[entry.Teammate] = entry
		}
		for _, id := range c.Removed {
			delete(replica, id)
		}
	}
	read := map[presence.TeammateID]presence.Entry{}
	for _, entry := range roster.Entries {
		read[entry.Teammate] = entry
	}
	equal(t, "replica", replica, read)
	equal(t, "head", head, roster.Head)
}

func watchApart(t *testing.T, f Factory) {
	s := open(t, f, "ann")
	other := *s
	other.license = NewLicense()
	e := other.watch()
	s.enter("ann")
	opened := other.opens(1, 0, "bob")
	equal(t, "changes heard", e.until(t, 1), opened.Changes)
}

func watchStopped(t *testing.T, f Factory) {
	s := open(t, f, "ann")
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
	out := s.do(arrive("ann"))
	still.until(t, out.Version)
	stopped.mu.Lock()
	defer stopped.mu.Unlock()
	equal(t, "calls after stop", len(stopped.heard)-before, 0)
}

func watchUnopened(t *testing.T, f Factory) {
	s := unopened(t, f)
	e := s.watch()
	out := s.opens(1, 0, "ann")
	equal(t, "changes heard", e.until(t, 1), out.Changes)
}
