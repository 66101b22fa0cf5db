package gateway

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"usher/gateway/wire"
	"usher/presence"
	"usher/presence/presencemem"
	"usher/seats"
	"usher/seats/seatsmem"

	"github.com/google/go-cmp/cmp"
)

// cast is floors of several nodes on engines that they share.
type cast struct {
	seats   *seatsmem.Store
	roster  *FaultyRoster
	records *MemoryRecords
	nodes   []*troupe
	slow    time.Duration // how long takes are on their way
}

// slowTakes is an engine to which batches with takes are long on their way.
type slowTakes struct {
	seats.Store
	by *time.Duration
}

func (s slowTakes) Do(ctx context.Context, b seats.Batch) (seats.Outcome, error) {
	for _, c := range b.Commands {
		if _, ok := c.(seats.Take); ok {
			time.Sleep(*s.by)
		}
	}
	return s.Store.Do(ctx, b)
}

const rosterLease = 15 * time.Second

// onCast plays a scene with a cast on n nodes, in a time of its own.
func onCast(t *testing.T, n int, scene func(*testing.T, *cast)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := newCast(t, n)
		defer c.close()
		scene(t, c)
	})
}

func newCast(t *testing.T, n int) *cast {
	t.Helper()
	c := &cast{seats: seatsmem.New(seatsmem.Options{}), records: NewMemoryRecords(10)}
	c.roster = NewFaultyRoster(c.newRoster())
	for i := range n {
		c.nodes = append(c.nodes, newTroupe(t, slowTakes{c.seats, &c.slow}, c.records, func(o *Options) {
			o.Node = seats.NodeID(fmt.Sprint("node_", i))
			o.Presence = presence.NewAttendance(c.roster, c.records, rosterLease)
		}))
	}
	return c
}

// newRoster is an engine that nodes may outlive.
func (c *cast) newRoster() presence.Store {
	return presencemem.New(presencemem.Options{Leases: func(id presence.LicenseID, n presence.NodeID) (time.Time, bool) {
		return c.seats.LeaseEnd(seats.LicenseID(id), seats.NodeID(n))
	}})
}

func (c *cast) close() {
	for _, tr := range c.nodes {
		tr.close()
	}
}

// join has a teammate log in through a node, without asking for a seat.
func (c *cast) join(node int, who string, more ...wire.Hello) *actor {
	h := wire.Hello{Seat: wire.AskNone}
	if len(more) > 0 {
		h = more[0]
	}
	a := c.nodes[node].join(seats.TeammateID("tm_"+who), seats.SessionID(fmt.Sprintf("ses_%s_%d", who, time.Now().UnixNano())), h)
	synctest.Wait()
	time.Sleep(time.Millisecond)
	return a
}

// settle lets what changed be shown.
func settle() {
	time.Sleep(time.Second)
	synctest.Wait()
}

func (a *actor) sees() map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.roster.statuses()
}

func (a *actor) entry(who string) wire.Entry {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.roster.entries["tm_"+who]
}

func (a *actor) rosterFrames() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.roster.frames
}

// expectSeen compares who a client shows as what.
func expectSeen(t *testing.T, a *actor, want map[string]string) {
	t.Helper()
	settle()
	if d := cmp.Diff(want, a.sees()); d != "" {
		t.Errorf("%s sees (- wanted):\n%s", a.mate, d)
	}
	if a.roster.gaps > 0 {
		t.Errorf("%s missed %d changes", a.mate, a.roster.gaps)
	}
}

// serverOf is a Server that has a troupe's floor.
func serverOf(tr *troupe) *Server {
	return &Server{
		settings: tr.floor.settings, admission: tr.floor.admission, ctx: context.Background(),
		floors: map[seats.LicenseID]*floor{TheLicense: tr.floor},
	}
}
