package client_test

import (
	"context"
	"testing"
	"time"

	"usher/gateway/client"
	"usher/gateway/wire"
)

func entry(teammate, status string) wire.Entry {
	return wire.Entry{Teammate: teammate, Name: teammate, Status: status, Devices: []wire.Device{{Session: "ses_" + teammate}}}
}

// withRoster is a welcome with a roster, at version 7 of epoch 1. None: it is to come in snapshots.
func withRoster(entries ...wire.Entry) func(*wire.Welcome) {
	return func(w *wire.Welcome) {
		w.Roster, w.Feeds.Roster = entries, &wire.Position{Epoch: "1", Version: 7}
	}
}

func rosterFeed(p *peer, epoch string, from, version uint64, removed []string, changes ...wire.Entry) {
	p.send(wire.Feed(wire.TypeRosterChanged, epoch, from, version, wire.RosterDelta{Changes: changes, Removed: removed}))
}

// rosterPart is a snapshot of the roster, or one of those that it comes in.
func rosterPart(p *peer, epoch string, version uint64, first, last bool, entries ...wire.Entry) {
	p.send(wire.Push(wire.TypeSnapshot, wire.Snapshot{
		Feeds:  wire.Feeds{Roster: &wire.Position{Epoch: epoch, Version: version}},
		Roster: entries, First: first, Last: last,
	}))
}

// roster holds a client's roster to what it should be.
func roster(t *testing.T, a *agent, epoch string, version uint64, want ...wire.Entry) {
	t.Helper()
	got, at := a.Roster()
	if at != (wire.Position{Epoch: epoch, Version: version}) || raw(got) != raw(append([]wire.Entry{}, want...)) {
		t.Errorf("%s\nat %+v, want at %s/%d\n%s", raw(got), at, epoch, version, raw(want))
	}
}

// handled waits until the client has taken all that was sent to it, and returns what was told of the roster meanwhile.
func handled(a *agent, p *peer) (changes []client.RosterChanged) {
	a.t.Helper()
	p.send(wire.Push(wire.TypeError, wire.Error{Code: wire.CodeInternal}))
	deadline := time.After(patience)
	for {
		select {
		case e := <-a.events:
			switch e := e.(type) {
			case client.RosterChanged:
				changes = append(changes, e)
			case client.ServerError:
				return changes
			}
		case <-deadline:
			a.t.Fatal("the client takes nothing any more")
		}
	}
}

// syncs reads a sync and holds it to the feed that it asks for.
func (p *peer) syncs(feed string) wire.ClientFrame {
	p.t.Helper()
	f := p.expect(wire.TypeSync)
	if s, err := wire.Decode[wire.Sync](f); err != nil || len(s.Feeds) != 1 || s.Feeds[0] != feed {
		p.t.Fatalf("%+v, %v; want a sync of the %s", s, err, feed)
	}
	return f
}

// asksNothing holds the client to having sent nothing: what it sends next is what the test lets it.
func asksNothing(t *testing.T, a *agent, p *peer) {
	t.Helper()
	done := in(func() error { return a.SetIdle(context.Background(), false) })
	p.answer(wire.TypeActivity, wire.Empty{})
	if err := done(t); err != nil {
		t.Error(err)
	}
}

func TestRosterFollowsTheFeed(t *testing.T) {
	t.Parallel()
	ann, bob := entry("tm_ann", wire.StatusOnline), entry("tm_bob", wire.StatusOffline)
	_, a, p := connect(t, nil, withRoster(bob, ann))
	roster(t, a, "1", 7, ann, bob) // by teammate

	bob = entry("tm_bob", wire.StatusAway)
	rosterFeed(p, "1", 7, 9, nil, bob)
	if e := until[client.RosterChanged](a); e.At != (wire.Position{Epoch: "1", Version: 9}) {
		t.Errorf("%+v", e)
	}
	roster(t, a, "1", 9, ann, bob)

	// Known already, then one that overlaps what is known.
	rosterFeed(p, "1", 7, 9, []string{"tm_ann"})
	rosterFeed(p, "1", 6, 8, []string{"tm_ann"})
	cid := entry("tm_cid", wire.StatusBusy)
	rosterFeed(p, "1", 8, 10, []string{"tm_bob"}, cid)
	if got := handled(a, p); len(got) != 1 || got[0].At.Version != 10 {
		t.Errorf("%+v", got)
	}
	roster(t, a, "1", 10, ann, cid)
	asksNothing(t, a, p)

	// A gap: one sync, however many changes come meanwhile.
	rosterFeed(p, "1", 11, 12, nil, bob)
	rosterFeed(p, "1", 12, 13, nil, bob)
	f := p.syncs(wire.FeedRoster)
	roster(t, a, "1", 10, ann, cid)
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.Empty{}))
	rosterPart(p, "1", 13, true, true, bob)
	until[client.RosterChanged](a)
	roster(t, a, "1", 13, bob)

	// Versions never go back, but in another epoch.
	rosterPart(p, "1", 12, true, true, ann)
	rosterFeed(p, "2", 0, 1, nil, ann)
	f = p.syncs(wire.FeedRoster)
	roster(t, a, "1", 13, bob)
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.Empty{}))
	rosterPart(p, "2", 1, true, true, ann)
	until[client.RosterChanged](a)
	roster(t, a, "2", 1, ann)

	// Nobody is left.
	rosterPart(p, "2", 2, true, true)
	until[client.RosterChanged](a)
	roster(t, a, "2", 2)
}

func TestALargeRosterIsShownWhenItIsWhole(t *testing.T) {
	t.Parallel()
	ann, bob, cid := entry("tm_ann", wire.StatusOnline), entry("tm_bob", wire.StatusAway), entry("tm_cid", wire.StatusBusy)
	s, a, p := connect(t, nil, withRoster())
	roster(t, a, "", 0)

	rosterPart(p, "1", 7, true, false, ann)
	snapshot(p, "1", 43, holder("tm_ann", 1)) // the board alone is none of its parts
	rosterPart(p, "1", 7, false, false, bob)
	if got := handled(a, p); len(got) != 0 {
		t.Errorf("told %+v", got)
	}
	board(t, a, 43, "tm_ann")
	roster(t, a, "", 0)
	rosterPart(p, "1", 7, false, true, cid)
	if e := until[client.RosterChanged](a); e.At.Version != 7 {
		t.Errorf("%+v", e)
	}
	roster(t, a, "1", 7, ann, bob, cid)

	// Begun anew amid another, with the board in the same snapshot.
	rosterPart(p, "1", 8, true, false, bob)
	rosterPart(p, "1", 9, true, false, ann)
	p.send(wire.Push(wire.TypeSnapshot, wire.Snapshot{
		Feeds: wire.Feeds{Board: &wire.Position{Epoch: "1", Version: 44}, Roster: &wire.Position{Epoch: "1", Version: 9}},
		Board: &wire.Board{Cap: 3, Used: 1, Holders: wire.Holders{holder("tm_bob", 1)}}, Roster: []wire.Entry{cid}, Last: true,
	}))
	if got := handled(a, p); len(got) != 1 || got[0].At.Version != 9 {
		t.Errorf("told %+v", got)
	}
	board(t, a, 44, "tm_bob")
	roster(t, a, "1", 9, ann, cid)
	rosterPart(p, "1", 9, false, true, bob) // that one is whole already

	// One whose beginning was lost with the connection before, or that goes on as another: half of it is none.
	rosterPart(p, "1", 10, true, false, ann)
	if got := handled(a, p); len(got) != 0 {
		t.Errorf("told %+v", got)
	}
	_ = p.conn.CloseNow()
	p, _ = s.welcomed(t, withRoster())
	until[client.Welcomed](a)
	rosterPart(p, "1", 10, false, true, bob)
	rosterPart(p, "1", 11, true, false, ann)
	rosterPart(p, "1", 12, false, false, bob)
	rosterPart(p, "1", 11, false, true, bob)
	if got := handled(a, p); len(got) != 0 {
		t.Errorf("told %+v", got)
	}
	roster(t, a, "1", 9, ann, cid)
}

func TestRosterIsACopy(t *testing.T) {
	t.Parallel()
	_, a, _ := connect(t, nil, withRoster(entry("tm_ann", wire.StatusOnline)))
	got, _ := a.Roster()
	got[0].Status, got[0].Devices[0].Session = wire.StatusAway, "ses_none"
	roster(t, a, "1", 7, entry("tm_ann", wire.StatusOnline))
}

func TestEachFeedIsSyncedByItself(t *testing.T) {
	t.Parallel()
	_, a, p := connect(t, nil, withRoster(entry("tm_ann", wire.StatusOnline)))
	feed(p, "1", 50, 51, delta(1, nil))
	rosterFeed(p, "1", 20, 21, nil)
	p.send(wire.Reply(p.syncs(wire.FeedBoard).ID, wire.TypeOK, wire.Empty{}))
	f := p.syncs(wire.FeedRoster)
	rosterFeed(p, "1", 21, 22, nil) // still under way, though the board's is answered
	handled(a, p)
	asksNothing(t, a, p)

	// A refused one is sent again when it may be, not with the next change.
	p.send(wire.Reply(f.ID, wire.TypeError, wire.Error{Code: wire.CodeRateLimited, Retryable: true, RetryAfterMS: new(int64(10))}))
	rosterFeed(p, "1", 22, 23, nil)
	handled(a, p)
	asksNothing(t, a, p)
	f = p.syncs(wire.FeedRoster)
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.Empty{}))
	rosterPart(p, "1", 23, true, true)
	until[client.RosterChanged](a)
	roster(t, a, "1", 23)
}

func TestSyncAsksForBoth(t *testing.T) {
	t.Parallel()
	_, a, p := connect(t, nil, nil)
	done := in(func() error { return a.Sync(context.Background()) })
	f := p.expect(wire.TypeSync)
	if s, err := wire.Decode[wire.Sync](f); err != nil || raw(s.Feeds) != `["board","roster"]` {
		t.Errorf("%+v, %v", s, err)
	}
	p.send(wire.Reply(f.ID, wire.TypeOK, wire.Empty{}))
	if err := done(t); err != nil {
		t.Error(err)
	}
}

func TestHelloSaysWhatWasShown(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := run(t, s, nil)
	p, h := s.welcomed(t, withRoster())
	until[client.Welcomed](a)
	if h.Feeds != (wire.Feeds{}) || h.Roster != wire.RosterFull {
		t.Errorf("first hello %s", raw(h))
	}
	// Half a roster was not shown.
	rosterPart(p, "1", 7, true, false, entry("tm_ann", wire.StatusOnline))
	feed(p, "1", 42, 44, delta(2, nil, holder("tm_bob", 2)))
	handled(a, p)
	p, h = comesBack(t, s, a, p)
	if raw(h.Feeds) != `{"board":{"epoch":"1","version":44}}` || h.Resume == nil {
		t.Errorf("second hello %s", raw(h))
	}
	rosterPart(p, "3", 7, true, true, entry("tm_ann", wire.StatusOnline))
	rosterFeed(p, "3", 7, 8, []string{"tm_ann"})
	handled(a, p)
	if _, h = comesBack(t, s, a, p); raw(h.Feeds) != `{"board":{"epoch":"1","version":44},"roster":{"epoch":"3","version":8}}` {
		t.Errorf("third hello %s", raw(h))
	}
}

func TestHelloSaysWhatWasShownWithoutResume(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := run(t, s, nil)
	p, _ := s.welcomed(t, func(w *wire.Welcome) {
		withRoster(entry("tm_ann", wire.StatusOnline))(w)
		w.Resume = ""
	})
	until[client.Welcomed](a)
	want := `{"board":{"epoch":"1","version":42},"roster":{"epoch":"1","version":7}}`
	if _, h := comesBack(t, s, a, p); h.Resume != nil || raw(h.Feeds) != want {
		t.Errorf("%s", raw(h))
	}
}

// TestAReconnectDoesNotTurnTheRosterBack has a node whose replica is behind what the client saw at another.
func TestAReconnectDoesNotTurnTheRosterBack(t *testing.T) {
	t.Parallel()
	ann, bob := entry("tm_ann", wire.StatusOnline), entry("tm_bob", wire.StatusOnline)
	s, a, p := connect(t, nil, withRoster(ann))
	rosterFeed(p, "1", 7, 9, nil, bob)
	until[client.RosterChanged](a)
	_ = p.conn.CloseNow()
	p, _ = s.welcomed(t, withRoster(ann)) // version 7 again
	until[client.Welcomed](a)
	roster(t, a, "1", 9, ann, bob)
	rosterFeed(p, "1", 7, 10, []string{"tm_ann"}, bob)
	until[client.RosterChanged](a)
	roster(t, a, "1", 10, bob)
}

func TestNoRoster(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := run(t, s, func(o *client.Options) { o.NoRoster = true })
	p, h := s.welcomed(t, withRoster(entry("tm_ann", wire.StatusOnline))) // of a server that does not listen
	if h.Roster != wire.RosterNone {
		t.Errorf("hello %s", raw(h))
	}
	if w := until[client.Welcomed](a).Welcome; w.Roster != nil {
		t.Errorf("welcome %s", raw(w))
	}
	rosterFeed(p, "7", 50, 51, nil, entry("tm_bob", wire.StatusOnline))
	rosterPart(p, "7", 51, true, true, entry("tm_bob", wire.StatusOnline))
	if got := handled(a, p); len(got) != 0 {
		t.Errorf("told %+v", got)
	}
	asksNothing(t, a, p)
	roster(t, a, "", 0)
}
