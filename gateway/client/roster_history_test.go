package client_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"usher/gateway/client"
	"usher/gateway/wire"
)

// history is every roster there was on the server, with who was touched by each change.
type history struct {
	epoch   uint64
	version uint64 // of the epoch
	rosters map[wire.Position]map[string]wire.Entry
	touched map[wire.Position]string
}

func (h *history) now() wire.Position { return position(h.epoch, h.version) }

func position(epoch, version uint64) wire.Position {
	return wire.Position{Epoch: strconv.FormatUint(epoch, 10), Version: version}
}

// change makes the next version, in which one entry is another, or gone.
func (h *history) change(t *rapid.T) {
	next := maps.Clone(h.rosters[h.now()])
	h.version++
	who := rapid.SampledFrom([]string{"tm_ann", "tm_bob", "tm_cid", "tm_dan", "tm_eve"}).Draw(t, "who")
	if _, there := next[who]; there && rapid.Bool().Draw(t, "removed") {
		delete(next, who)
	} else {
		e := entry(who, wire.StatusOnline)
		e.Note = fmt.Sprint(h.now()) // no two versions are alike
		next[who] = e
	}
	h.rosters[h.now()], h.touched[h.now()] = next, who
}

// list is the roster of a version, by teammate.
func (h *history) list(at wire.Position) []wire.Entry {
	list := make([]wire.Entry, 0, len(h.rosters[at]))
	for _, t := range slices.Sorted(maps.Keys(h.rosters[at])) {
		list = append(list, h.rosters[at][t])
	}
	return list
}

// delta is the changes from one version to another, merged.
func (h *history) delta(epoch, from, to uint64) (d wire.RosterDelta) {
	told := map[string]bool{}
	for v := from + 1; v <= to; v++ {
		t := h.touched[position(epoch, v)]
		if e, there := h.rosters[position(epoch, to)][t]; told[t] {
			continue
		} else if there {
			d.Changes = append(d.Changes, e)
		} else {
			d.Removed = append(d.Removed, t)
		}
		told[t] = true
	}
	return d
}

// unruly is a server that shows a client its roster in all the ways that nodes, networks and time can bring about.
type unruly struct {
	history

	server *server
	peer   *peer
	agent  *agent
	begun  *wire.Position // the snapshot of which the client has the first parts, but not the last
	coming []wire.Entry   // what is left of that
	asked  string         // the id of a sync that is not answered yet
	shown  wire.Position  // to the client
}

// see holds what the client shows to the history, whenever it may be another. It is called with each event.
func (u *unruly) see(t *rapid.T, e client.Event) {
	got, at := u.agent.Roster()
	switch e := e.(type) {
	case client.RosterChanged:
		if e.At != at {
			t.Errorf("told of %+v, at %+v", e.At, at)
		}
	case client.Welcomed:
	default:
		return
	}
	if at == (wire.Position{}) && u.shown == at {
		return
	}
	if at.Epoch < u.shown.Epoch || at.Epoch == u.shown.Epoch && at.Version < u.shown.Version { // no ten epochs are drawn
		t.Errorf("back from %+v to %+v", u.shown, at)
	}
	u.shown = at
	if _, was := u.rosters[at]; !was || raw(got) != raw(u.list(at)) {
		t.Errorf("at %+v\n%s, want\n%s", at, raw(got), raw(u.list(at)))
	}
}

// settle waits until the client has taken everything, and notes what it asks for.
func (u *unruly) settle(t *rapid.T) {
	handled(u.agent, u.peer)
	done := in(func() error { return u.agent.SetIdle(context.Background(), false) })
	for {
		f := u.peer.next()
		if f.Type == wire.TypeActivity {
			u.peer.send(wire.Reply(f.ID, wire.TypeOK, wire.Empty{}))
			break
		}
		if f.Type != wire.TypeSync || u.asked != "" {
			t.Fatalf("%s, while sync %q is not answered", f.Type, u.asked)
		}
		u.asked = f.ID
	}
	if err := done(t); err != nil {
		t.Fatal(err)
	}
}

// begin sends the first part of a snapshot, instead of what is left of the one before.
func (u *unruly) begin(t *rapid.T, at wire.Position) {
	u.begun, u.coming = &at, u.list(at)
	u.part(t, true)
}

// part sends a part of the snapshot that was begun, maybe with the board.
func (u *unruly) part(t *rapid.T, first bool) {
	n := rapid.IntRange(0, len(u.coming)).Draw(t, "entries")
	v := wire.Snapshot{Feeds: wire.Feeds{Roster: u.begun}, Roster: u.coming[:n], First: first}
	v.Last = n == len(u.coming) && rapid.Bool().Draw(t, "last")
	if rapid.Bool().Draw(t, "with board") {
		v.Feeds.Board, v.Board = &wire.Position{Epoch: "1", Version: 43}, &wire.Board{Cap: 3}
	}
	u.peer.send(wire.Push(wire.TypeSnapshot, v))
	u.coming = u.coming[n:]
	if v.Last {
		u.begun = nil
	}
}

// finish sends what is left of the snapshot that was begun.
func (u *unruly) finish() {
	u.peer.send(wire.Push(wire.TypeSnapshot, wire.Snapshot{Feeds: wire.Feeds{Roster: u.begun}, Roster: u.coming, Last: true}))
	u.begun = nil
}

// past draws a version that there was in the latest epoch.
func (u *unruly) past(t *rapid.T) wire.Position {
	return position(u.epoch, rapid.Uint64Range(0, u.version).Draw(t, "of version"))
}

func (u *unruly) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"": u.settle,
		"change": func(t *rapid.T) {
			u.change(t)
			u.send(u.epoch, u.version-1, u.version)
		},
		"change that gets lost": u.change,
		"changes, once more or never told": func(t *rapid.T) {
			epoch := rapid.Uint64Range(1, u.epoch).Draw(t, "epoch")
			last := u.version
			for epoch < u.epoch && u.rosters[position(epoch, last)] == nil {
				last--
			}
			to := rapid.Uint64Range(0, last).Draw(t, "to")
			u.send(epoch, rapid.Uint64Range(0, to).Draw(t, "from"), to)
		},
		"snapshot, maybe behind": func(t *rapid.T) { u.begin(t, u.past(t)) },
		"part": func(t *rapid.T) {
			if u.begun == nil {
				t.Skip("nothing is begun")
			}
			u.part(t, false)
		},
		"end of a snapshot whose beginning is lost": func(t *rapid.T) {
			at := u.past(t)
			if u.begun != nil && at == *u.begun {
				t.Skip("it would end the other")
			}
			u.begun, u.coming = &at, nil
			u.finish()
		},
		"answer": func(t *rapid.T) {
			if u.asked == "" {
				t.Skip("nothing is asked")
			}
			u.answer(t)
		},
		"new epoch": func(*rapid.T) {
			if u.epoch++; u.epoch > 9 {
				u.epoch--
				return
			}
			before := u.rosters[position(u.epoch-1, u.version)]
			u.version = 0
			u.rosters[u.now()] = before
		},
		"another connection": u.reconnect,
	}
}

func (u *unruly) send(epoch, from, to uint64) {
	rosterFeed(u.peer, strconv.FormatUint(epoch, 10), from, to, u.delta(epoch, from, to).Removed, u.delta(epoch, from, to).Changes...)
}

func (u *unruly) answer(t *rapid.T) {
	u.peer.send(wire.Reply(u.asked, wire.TypeOK, wire.Empty{}))
	u.asked = ""
	u.begin(t, u.now())
}

func (u *unruly) reconnect(t *rapid.T) {
	shown := u.shown
	_ = u.peer.conn.CloseNow()
	u.begun, u.asked = nil, ""
	h := u.welcome(t)
	if known := shown != (wire.Position{}); (h.Feeds.Roster != nil) != known || known && *h.Feeds.Roster != shown {
		t.Fatalf("hello %s, shown %+v", raw(h.Feeds), shown)
	}
}

// welcome accepts a connection, with a roster that may be behind or that is to come in snapshots, and returns the hello.
func (u *unruly) welcome(t *rapid.T) wire.Hello {
	at := u.past(t)
	p, h := u.server.welcomed(t, func(w *wire.Welcome) {
		w.Feeds.Roster = &at
		if rapid.Bool().Draw(t, "whole") {
			w.Roster = u.list(at)
		}
	})
	u.peer = p
	until[client.Welcomed](u.agent)
	return h
}

// TestTheRosterIsAlwaysOneThatWas has a server show its roster in any order: changes lost, repeated, merged and late, snapshots
// behind, in parts and cut off, connections and epochs that begin anew. Whatever the client shows is what the roster was at that
// version, in whole; versions never go back; no sync is sent while another is under way; and after a change that is told, with
// the answer to the sync that may follow, it shows what there is.
func TestTheRosterIsAlwaysOneThatWas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		u := &unruly{server: newServer(t), history: history{
			epoch: 1, rosters: map[wire.Position]map[string]wire.Entry{}, touched: map[wire.Position]string{},
		}}
		u.rosters[u.now()] = map[string]wire.Entry{}
		ready := make(chan struct{})
		u.agent = run(t, u.server, func(o *client.Options) {
			tell := o.OnEvent
			o.OnEvent = func(e client.Event) {
				<-ready
				u.see(t, e)
				tell(e)
			}
		})
		close(ready)
		u.welcome(t)

		t.Repeat(u.actions())

		u.change(t)
		u.send(u.epoch, u.version-1, u.version)
		u.settle(t)
		if u.asked != "" {
			u.answer(t)
			if u.begun != nil {
				u.finish()
			}
			u.settle(t)
		}
		if u.shown != u.now() {
			t.Errorf("at %+v, want %+v", u.shown, u.now())
		}
		u.agent.cancel()
		u.peer.gone()
	})
}
