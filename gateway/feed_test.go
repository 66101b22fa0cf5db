package gateway_test

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/gateway"
	"usher/gateway/wire"
	"usher/presence"
	"usher/seats"
)

// What changes within a tick leaves as one frame, in the order of versions, the same bytes to everybody.
func TestTheFeedIsOneForAll(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 5)
	n := h.node(func(o *gateway.Options) { o.BoardTick = 50 * time.Millisecond })
	meg, first := login(t, n, "tm_meg", `"seat":"none"`)
	ned, _ := login(t, n, "tm_ned", `"seat":"none"`)
	const rounds = 10
	for range rounds {
		var all []*agent
		for _, who := range []string{"tm_ann", "tm_bob", "tm_cid", "tm_dan"} {
			a, _ := login(t, n, who)
			all = append(all, a)
		}
		for _, a := range all {
			a.ask(wire.TypeLogout, "{}")
		}
	}
	const changes = rounds * 8
	end := first.Feeds.Board.Version + changes
	for _, a := range []*agent{meg, ned} {
		a.sees("the end", func(b view) bool { return b.Used == 0 && b.Version >= end })
		if a.gaps > 0 {
			t.Errorf("%d gaps", a.gaps)
		}
	}
	frames := func(a *agent) (feed []frame) {
		for _, f := range a.kept {
			if f.Type == wire.TypeBoardChanged && *f.Version > first.Feeds.Board.Version {
				feed = append(feed, f)
			}
		}
		return feed
	}
	one, other := frames(meg), frames(ned)
	if len(one) >= changes/2 {
		t.Errorf("%d frames for %d changes", len(one), changes)
	}
	for i := range min(len(one), len(other)) {
		if !bytes.Equal([]byte(one[i].raw), []byte(other[i].raw)) {
			t.Errorf("frame %d: %s for one, %s for the other", i, one[i].raw, other[i].raw)
		}
		if i > 0 && *one[i].From != *one[i-1].Version {
			t.Errorf("frame %d goes on from %d, not from %d", i, *one[i].From, *one[i-1].Version)
		}
	}
}

func TestSync(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	n := h.node()
	meg, _ := login(t, n, "tm_meg", `"seat":"none"`)
	login(t, n, "tm_ann")
	meg.send(`{"id":"s","type":"sync","data":{"feeds":["board","roster"]}}`)
	meg.until("s", wire.TypeOK)
	before := slices.Clone(meg.kept)
	snapshot := data[wire.Snapshot](meg, meg.until("", wire.TypeSnapshot))
	for _, f := range before {
		if f.Type == wire.TypeSnapshot {
			t.Error("the snapshot came before its ok")
		}
	}
	if snapshot.Board == nil || len(snapshot.Board.Holders) != 1 || snapshot.Feeds.Board == nil || snapshot.Board.Used != 1 {
		t.Errorf("%+v", snapshot)
	}
	snapshot = data[wire.Snapshot](meg, meg.until("", wire.TypeSnapshot))
	if len(snapshot.Roster) != 7 || snapshot.Feeds.Roster == nil || !snapshot.First || !snapshot.Last {
		t.Errorf("%+v", snapshot)
	}
}

func TestNodesSeeEachOthersChanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 2)
	one, two := h.node(), h.node()
	meg, _ := login(t, one, "tm_meg", `"seat":"none"`)
	ann, w := login(t, two, "tm_ann")
	meg.sees("ann", func(b view) bool { return b.holders["tm_ann"].Fence == w.Seat.Fence })
	ann.ask(wire.TypeLogout, "{}")
	meg.sees("nobody", func(b view) bool { return b.Version > 0 && b.Used == 0 && len(b.holders) == 0 })
	if meg.gaps > 0 {
		t.Errorf("%d gaps", meg.gaps)
	}
}

// Lost announcements are noticed by the next one that comes through, or by the resync.
func TestLostAnnouncementsHeal(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		resync time.Duration
		heal   func(t *testing.T, line *gateway.FaultyStore, n *node)
	}{
		{"by a gap", time.Hour, func(t *testing.T, line *gateway.FaultyStore, n *node) {
			line.Deafen(false)
			login(t, n, "tm_cid")
		}},
		{"by a resync", 300 * time.Millisecond, func(*testing.T, *gateway.FaultyStore, *node) {}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 3)
			line := gateway.NewFaultyStore(h.store)
			deaf := h.node(func(o *gateway.Options) { o.Store, o.Resync, o.Lease = line, tc.resync, time.Hour })
			other := h.node()
			meg, _ := login(t, deaf, "tm_meg", `"seat":"none"`)
			freed, seat := login(t, deaf, "tm_dan")
			line.Deafen(true)
			_, w := login(t, other, "tm_ann")
			bob, _ := login(t, other, "tm_bob")
			bob.ask(wire.TypeLogout, "{}")
			if _, err := other.Do(t.Context(), seats.Batch{License: license, Commands: []seats.Command{
				seats.Free{Teammate: "tm_dan", Fence: seats.Fence(seat.Seat.Fence), By: "tm_meg"},
			}}); err != nil {
				t.Fatal(err)
			}
			tc.heal(t, line, other)
			meg.sees("ann, and neither bob nor dan", func(b view) bool {
				return b.holders["tm_ann"].Fence == w.Seat.Fence && b.holders["tm_bob"].Fence == 0 && b.holders["tm_dan"].Fence == 0
			})
			if lost := data[wire.SeatLost](freed, freed.until("", wire.TypeSeatLost)); lost.Reason != "freed" || *lost.By != "tm_meg" {
				t.Errorf("%+v", lost)
			}
		})
	}
}

// An app says in hello how far it was shown board and roster: a node that is behind reads them before it welcomes it.
func TestPromise9_NoNodeWelcomesWithAnythingOlder(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	seatsLine, rosterLine := gateway.NewFaultyStore(h.store), gateway.NewFaultyRoster(h.roster)
	other := h.node()
	deaf := h.node(func(o *gateway.Options) {
		o.Store, o.Presence, o.Resync, o.Lease = seatsLine, presence.NewAttendance(rosterLine, h.records, 0), time.Hour, time.Hour
	})
	login(t, deaf, "tm_meg", `"seat":"none"`)
	seatsLine.Deafen(true)
	rosterLine.Deafen(true)
	login(t, other, "tm_bob")
	roster, err := other.Roster(t.Context(), presence.LicenseID(license))
	if err != nil {
		t.Fatal(err)
	}
	board, err := other.Board(t.Context(), license)
	if err != nil {
		t.Fatal(err)
	}
	if behind, err := deaf.Board(t.Context(), license); err != nil || behind.Used != 0 {
		t.Fatalf("nothing was lost: %+v, %v", behind, err)
	}
	_, w := login(t, deaf, "tm_ned", fmt.Sprintf(`"feeds":{"board":{"epoch":%q,"version":%d},"roster":{"epoch":%q,"version":%d}}`,
		board.Epoch, board.Version, roster.Epoch, roster.Version))
	if w.Feeds.Board.Version < board.Version || w.Board.Used != 1 {
		t.Errorf("a board of %+v after version %d: %+v", w.Feeds.Board, board.Version, w.Board)
	}
	bob := w.Roster[slices.IndexFunc(w.Roster, func(e wire.Entry) bool { return e.Teammate == "tm_bob" })]
	if w.Feeds.Roster.Version < roster.Version || bob.Status != wire.StatusOnline {
		t.Errorf("a roster of %+v after version %d: %+v", w.Feeds.Roster, roster.Version, bob)
	}
}

// A crowd that comes and goes on two nodes leaves everybody with the same board, without a gap on the way.
func TestACrowdSeesOneBoard(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 3)
	nodes := []*node{h.node(), h.node()}
	var watchers []*agent
	for _, n := range nodes {
		meg, _ := login(t, n, "tm_meg", `"seat":"none"`)
		watchers = append(watchers, meg)
	}
	var wg sync.WaitGroup
	for i, who := range []string{"tm_ann", "tm_bob", "tm_cid", "tm_dan", "tm_eve"} {
		wg.Go(func() {
			for round := range 15 {
				a, _ := login(t, nodes[(i+round)%2], who)
				switch round % 3 {
				case 0:
					a.ask(wire.TypeLogout, "{}")
				case 1:
					a.ask(wire.TypeSeatLeave, "{}")
					_ = a.ws.CloseNow()
				default:
					_ = a.ws.CloseNow()
				}
			}
		})
	}
	wg.Wait()
	board, err := nodes[0].Board(t.Context(), license)
	if err != nil {
		t.Fatal(err)
	}
	_ = board
	for i, a := range watchers {
		a.ask(wire.TypeSync, `{"feeds":["board"]}`)
		a.until("", wire.TypeSnapshot)
		if a.gaps > 0 {
			t.Errorf("watcher %d met %d gaps", i, a.gaps)
		}
	}
	for range 50 {
		one, err := nodes[0].Board(t.Context(), license)
		if err != nil {
			t.Fatal(err)
		}
		settled := func(b view) bool { return b.Version >= one.Version }
		watchers[0].sees("the latest", settled)
		watchers[1].sees("the latest", settled)
		a, b := watchers[0].view, watchers[1].view
		if a.Version == b.Version {
			if fmt.Sprint(a.holders) != fmt.Sprint(b.holders) || a.Used != b.Used {
				t.Fatalf("version %d is %+v here and %+v there", a.Version, a, b)
			}
			return
		}
	}
	t.Fatal("the boards do not settle")
}
